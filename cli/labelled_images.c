#include "cli/labelled_images.h"

#include "base/memory.h"
#include "common/paths.h"
#include "common/text.h"

#include <rwda_eval.h>

#include <stdlib.h>
#include <string.h>

/* Takes the path. */
static bool add(labelled_images *l, char *path, int truth)
{
    if (path == NULL || !rw_array_reserve((void **)&l->paths, &l->paths_room, l->count, 1, sizeof *l->paths) ||
        !rw_array_reserve((void **)&l->truths, &l->truths_room, l->count, 1, sizeof *l->truths)) {
        free(path);
        return false;
    }
    l->paths[l->count]    = path;
    l->truths[l->count++] = (int8_t)truth;
    return true;
}

static int no_memory(void)
{
    cli_error("no memory for the list of inputs");
    return EXIT_SOME_FAILED;
}

static int add_data(labelled_images *l, const rwda_dataset *data)
{
    size_t anomalous = 0, masks = 0;

    for (size_t i = 0; i < data->n_normals; i++)
        if (!add(l, rw_string_copy(data->normals[i].path), 0))
            return no_memory();
    for (size_t i = 0; i < data->count; i++) {
        anomalous += (size_t)data->items[i].anomalous;
        masks += data->items[i].mask != NULL;
        if (!add(l, rw_string_copy(data->items[i].path), data->items[i].anomalous))
            return no_memory();
    }
    cli_note("%s: layout %s: %zu normal training image%s, %zu normal and %zu anomalous test images%s", data->path,
             data->layout, data->n_normals, rw_s(data->n_normals), data->count - anomalous, anomalous,
             masks > 0 ? "; its masks are not scored" : "");
    if (data->skipped > 0)
        cli_note("%s: left out: %zu files and folders of the system (._*, .DS_Store, Thumbs.db, ...) or met before",
                 data->path, data->skipped);
    return 0;
}

/* All images of arguments without a layout. */
static int add_others(labelled_images *l, char **arguments, size_t n, bool nul_separated)
{
    rw_image_source *images = rw_image_source_arguments(arguments, n, nul_separated, cli_events());
    rw_image_entry   entry  = { .name = NULL };
    rwda_error       err;
    int              code = images != NULL ? 0 : no_memory();

    while (code == 0) {
        if (rw_image_source_next(images, &entry, &err) != RWDA_OK)
            code = cli_fail(&err, err.code == RWDA_EINVAL ? EXIT_USAGE : EXIT_SOME_FAILED);
        if (code != 0 || entry.name == NULL)
            break;
        if (!add(l, entry.name, -1))
            code = no_memory();
    }
    rw_image_source_free(images);
    return code;
}

int labelled_images_read(labelled_images *out, bool *found, char **arguments, int n, bool nul_separated)
{
    char **others   = calloc((size_t)n + 1, sizeof *others);
    size_t n_others = 0;
    int    code     = others != NULL ? 0 : no_memory();

    *found = false;
    *out   = (labelled_images){ 0 };
    for (int i = 0; code == 0 && i < n; i++) {
        rwda_dataset *data = NULL;
        rwda_error    err  = { RWDA_EMISMATCH, RWDA_NO_OFFSET, "" };

        if (rw_path_is_directory(arguments[i], ""))
            (void)rwda_dataset_open(&data, arguments[i], NULL, cli_events(), &err);
        if (data != NULL)
            code = add_data(out, data);
        else if (err.code == RWDA_EMISMATCH)
            others[n_others++] = arguments[i];
        else
            code = cli_fail(&err, EXIT_SOME_FAILED);
        *found |= data != NULL;
        rwda_dataset_free(data);
    }
    if (code == 0 && *found && n_others > 0)
        code = add_others(out, others, n_others, nul_separated);
    free(others);
    return code;
}

void labelled_images_free(labelled_images *l)
{
    rw_image_names_free(l->paths, l->count);
    free(l->truths);
    *l = (labelled_images){ 0 };
}

void labelled_images_label(score_table *table, const labelled_images *l)
{
    for (size_t i = 0; i < table->count && i < l->count; i++)
        table->items[i].truth = l->truths[i];
}

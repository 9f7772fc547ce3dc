#include "cli/archive_outputs.h"

#include "common/image_source_tar.h"
#include "common/paths.h"

#include <stdlib.h>
#include <string.h>

bool archive_outputs_wanted(const char *out_path)
{
    size_t len = out_path != NULL ? strlen(out_path) : 0;

    return len > 0 && (out_path[len - 1] == '/' || rw_path_is_directory(out_path, ""));
}

bool archive_output_path(char out[RW_PATH_MAX], const char *folder, const char *archive, const char *ending)
{
    char        shown[RW_PATH_MAX];
    const char *base;

    rw_tar_shown(shown, archive);
    base = rw_path_base(shown);
    return rw_path_format(out, "%s%s%.*s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/",
                          (int)(strlen(base) - rw_tar_ending(base)), base, ending);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int archive_outputs_check(const image_input *in, const char *folder, const char *ending)
{
    char     **paths = calloc(in->n_archives + 1, sizeof *paths);
    char       path[RW_PATH_MAX];
    rwda_error err;
    int        code = 0;

    for (size_t i = 0; paths != NULL && i < in->n_archives && code == 0; i++) {
        if (strcmp(in->archives[i], "-") == 0 || !archive_output_path(path, folder, in->archives[i], ending)) {
            cli_error("%s: no output in %s can be named after it: -o FILE", in->archives[i], folder);
            code = EXIT_USAGE;
        }
        paths[i] = cli_copy(path);
    }
    if (paths != NULL)
        qsort(paths, code == 0 ? in->n_archives : 0, sizeof *paths, by_text); /* after a message some are missing */
    for (size_t i = 1; paths != NULL && i < in->n_archives && code == 0; i++)
        if (strcmp(paths[i - 1], paths[i]) == 0) {
            cli_error("two archives have the output %s", paths[i]);
            code = EXIT_USAGE;
        }
    if (paths == NULL) {
        cli_error("no memory for the names of %zu outputs", in->n_archives);
        code = EXIT_SOME_FAILED;
    }
    rw_image_names_free(paths, in->n_archives);
    if (code == 0 && !rw_path_format(path, "%s/", folder)) {
        cli_error("%s: too long for a path", folder);
        code = EXIT_OUTPUT;
    } else if (code == 0 && rw_path_make_folders(path, &err) != RWDA_OK) {
        code = cli_fail(&err, EXIT_OUTPUT);
    }
    return code;
}

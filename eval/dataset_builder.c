/* dataset_builder.c - what a layout builds a data set with: items, problems, sorted folder listings. */
#include "eval/dataset.h"

#include "base/memory.h"
#include "common/paths.h"

#include <ctype.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Items and problems ------------------------------------------------------------------------------------------------- */

void rw_dataset_problem(dataset_builder *b, const char *format, ...)
{
    rwda_dataset *data = b->data;
    char          text[RW_PATH_MAX + 256];
    va_list       args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!rw_array_reserve((void **)&data->problems, &b->problems_capacity, data->n_problems, 1, sizeof *data->problems) ||
        (data->problems[data->n_problems] = rw_string_copy(text)) == NULL)
        b->no_memory = true;
    else
        data->n_problems++;
}

/* Names go into tables, keys and captions: control characters, and bytes that are not UTF-8, become '?'. */
static char *clean_name(const char *name)
{
    json_t *text = json_string(name); /* NULL: not UTF-8 */
    char   *copy = rw_string_copy(name);

    for (char *c = copy; c != NULL && *c != '\0'; c++)
        if ((unsigned char)*c < 32 || *c == 127 || (text == NULL && (unsigned char)*c > 127))
            *c = '?';
    json_decref(text);
    return copy;
}

void rw_dataset_add(dataset_builder *b, const char *path, const char *category, const char *defect_type, bool anomalous,
                    const char *mask)
{
    rwda_dataset      *data = b->data;
    rwda_dataset_item *item;

    if (path[0] == '\0') {
        rw_dataset_problem(b, "%s: an image's path is longer than %d bytes; left out", category, RW_PATH_MAX - 1);
        return;
    }
    if (!rw_path_is_file(path, "")) {
        rw_dataset_problem(b, "%s: listed, but there is no such file", path);
        return;
    }
    if (mask != NULL && !rw_path_is_file(mask, "")) {
        rw_dataset_problem(b, "%s: mask %s is missing", path, mask);
        mask = NULL;
    }
    if (!rw_array_reserve((void **)&data->items, &b->capacity, data->count, 1, sizeof *data->items)) {
        b->no_memory = true;
        return;
    }
    item  = &data->items[data->count++];
    *item = (rwda_dataset_item){ rw_string_copy(path), clean_name(category), clean_name(defect_type),
                                 mask != NULL ? rw_string_copy(mask) : NULL, anomalous };
    if (item->path == NULL || item->category == NULL || item->defect_type == NULL || (mask != NULL && item->mask == NULL))
        b->no_memory = true;
}

void rw_dataset_add_normal(dataset_builder *b, const char *path, const char *category)
{
    rwda_dataset      *data = b->data;
    rwda_dataset_item *item;

    if (path[0] == '\0' || !rw_path_is_file(path, ""))
        return;
    if (!rw_array_reserve((void **)&data->normals, &b->normals_capacity, data->n_normals, 1, sizeof *data->normals)) {
        b->no_memory = true;
        return;
    }
    item  = &data->normals[data->n_normals++];
    *item = (rwda_dataset_item){ rw_string_copy(path), clean_name(category), rw_string_copy("good"), NULL, 0 };
    if (item->path == NULL || item->category == NULL || item->defect_type == NULL)
        b->no_memory = true;
}

void rw_dataset_free_item(rwda_dataset_item *item)
{
    free(item->path);
    free(item->category);
    free(item->defect_type);
    free(item->mask);
}

/* ---- Folders ------------------------------------------------------------------------------------------------------------ */

void rw_dataset_category_of(char out[256], const char *dir)
{
    char  whole[PATH_MAX];
    char *base = realpath(dir, whole) != NULL ? strrchr(whole, '/') + 1 : NULL; /* "DIR/", "." and ".." have names too */

    (void)snprintf(out, 256, "%.255s", base != NULL && base[0] != '\0' ? base : "all");
}

/* How well a mask's name fits an image's stem: 3 STEM.*, 2 STEM_mask.*, 1 the stem stands somewhere in it (anomalib's rule), not
 * inside a longer number or word; 0 not at all. */
static int mask_fit(const char *mask, const char *image, size_t stem)
{
    if (strncmp(mask, image, stem) == 0)
        return mask[stem] == '.'                        ? 3
               : strncmp(mask + stem, "_mask.", 6) == 0 ? 2
               : isalnum((unsigned char)mask[stem])     ? 0
                                                        : 1;
    for (const char *at = mask + 1; *at != '\0'; at++)
        if (strncmp(at, image, stem) == 0 && !isalnum((unsigned char)at[-1]) && !isalnum((unsigned char)at[stem]))
            return 1;
    return 0;
}

/* The mask among `masks` (names in dir; NULL: none) that belongs to an image. */
static bool find_mask(char out[RW_PATH_MAX], char **masks, const char *dir, const char *image)
{
    const char *dot  = strrchr(image, '.');
    size_t      stem = dot != NULL ? (size_t)(dot - image) : strlen(image), found = 0, same = 0;
    int         best = 0;

    for (size_t i = 0; masks != NULL && masks[i] != NULL; i++) {
        int fit = rwda_image_named(masks[i]) ? mask_fit(masks[i], image, stem) : 0;

        same = fit > best ? 1 : same + (fit == best);
        if (fit > best) {
            best  = fit;
            found = i;
        }
    }
    return best > 0 && (best > 1 || same == 1) && rw_path_format(out, "%s/%s", dir, masks[found]);
}

void rw_dataset_add_defects(dataset_builder *b, const char *dir, const char *mask_dir, const char *category,
                            const char *defect_type)
{
    char **names = rw_names_list(dir), **masks = rw_names_list(mask_dir);
    char   path[RW_PATH_MAX], mask[RW_PATH_MAX];
    size_t before = b->data->count + b->data->n_problems;

    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        bool found;

        if (!rwda_image_named(names[i]))
            continue;
        found = find_mask(mask, masks, mask_dir, names[i]);
        (void)rw_path_format(path, "%s/%s", dir, names[i]);
        if (!found && masks != NULL)
            rw_dataset_problem(b, "%s: no mask for it in %s", path, mask_dir);
        rw_dataset_add(b, path, category, defect_type, true, found ? mask : NULL);
    }
    if (b->data->count + b->data->n_problems == before)
        rw_dataset_problem(b, "%s: %s", dir, names == NULL ? "cannot be read" : "no image in this folder");
    rw_names_free(names);
    rw_names_free(masks);
}

void rw_dataset_add_directory(dataset_builder *b, const char *dir, const char *category, const char *defect_type,
                              bool anomalous)
{
    char **names = rw_names_list(dir);
    char   path[RW_PATH_MAX];

    if (names == NULL)
        rw_dataset_problem(b, "%s: cannot be read", dir);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (rwda_image_named(names[i]) && rw_path_format(path, "%s/%s", dir, names[i]))
            rw_dataset_add(b, path, category, defect_type, anomalous, NULL);
    rw_names_free(names);
}

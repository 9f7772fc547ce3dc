/* dataset_builder.c - what a layout builds a data set with: items, problems, sorted folder listings. */
#include "eval/dataset.h"

#include "base/memory.h"
#include "base/name_text.h"
#include "common/image_walk.h"

#include <ctype.h>
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

/* Names go into tables, keys and captions. */
static char *clean_name(const char *name)
{
    char *same = rw_name_normalized(name), *text = same != NULL ? rw_name_to_text(same, true) : NULL;

    free(same);
    return text;
}

void rw_dataset_add(dataset_builder *b, const char *path, const char *category, const char *defect_type, bool anomalous,
                    const char *mask)
{
    rwda_dataset      *data = b->data;
    rwda_dataset_item *item;
    char               found[RW_PATH_MAX], found_mask[RW_PATH_MAX];

    if (path[0] == '\0') {
        rw_dataset_problem(b, "%s: an image's path is longer than %d bytes; left out", category, RW_PATH_MAX - 1);
        return;
    }
    if (!rw_path_find(found, path) || !rw_path_is_file(found, "")) {
        rw_dataset_problem(b, "%s: listed, but there is no such file", path);
        return;
    }
    path = found;
    if (mask != NULL && !rw_path_find(found_mask, mask)) {
        rw_dataset_problem(b, "%s: mask %s is missing", path, mask);
        mask = NULL;
    }
    mask = mask != NULL ? found_mask : NULL;
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
    char               found[RW_PATH_MAX];

    if (path[0] == '\0' || !rw_path_find(found, path) || !rw_path_is_file(found, ""))
        return;
    if (!rw_array_reserve((void **)&data->normals, &b->normals_capacity, data->n_normals, 1, sizeof *data->normals)) {
        b->no_memory = true;
        return;
    }
    item  = &data->normals[data->n_normals++];
    *item = (rwda_dataset_item){ rw_string_copy(found), clean_name(category), rw_string_copy("good"), NULL, 0 };
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

char **rw_dataset_names(dataset_builder *b, const char *dir)
{
    b->data->skipped += rw_names_debris(dir);
    return rw_names_list(dir);
}

/* The names in one folder of masks. */
typedef struct {
    char   dir[RW_PATH_MAX]; /* "": none was read yet */
    char **names, **plain;   /* NULL: no such folder; plain: in NFC */
} mask_folder;

static void free_masks(mask_folder *m)
{
    rw_names_free(m->names);
    rw_names_free(m->plain);
    m->names = m->plain = NULL;
}

static void read_masks(mask_folder *m, dataset_builder *b, const char *dir)
{
    size_t n = 0;

    if (strcmp(m->dir, dir) == 0)
        return;
    free_masks(m);
    (void)rw_path_format(m->dir, "%s", dir);
    m->names = rw_path_is_directory(dir, "") ? rw_dataset_names(b, dir) : NULL;
    while (m->names != NULL && m->names[n] != NULL)
        n++;
    m->plain = m->names != NULL ? calloc(n + 1, sizeof *m->plain) : NULL;
    for (size_t i = 0; m->plain != NULL && i < n; i++)
        if ((m->plain[i] = rw_name_normalized(m->names[i])) == NULL)
            b->no_memory = true;
    b->no_memory |= m->names != NULL && m->plain == NULL;
}

/* The mask that belongs to an image whose name is `image` in NFC. */
static bool find_mask(char out[RW_PATH_MAX], const mask_folder *m, const char *image)
{
    const char *dot  = strrchr(image, '.');
    size_t      stem = dot != NULL ? (size_t)(dot - image) : strlen(image), found = 0, folder = SIZE_MAX, same = 0;
    int         best = 0;

    for (size_t i = 0; m->plain != NULL && m->plain[i] != NULL; i++) {
        int fit = rwda_image_named(m->plain[i]) ? mask_fit(m->plain[i], image, stem) : 0;

        if (strlen(m->plain[i]) == stem && strncmp(m->plain[i], image, stem) == 0)
            folder = i;
        same = fit > best ? 1 : same + (fit == best);
        if (fit > best) {
            best  = fit;
            found = i;
        }
    }
    if (best <= 1 && folder != SIZE_MAX && rw_path_is_directory(m->dir, m->names[folder]))
        return rw_path_format(out, "%s/%s", m->dir, m->names[folder]);
    return best > 0 && (best > 1 || same == 1) && rw_path_format(out, "%s/%s", m->dir, m->names[found]);
}

/* Where the masks of an image's folder lie: `below` is that folder below the one of its defect type, "" or "day1/". */
static void find_mask_folder(char out[RW_PATH_MAX], const char *folder, const char *below, const char *mask_dir)
{
    if (strcmp(rw_path_base(folder), "rgb") == 0 &&
        rw_path_format(out, "%.*s/gt", (int)(rw_path_base(folder) - folder - 1), folder) && rw_path_is_directory(out, ""))
        return;
    if (below[0] == '\0' || !rw_path_format(out, "%s/%s", mask_dir, below) || !rw_path_is_directory(out, ""))
        (void)rw_path_format(out, "%s", mask_dir);
}

/* A folder, and what becomes of the images below it. */
struct dataset_folder {
    char  *dir, *category, *defect_type; /* defect_type NULL: normal training images */
    char  *mask_dir;                     /* NULL: no masks, or those beside the images */
    bool   anomalous, pairs;             /* pairs: masks lie beside the images */
    size_t found;                        /* images in it, and what was left out and said */
};

static char *copy(dataset_builder *b, const char *text)
{
    char *same = text != NULL ? rw_string_copy(text) : NULL;

    b->no_memory |= text != NULL && same == NULL;
    return same;
}

static void add_folder(dataset_builder *b, const char *dir, const char *category, const char *defect_type,
                       const char *mask_dir, bool anomalous, bool pairs)
{
    if (!rw_array_reserve((void **)&b->folders, &b->folders_capacity, b->n_folders, 1, sizeof *b->folders)) {
        b->no_memory = true;
        return;
    }
    b->folders[b->n_folders++] =
        (dataset_folder){ copy(b, dir), copy(b, category), copy(b, defect_type), copy(b, mask_dir), anomalous, pairs, 0 };
}

void rw_dataset_add_defects(dataset_builder *b, const char *dir, const char *mask_dir, const char *category,
                            const char *defect_type)
{
    add_folder(b, dir, category, defect_type, mask_dir, true, false);
}

void rw_dataset_add_directory(dataset_builder *b, const char *dir, const char *category, const char *defect_type,
                              bool anomalous)
{
    add_folder(b, dir, category, defect_type, NULL, anomalous, false);
}

void rw_dataset_add_pairs(dataset_builder *b, const char *dir, const char *category, const char *defect_type, bool anomalous)
{
    add_folder(b, dir, category, defect_type, NULL, anomalous, true);
}

void rw_dataset_add_normals(dataset_builder *b, const char *dir, const char *category)
{
    if (rw_path_is_directory(dir, ""))
        add_folder(b, dir, category, NULL, NULL, false, false);
}

void rw_dataset_free_folders(dataset_builder *b)
{
    for (size_t i = 0; i < b->n_folders; i++) {
        free(b->folders[i].dir);
        free(b->folders[i].category);
        free(b->folders[i].defect_type);
        free(b->folders[i].mask_dir);
    }
    free(b->folders);
}

static void add_with_mask(dataset_builder *b, const char *path, const dataset_folder *f, mask_folder *masks)
{
    const char *base  = rw_path_base(path);
    char       *plain = rw_name_normalized(base);
    char        folder[RW_PATH_MAX], below[RW_PATH_MAX], dir[RW_PATH_MAX], mask[RW_PATH_MAX];
    size_t      root  = strlen(f->dir);
    bool        found = false;

    (void)rw_path_format(folder, "%.*s", (int)(base - path - 1), path);
    (void)rw_path_format(below, "%s", strlen(folder) > root ? folder + root + 1 : "");
    find_mask_folder(dir, folder, below, f->mask_dir);
    read_masks(masks, b, dir);
    if (plain == NULL)
        b->no_memory = true;
    else
        found = find_mask(mask, masks, plain);
    if (!found && masks->names != NULL)
        rw_dataset_problem(b, "%s: no mask for it in %s", path, dir);
    rw_dataset_add(b, path, f->category, f->defect_type, true, found ? mask : NULL);
    free(plain);
}

/* An image that lies beside its mask. */
static void add_pair(dataset_builder *b, const char *path, const dataset_folder *f)
{
    char mask[RW_PATH_MAX];

    if (!rw_path_ends_in(path, ".jpg"))
        return;
    (void)rw_path_format(mask, "%.*s.png", (int)strlen(path) - 4, path);
    rw_dataset_add(b, path, f->category, f->defect_type, f->anomalous, f->anomalous ? mask : NULL);
}

static void take(dataset_builder *b, rw_walk_found what, const char *path, const dataset_folder *f, mask_folder *masks)
{
    if (what == RW_WALK_UNREADABLE)
        rw_dataset_problem(b, "%s: cannot be read", path);
    else if (what == RW_WALK_TOO_LONG)
        rw_dataset_problem(b, "%s: an image's path is longer than %d bytes; left out", path, RW_PATH_MAX - 1);
    else if (what == RW_WALK_IMAGE && f->defect_type == NULL)
        rw_dataset_add_normal(b, path, f->category);
    else if (what == RW_WALK_IMAGE && f->pairs)
        add_pair(b, path, f);
    else if (what == RW_WALK_IMAGE && f->mask_dir != NULL)
        add_with_mask(b, path, f, masks);
    else if (what == RW_WALK_IMAGE)
        rw_dataset_add(b, path, f->category, f->defect_type, f->anomalous, NULL);
}

void rw_dataset_read_folders(dataset_builder *b)
{
    rw_image_walk       *walk  = b->no_memory ? NULL : rw_image_walk_new(b->data->path, false);
    mask_folder          masks = { .dir = "" };
    const rw_walk_skips *skips;
    rw_walk_found        what;
    char                 path[RW_PATH_MAX];

    if (walk == NULL) {
        b->no_memory = true;
        return;
    }
    for (size_t i = 0; i < b->n_folders; i++)
        b->no_memory |= !rw_image_walk_add(walk, b->folders[i].dir, i);
    while ((what = rw_image_walk_next(path, walk)) != RW_WALK_END) {
        dataset_folder *f = &b->folders[rw_image_walk_start(walk)];

        f->found += what != RW_WALK_NOTHING;
        take(b, what, path, f, &masks);
    }
    for (size_t i = 0; i < b->n_folders; i++)
        if (b->folders[i].mask_dir != NULL && b->folders[i].found == 0)
            rw_dataset_problem(b, "%s: no image in this folder", b->folders[i].dir);
    skips = rw_image_walk_skips(walk);
    b->data->skipped += skips->debris + skips->folders;
    free_masks(&masks);
    rw_image_walk_free(walk);
}

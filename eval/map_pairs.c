/* map_pairs.c - pairs of a map and a mask, from two folders or a list. */
#include "base/memory.h"
#include "common/csv_table.h"
#include "common/events.h"
#include "common/paths.h"

#include <rwda_eval.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX  32 /* folders in folders */
#define COMPLAINTS 10 /* told one by one; the rest is counted */

/* ---- Complaints --------------------------------------------------------------------------------------------------------- */

/* Sentences about single files: all but the last become warnings, the last the error. */
typedef struct {
    const rwda_events *events;
    size_t             count;
    char               last[2 * RW_PATH_MAX + 128]; /* not told yet */
} complaints;

static void RW_PRINTF(2, 3) complain(complaints *c, const char *format, ...)
{
    va_list args;

    if (c->count++ >= COMPLAINTS)
        return;
    if (c->count > 1)
        rw_warn(c->events, "%s", c->last);
    va_start(args, format);
    (void)vsnprintf(c->last, sizeof c->last, format, args);
    va_end(args);
}

static rwda_status fail_for_all(const complaints *c, rwda_error *err)
{
    if (c->count == 0)
        return RWDA_OK;
    if (c->count <= COMPLAINTS)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%s", c->last);
    rw_warn(c->events, "%s", c->last);
    return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%zu such messages in all; nothing was computed", c->count);
}

/* ---- Files of a folder -------------------------------------------------------------------------------------------------- */

typedef struct {
    char *key, *path; /* key: path below the folder, without ending and _mask */
} named_file;

typedef struct {
    named_file *files;
    size_t      count, capacity;
    bool        masks;
} file_list;

static void free_list(file_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->files[i].key);
        free(list->files[i].path);
    }
    free(list->files);
}

/* 'rwda map' writes the map of NAME.jpg as NAME.jpg.map.npy or .map.png: its key is NAME. */
static void strip_map_name(char *key)
{
    if (!rw_path_ends_in(key, ".map"))
        return;
    key[strlen(key) - strlen(".map")] = '\0';
    if (rwda_image_named(key))
        *strrchr(key, '.') = '\0';
}

static rwda_status add_file(file_list *list, const char *path, size_t root, rwda_error *err)
{
    named_file *file;

    if (!rw_array_reserve((void **)&list->files, &list->capacity, list->count, 1, sizeof *list->files))
        goto no_memory;
    file  = &list->files[list->count++];
    *file = (named_file){ rw_name_normalized(path + root), rw_string_copy(path) };
    if (file->key == NULL || file->path == NULL)
        goto no_memory;
    *strrchr(file->key, '.') = '\0';
    if (list->masks && rw_path_ends_in(file->key, "_mask"))
        file->key[strlen(file->key) - strlen("_mask")] = '\0';
    if (!list->masks)
        strip_map_name(file->key);
    return RWDA_OK;
no_memory:
    return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for %zu names", path, list->count + 1);
}

static bool is_wanted(const file_list *list, const char *name)
{
    if (!list->masks && (rw_path_ends_in(name, ".overlay.png") || rw_path_ends_in(name, ".mask.png")))
        return false; /* what 'rwda map' writes beside a map */
    return rw_path_ends_in(name, ".npy") || rw_path_ends_in(name, ".png") || (list->masks && rwda_image_named(name));
}

/* The folders that one lies in. */
typedef struct chain {
    const struct chain *above;
    dev_t               device;
    ino_t               inode;
    int                 depth;
} chain;

/* Whether a link leads back to one of them. */
static bool is_loop(const chain *one)
{
    for (const chain *above = one->above; above != NULL; above = above->above)
        if (one->inode != 0 && above->inode == one->inode && above->device == one->device)
            return true;
    return false;
}

/* root: length of the folder's path that is not part of keys. */
static rwda_status list_folder(file_list *list, const char *dir, size_t root, const chain *above, rwda_error *err)
{
    struct stat info   = { 0 };
    chain       here   = { above, 0, 0, above != NULL ? above->depth + 1 : 0 };
    char      **names  = rw_names_list(dir);
    rwda_status status = RWDA_OK;

    (void)stat(dir, &info);
    here.device = info.st_dev;
    here.inode  = info.st_ino;
    if (is_loop(&here))
        goto done;
    if (names == NULL)
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be read as a directory", dir);
    else if (here.depth == DEPTH_MAX)
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: over %d folders deep", dir, DEPTH_MAX);
    for (size_t i = 0; status == RWDA_OK && names[i] != NULL; i++) {
        char path[RW_PATH_MAX];

        if (!rw_path_format(path, "%s/%s", dir, names[i]))
            continue;
        if (rw_path_is_directory(path, ""))
            status = list_folder(list, path, root, &here, err);
        else if (is_wanted(list, names[i]))
            status = add_file(list, path, root, err);
    }
done:
    rw_names_free(names);
    return status;
}

static int by_key(const void *a, const void *b)
{
    const named_file *x = a, *y = b;
    int               order = strcmp(x->key, y->key);

    return order != 0 ? order : strcmp(x->path, y->path); /* .npy before .png */
}

/* Each key once: of a map the .npy. */
static void drop_doubles(file_list *list, complaints *c)
{
    size_t n = 0;

    for (size_t i = 0; i < list->count; i++) {
        named_file *file = &list->files[i], *last = n > 0 ? &list->files[n - 1] : NULL;

        if (last == NULL || strcmp(last->key, file->key) != 0) {
            list->files[n++] = *file;
            continue;
        }
        if (list->masks || !rw_path_ends_in(last->path, ".npy") || !rw_path_ends_in(file->path, ".png"))
            complain(c, "%s and %s: which of them is meant?", last->path, file->path);
        free(file->key);
        free(file->path);
    }
    list->count = n;
}

static rwda_status read_folder(file_list *list, const char *dir, complaints *c, rwda_error *err)
{
    rwda_status status = list_folder(list, dir, strlen(dir), NULL, err);

    if (status != RWDA_OK)
        return status;
    if (list->count == 0)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.300s: no %s in this directory", dir,
                       list->masks ? "mask" : "map (.npy or .png)");
    qsort(list->files, list->count, sizeof *list->files, by_key);
    drop_doubles(list, c);
    return RWDA_OK;
}

/* ---- Pairs -------------------------------------------------------------------------------------------------------------- */

typedef struct {
    rwda_map_pairs *pairs;
    size_t          capacity;
} pair_builder;

static rwda_status new_pairs(pair_builder *b, rwda_error *err)
{
    *b = (pair_builder){ calloc(1, sizeof *b->pairs), 0 };
    return b->pairs != NULL ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for pairs");
}

static rwda_status add_pair(pair_builder *b, const char *map, const char *mask, rwda_error *err)
{
    rwda_map_pairs *pairs = b->pairs;
    rwda_map_pair  *pair;

    if (!rw_array_reserve((void **)&pairs->items, &b->capacity, pairs->count, 1, sizeof *pairs->items))
        goto no_memory;
    pair  = &pairs->items[pairs->count++];
    *pair = (rwda_map_pair){ rw_string_copy(map), mask != NULL ? rw_string_copy(mask) : NULL };
    if (pair->map != NULL && (mask == NULL || pair->mask != NULL))
        return RWDA_OK;
no_memory:
    return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu maps", pairs->count + 1);
}

/* Both lists are sorted: one walk through both. */
static rwda_status join(pair_builder *b, const file_list *maps, const file_list *masks, const char *map_dir,
                        const char *mask_dir, int normal_without_mask, complaints *c, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (size_t i = 0, k = 0; status == RWDA_OK && (i < maps->count || k < masks->count);) {
        const named_file *map = &maps->files[i], *mask = &masks->files[k];
        int               order = i == maps->count ? 1 : k == masks->count ? -1 : strcmp(map->key, mask->key);

        if (order > 0)
            complain(c, "%s: no map of this name in %s", mask->path, map_dir);
        else if (order < 0 && !normal_without_mask)
            complain(c, "%s: no mask of this name in %s; --normal-without-mask takes it for a normal image", map->path,
                     mask_dir);
        else
            status = add_pair(b, map->path, order == 0 ? mask->path : NULL, err);
        i += order <= 0;
        k += order >= 0;
    }
    return status;
}

rwda_status rwda_map_pairs_from_folders(rwda_map_pairs **out, const char *maps, const char *masks, int normal_without_mask,
                                        const rwda_events *events, rwda_error *err)
{
    file_list    map_files = { .masks = false }, mask_files = { .masks = true };
    complaints   c = { events, 0, "" };
    pair_builder b;
    rwda_status  status;

    *out = NULL;
    RW_TRY(new_pairs(&b, err));
    RW_TRY(read_folder(&map_files, maps, &c, err));
    RW_TRY(read_folder(&mask_files, masks, &c, err));
    RW_TRY(join(&b, &map_files, &mask_files, maps, masks, normal_without_mask, &c, err));
    RW_TRY(fail_for_all(&c, err));
    *out    = b.pairs;
    b.pairs = NULL;
done:
    rwda_map_pairs_free(b.pairs);
    free_list(&map_files);
    free_list(&mask_files);
    return status;
}

static rwda_status add_row(pair_builder *b, const char *list, size_t number, const char *const names[2], rwda_error *err)
{
    const int folder = (int)(rw_path_base(list) - list);
    char      paths[2][RW_PATH_MAX], named[RW_PATH_MAX];

    if (names[0][0] == '\0')
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: row %zu: no map is named", list, number);
    for (int i = 0; i < 2; i++)
        if (rw_path_format(named, "%.*s%s", names[i][0] == '/' ? 0 : folder, list, names[i]))
            (void)rw_path_find(paths[i], named);
        else
            paths[i][0] = '\0';
    return add_pair(b, paths[0], names[1][0] != '\0' ? paths[1] : NULL, err);
}

rwda_status rwda_map_pairs_from_list(rwda_map_pairs **out, const char *path, rwda_error *err)
{
    csv_table    table = CSV_TABLE_INIT;
    pair_builder b;
    int          map, mask;
    rwda_status  status;

    *out = NULL;
    RW_TRY(new_pairs(&b, err));
    RW_TRY(rw_csv_table_read(&table, path, err));
    map  = rw_csv_column(&table, "map");
    mask = rw_csv_column(&table, "mask");
    if (map < 0 || mask < 0) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: expected the columns map and mask", path);
        goto done;
    }
    for (size_t row = 1; row < table.rows; row++)
        RW_TRY(add_row(&b, path, row + 1,
                       (const char *const[]){ rw_csv_cell(&table, row, map), rw_csv_cell(&table, row, mask) }, err));
    *out    = b.pairs;
    b.pairs = NULL;
done:
    rw_csv_table_free(&table);
    rwda_map_pairs_free(b.pairs);
    return status;
}

void rwda_map_pairs_free(rwda_map_pairs *pairs)
{
    if (pairs == NULL)
        return;
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->items[i].map);
        free(pairs->items[i].mask);
    }
    free(pairs->items);
    free(pairs);
}

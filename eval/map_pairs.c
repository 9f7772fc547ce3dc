/* pairs.c - which mask belongs to which map? */
#include "eval/map_pairs.h"

#include "common/csv_table.h"
#include "eval/dataset.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH_MAX  32 /* folders in folders */
#define COMPLAINTS 10 /* messages about single files; the rest is counted */

typedef struct {
    char *key, *path; /* key: path below the folder, without ending and _mask */
} named_file;

typedef struct {
    named_file *files;
    size_t      count, capacity, complaints;
    bool        masks, no_memory;
} file_list;

static bool ends_in(const char *text, const char *ending)
{
    size_t len = strlen(text), tail = strlen(ending);

    return len > tail && strcasecmp(text + len - tail, ending) == 0;
}

/* 'rwda map' writes the map of NAME.jpg as NAME.jpg.map.npy or .map.png: its key is NAME. */
static void strip_map_name(char *key)
{
    if (!ends_in(key, ".map"))
        return;
    key[strlen(key) - strlen(".map")] = '\0';
    if (cli_named_like_a_picture(key))
        *strrchr(key, '.') = '\0';
}

static void add_file(file_list *list, const char *path, size_t root)
{
    named_file *file;
    char       *key;

    if (!cli_grow((void **)&list->files, &list->capacity, list->count, sizeof *list->files)) {
        list->no_memory = true;
        return;
    }
    file  = &list->files[list->count++];
    *file = (named_file){ strdup(path + root), strdup(path) };
    key   = file->key;
    if (key == NULL || file->path == NULL) {
        list->no_memory = true;
        return;
    }
    *strrchr(key, '.') = '\0';
    if (list->masks && ends_in(key, "_mask"))
        key[strlen(key) - strlen("_mask")] = '\0';
    if (!list->masks)
        strip_map_name(key);
}

/* root: length of the folder's path that is no part of keys.  False: a folder cannot be read. */
static bool list_folder(file_list *list, const char *dir, size_t root, int depth)
{
    char **names = dataset_names(dir);
    bool   fine  = names != NULL && depth < DEPTH_MAX;

    if (!fine)
        cli_error(names != NULL ? "%s: over %d folders deep" : "%s: cannot be read as a directory", dir, DEPTH_MAX);
    for (size_t i = 0; fine && names[i] != NULL; i++) {
        char path[CLI_PATH_MAX];

        if (!cli_path(path, "%s/%s", dir, names[i]))
            continue;
        if (dataset_is_directory(path, ""))
            fine = list_folder(list, path, root, depth + 1);
        else if (!list->masks && (ends_in(names[i], ".overlay.png") || ends_in(names[i], ".mask.png")))
            continue; /* what 'rwda map' writes beside a map */
        else if (ends_in(names[i], ".npy") || ends_in(names[i], ".png") ||
                 (list->masks && cli_named_like_a_picture(names[i])))
            add_file(list, path, root);
    }
    dataset_names_free(names);
    return fine;
}

static int by_key(const void *a, const void *b)
{
    const named_file *x = a, *y = b;
    int               order = strcmp(x->key, y->key);

    return order != 0 ? order : strcmp(x->path, y->path); /* .npy before .png */
}

/* One message a file, up to a number of them. */
static void __attribute__((format(printf, 2, 3))) complain(file_list *list, const char *format, ...)
{
    char    text[2 * CLI_PATH_MAX + 128];
    va_list args;

    if (list->complaints++ >= COMPLAINTS)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cli_error("%s", text);
}

/* All files of a folder by key, each key once; 0, or an exit code. */
static int read_folder(file_list *list, const char *dir)
{
    size_t kept = 0, root = strlen(dir);
    bool   fine = list_folder(list, dir, root, 0);

    if (list->no_memory)
        cli_error("no memory for the files of %s", dir);
    if (!fine || list->no_memory)
        return EXIT_SOME_FAILED;
    if (list->count > 0)
        qsort(list->files, list->count, sizeof *list->files, by_key);
    for (size_t i = 0; i < list->count; i++) {
        named_file *file = &list->files[i], *last = kept > 0 ? &list->files[kept - 1] : NULL;

        if (last == NULL || strcmp(last->key, file->key) != 0) {
            list->files[kept++] = *file;
            continue;
        }
        if (list->masks || !ends_in(last->path, ".npy") || !ends_in(file->path, ".png"))
            complain(list, "%s and %s: which of them is meant?", last->path, file->path);
        free(file->key);
        free(file->path);
    }
    list->count = kept;
    if (kept == 0) {
        cli_error("%s: no %s in this directory", dir, list->masks ? "mask" : "map (.npy or .png)");
        return EXIT_SOME_FAILED;
    }
    return 0;
}

static void free_list(file_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->files[i].key);
        free(list->files[i].path);
    }
    free(list->files);
}

static bool add_pair(map_pairs *out, const char *map, const char *mask)
{
    map_pair *pair;

    if (!cli_grow((void **)&out->items, &out->capacity, out->count, sizeof *out->items))
        return false;
    pair  = &out->items[out->count++];
    *pair = (map_pair){ strdup(map), mask != NULL ? strdup(mask) : NULL };
    return pair->map != NULL && (mask == NULL || pair->mask != NULL);
}

int pairs_from_folders(map_pairs *out, const char *maps, const char *masks, bool normal_without_mask)
{
    file_list map_files = { 0 }, mask_files = { .masks = true };
    int       code;
    bool      fine = true;

    *out = (map_pairs){ NULL, 0, 0 };
    code = read_folder(&map_files, maps);
    if (code == 0)
        code = read_folder(&mask_files, masks);
    /* Both are sorted: one walk through both. */
    for (size_t i = 0, k = 0; code == 0 && fine && (i < map_files.count || k < mask_files.count);) {
        const named_file *map = &map_files.files[i], *mask = &mask_files.files[k];
        int               order = i == map_files.count ? 1 : k == mask_files.count ? -1 : strcmp(map->key, mask->key);

        if (order > 0)
            complain(&mask_files, "%s: no map of this name in %s", mask->path, maps);
        else if (order < 0 && !normal_without_mask)
            complain(&map_files, "%s: no mask of this name in %s; --normal-without-mask takes it for a normal picture",
                     map->path, masks);
        else
            fine = add_pair(out, map->path, order == 0 ? mask->path : NULL);
        i += order <= 0;
        k += order >= 0;
    }
    if (!fine)
        cli_error("no memory for %zu maps", map_files.count);
    if (map_files.complaints > COMPLAINTS || mask_files.complaints > COMPLAINTS)
        cli_error("%zu such messages in all; nothing was computed", map_files.complaints + mask_files.complaints);
    if (!fine || map_files.complaints + mask_files.complaints > 0)
        code = EXIT_SOME_FAILED;
    free_list(&map_files);
    free_list(&mask_files);
    return code;
}

int pairs_from_list(map_pairs *out, const char *path)
{
    const int folder = (int)(dataset_base_name(path) - path);
    csv_table table;
    int       code = csv_table_read(&table, path), map, mask;

    *out = (map_pairs){ NULL, 0, 0 };
    if (code != 0)
        return code;
    map  = csv_column(&table, "map");
    mask = csv_column(&table, "mask");
    if (map < 0 || mask < 0) {
        cli_error("%s: expected the columns map and mask", path);
        code = EXIT_SOME_FAILED;
    }
    for (size_t row = 1; code == 0 && row < table.rows; row++) {
        const char *names[2] = { csv_cell(&table, row, map), csv_cell(&table, row, mask) };
        char        paths[2][CLI_PATH_MAX];

        for (int i = 0; i < 2; i++)
            (void)cli_path(paths[i], "%.*s%s", names[i][0] == '/' ? 0 : folder, path, names[i]);
        if (names[0][0] == '\0' || !add_pair(out, paths[0], names[1][0] != '\0' ? paths[1] : NULL)) {
            cli_error("%s: row %zu: %s", path, row + 1, names[0][0] == '\0' ? "no map is named" : "no memory");
            code = EXIT_SOME_FAILED;
        }
    }
    csv_table_free(&table);
    return code;
}

void pairs_free(map_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->items[i].map);
        free(pairs->items[i].mask);
    }
    free(pairs->items);
    *pairs = (map_pairs){ NULL, 0, 0 };
}

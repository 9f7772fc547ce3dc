/* dataset.c - which layout is this, and what do all layouts share? */
#include "eval/dataset.h"

#include <ctype.h>
#include <dirent.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* In the order of recognition: the most telling first. */
static const dataset_layout *const layouts[] = { &layout_list,  &layout_visa,  &layout_sewerml, &layout_realiad,
                                                 &layout_tiles, &layout_mvtec, &layout_folder };
#define N_LAYOUTS (sizeof layouts / sizeof layouts[0])

const char *const dataset_layouts[] = { "auto",    "mvtec", "btad",   "visa", "sewerml",
                                        "realiad", "tiles", "folder", "list", NULL };

/* ---- Items and problems -------------------------------------------------------------------------------------------------- */

void dataset_problem(dataset *data, const char *format, ...)
{
    char    text[CLI_PATH_MAX + 256];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!cli_grow((void **)&data->problems, &data->problems_capacity, data->n_problems, sizeof *data->problems) ||
        (data->problems[data->n_problems] = strdup(text)) == NULL)
        data->no_memory = true;
    else
        data->n_problems++;
}

/* Names go into tables, keys and captions: what is no UTF-8, and control characters, become '?'. */
static char *clean_name(const char *name)
{
    json_t *text = json_string(name); /* NULL: no UTF-8 */
    char   *copy = strdup(name);

    for (char *c = copy; c != NULL && *c != '\0'; c++)
        if ((unsigned char)*c < 32 || *c == 127 || (text == NULL && (unsigned char)*c > 127))
            *c = '?';
    json_decref(text);
    return copy;
}

void dataset_add(dataset *data, const char *path, const char *category, const char *kind, bool anomalous, const char *mask)
{
    dataset_item *item;

    if (path[0] == '\0') {
        dataset_problem(data, "%s: a picture's path is longer than %d bytes; left out", category, CLI_PATH_MAX - 1);
        return;
    }
    if (!dataset_is_file(path, "")) {
        dataset_problem(data, "%s: listed, but there is no such file", path);
        return;
    }
    if (mask != NULL && !dataset_is_file(mask, "")) {
        dataset_problem(data, "%s: mask %s is missing", path, mask);
        mask = NULL;
    }
    if (!cli_grow((void **)&data->items, &data->capacity, data->count, sizeof *data->items)) {
        data->no_memory = true;
        return;
    }
    item  = &data->items[data->count++];
    *item = (dataset_item){ strdup(path), clean_name(category), clean_name(kind), mask != NULL ? strdup(mask) : NULL,
                            anomalous };
    if (item->path == NULL || item->category == NULL || item->kind == NULL || (mask != NULL && item->mask == NULL))
        data->no_memory = true;
}

static void free_item(dataset_item *item)
{
    free(item->path);
    free(item->category);
    free(item->kind);
    free(item->mask);
}

void dataset_free(dataset *data)
{
    for (size_t i = 0; i < data->count; i++)
        free_item(&data->items[i]);
    for (size_t i = 0; i < data->n_problems; i++)
        free(data->problems[i]);
    free(data->items);
    free(data->problems);
    *data = (dataset){ 0 };
}

/* ---- Files --------------------------------------------------------------------------------------------------------------- */

static bool kind_of_file(const char *dir, const char *name, mode_t wanted)
{
    char        path[CLI_PATH_MAX];
    struct stat info;

    if (!cli_path(path, name[0] != '\0' ? "%s/%s" : "%s%s", dir, name))
        return false;
    return stat(path, &info) == 0 && (info.st_mode & S_IFMT) == wanted;
}

bool dataset_is_directory(const char *dir, const char *name)
{
    return kind_of_file(dir, name, S_IFDIR);
}

bool dataset_is_file(const char *dir, const char *name)
{
    return kind_of_file(dir, name, S_IFREG);
}

bool dataset_is_good(const char *name)
{
    return strcasecmp(name, "good") == 0 || strcasecmp(name, "ok") == 0 || strcasecmp(name, "normal") == 0;
}

const char *dataset_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

void dataset_category_of(char out[256], const char *dir)
{
    char  whole[PATH_MAX];
    char *base = realpath(dir, whole) != NULL ? strrchr(whole, '/') + 1 : NULL; /* "DIR/", "." and ".." have names too */

    (void)snprintf(out, 256, "%.255s", base != NULL && base[0] != '\0' ? base : "all");
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

char **dataset_names(const char *dir)
{
    struct dirent **entries = NULL;
    int             n       = scandir(dir, &entries, visible, alphasort);
    char          **names   = n >= 0 ? calloc((size_t)n + 1, sizeof *names) : NULL;

    for (int i = 0; i < n; i++) {
        if (names != NULL &&
            (names[i] = strdup(entries[i]->d_name)) == NULL) { /* no memory must not look like fewer names */
            dataset_names_free(names);
            names = NULL;
        }
        free(entries[i]);
    }
    free(entries);
    return names;
}

void dataset_names_free(char **names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        free(names[i]);
    free(names);
}

/* How well a mask's name fits a picture's stem: 3 STEM.*, 2 STEM_mask.*, 1 the stem stands somewhere in it (anomalib's rule), not
 * inside a longer number or word; 0 not at all. */
static int mask_fit(const char *mask, const char *picture, size_t stem)
{
    if (strncmp(mask, picture, stem) == 0)
        return mask[stem] == '.'                        ? 3
               : strncmp(mask + stem, "_mask.", 6) == 0 ? 2
               : isalnum((unsigned char)mask[stem])     ? 0
                                                        : 1;
    for (const char *at = mask + 1; *at != '\0'; at++)
        if (strncmp(at, picture, stem) == 0 && !isalnum((unsigned char)at[-1]) && !isalnum((unsigned char)at[stem]))
            return 1;
    return 0;
}

bool dataset_find_mask(char out[CLI_PATH_MAX], char **masks, const char *dir, const char *picture)
{
    const char *dot  = strrchr(picture, '.');
    size_t      stem = dot != NULL ? (size_t)(dot - picture) : strlen(picture), found = 0, same = 0;
    int         best = 0;

    for (size_t i = 0; masks != NULL && masks[i] != NULL; i++) {
        int fit = cli_named_like_a_picture(masks[i]) ? mask_fit(masks[i], picture, stem) : 0;

        same = fit > best ? 1 : same + (fit == best);
        if (fit > best) {
            best  = fit;
            found = i;
        }
    }
    return best > 0 && (best > 1 || same == 1) && cli_path(out, "%s/%s", dir, masks[found]);
}

void dataset_add_defects(dataset *data, const char *dir, const char *mask_dir, const char *category, const char *kind)
{
    char **names = dataset_names(dir), **masks = dataset_names(mask_dir);
    char   path[CLI_PATH_MAX], mask[CLI_PATH_MAX];
    size_t before = data->count + data->n_problems;

    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        bool found = dataset_find_mask(mask, masks, mask_dir, names[i]);

        if (!cli_named_like_a_picture(names[i]))
            continue;
        (void)cli_path(path, "%s/%s", dir, names[i]);
        if (!found && masks != NULL)
            dataset_problem(data, "%s: no mask for it in %s", path, mask_dir);
        dataset_add(data, path, category, kind, true, found ? mask : NULL);
    }
    if (data->count + data->n_problems == before)
        dataset_problem(data, "%s: %s", dir, names == NULL ? "cannot be read" : "no picture in this folder");
    dataset_names_free(names);
    dataset_names_free(masks);
}

void dataset_add_directory(dataset *data, const char *dir, const char *category, const char *kind, bool anomalous)
{
    char **names = dataset_names(dir);
    char   path[CLI_PATH_MAX];

    if (names == NULL)
        dataset_problem(data, "%s: cannot be read", dir);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (cli_named_like_a_picture(names[i]) && cli_path(path, "%s/%s", dir, names[i]))
            dataset_add(data, path, category, kind, anomalous, NULL);
    dataset_names_free(names);
}

/* ---- All layouts --------------------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const dataset_item *x = a, *y = b;
    int                 order = strcmp(x->category, y->category);

    if (order == 0 && x->anomalous != y->anomalous)
        return x->anomalous - y->anomalous;
    if (order == 0)
        order = strcmp(x->kind, y->kind);
    return order != 0 ? order : strcmp(x->path, y->path);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const dataset_item *)a)->path, ((const dataset_item *)b)->path);
}

/* A picture that is listed again counts once; not at all when its labels differ. */
static void drop_duplicates(dataset *data)
{
    size_t kept = 0, end;

    qsort(data->items, data->count, sizeof *data->items, by_path);
    for (size_t i = 0; i < data->count; i = end) {
        bool differ = false;

        for (end = i + 1; end < data->count && strcmp(data->items[i].path, data->items[end].path) == 0; end++)
            differ |= data->items[i].anomalous != data->items[end].anomalous;
        if (end - i > 1)
            dataset_problem(data, "%s: listed %zu times; %s", data->items[i].path, end - i,
                            differ ? "as normal and as anomalous: left out" : "counted once");
        for (size_t j = differ ? i : i + 1; j < end; j++)
            free_item(&data->items[j]);
        if (!differ)
            data->items[kept++] = data->items[i];
    }
    data->count = kept;
}

#define NAMES_SHOWN 8

/* An archive unpacked one level deeper than expected is the usual reason. */
static void suggest(const char *path, char **names)
{
    char below[CLI_PATH_MAX];

    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        for (size_t k = 0; k < N_LAYOUTS; k++)
            if (cli_path(below, "%s/%s", path, names[i]) && dataset_is_directory(below, "") &&
                layouts[k]->recognise(below)) {
                cli_error("%s would fit the layout %s", below, layouts[k]->name);
                return;
            }
}

static int does_not_fit(const char *path, const dataset_layout *wanted)
{
    char **names = dataset_names(path), found[NAMES_SHOWN * 256 + 8] = "";
    size_t used = 0;

    if (wanted != NULL) {
        cli_error("%s: no %s layout; expected %s", path, wanted->name, wanted->expects);
    } else {
        cli_error("%s: no layout fits.  Expected one of", path);
        for (size_t i = 0; i < N_LAYOUTS; i++)
            cli_error("  %-8s %s", layouts[i]->name, layouts[i]->expects);
    }
    for (size_t i = 0; names != NULL && names[i] != NULL && i < NAMES_SHOWN; i++)
        used += (size_t)snprintf(found + used, sizeof found - used, " %.250s%s", names[i],
                                 i + 1 == NAMES_SHOWN && names[i + 1] != NULL ? " ..." : "");
    cli_error("found%s%s",
              names == NULL      ? " nothing that can be read as a directory"
              : names[0] == NULL ? " an empty directory"
                                 : ":",
              found);
    suggest(path, names);
    dataset_names_free(names);
    return EXIT_SOME_FAILED;
}

int dataset_read(dataset *out, const char *path, const char *layout)
{
    const dataset_layout *found = NULL;
    bool                  any   = strcmp(layout, "auto") == 0;
    int                   code;

    *out = (dataset){ 0 };
    if (strcmp(layout, "btad") == 0)
        layout = "mvtec"; /* the same, with ok and ko */
    for (size_t i = 0; i < N_LAYOUTS && found == NULL; i++) {
        if (!any && strcmp(layouts[i]->name, layout) != 0)
            continue;
        if (layouts[i]->recognise(path))
            found = layouts[i];
        else if (!any)
            return does_not_fit(path, layouts[i]);
    }
    if (found == NULL)
        return does_not_fit(path, NULL);
    out->layout = found->name;
    code        = found->read(out, path);
    if (code == 0 && !out->no_memory && out->count > 0) { /* qsort takes no NULL, empty or not */
        drop_duplicates(out);
        qsort(out->items, out->count, sizeof *out->items, by_place);
    }
    if (code == 0 && out->no_memory) {
        cli_error("%s: no memory for %zu pictures", path, out->count);
        code = EXIT_SOME_FAILED;
    } else if (code == 0 && out->count == 0) {
        for (size_t i = 0; i < out->n_problems && i < 8; i++)
            cli_error("%s", out->problems[i]);
        cli_error("%s: %s layout, but no test picture in it (problems: %zu)", path, found->name, out->n_problems);
        code = EXIT_SOME_FAILED;
    }
    if (code != 0)
        dataset_free(out);
    return code;
}

/* Evenly spaced over the sorted pictures: kinds keep their shares, and the same data give the same choice. */
void dataset_limit(dataset *data, size_t limit)
{
    size_t kept = 0, end;

    for (size_t first = 0; first < data->count; first = end) {
        size_t n, share;

        for (end = first + 1; end < data->count && data->items[end].anomalous == data->items[first].anomalous &&
                              strcmp(data->items[end].category, data->items[first].category) == 0;)
            end++;
        n     = end - first;
        share = n < limit ? n : limit;
        for (size_t i = 0, taken = 0; i < n; i++)
            if (taken < share && i == taken * n / share) {
                data->items[kept++] = data->items[first + i];
                taken++;
            } else {
                free_item(&data->items[first + i]);
            }
    }
    data->count = kept;
}

#include "eval/dataset.h"

#include "base/memory.h"
#include "common/events.h"
#include "common/paths.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN        8  /* of what a folder holds instead */
#define PROBLEMS_OF_EMPTY  8  /* shown where no image is left */
#define PROBLEMS_DESCRIBED 20 /* a data set may lack a hundred thousand images */

static const dataset_layout *const layouts[] = { &rw_layout_mvtec,   &rw_layout_btad,    &rw_layout_visa,
                                                 &rw_layout_sewerml, &rw_layout_realiad, &rw_layout_magnetic_tile,
                                                 &rw_layout_folder,  &rw_layout_list };

size_t rwda_dataset_layout_count(void)
{
    return RW_COUNTOF(layouts);
}

const rwda_dataset_layout *rwda_dataset_layout_at(size_t i)
{
    return i < RW_COUNTOF(layouts) ? &layouts[i]->row : NULL;
}

/* ---- Which layout ------------------------------------------------------------------------------------------------------- */

static const dataset_layout *named(const char *name)
{
    for (size_t i = 0; i < RW_COUNTOF(layouts); i++)
        if (strcmp(layouts[i]->row.name, name) == 0)
            return layouts[i];
    return NULL;
}

/* NULL: none fits. */
static const dataset_layout *recognise(const char *path)
{
    for (int by_shape = 0; by_shape < 2; by_shape++)
        for (size_t i = 0; i < RW_COUNTOF(layouts); i++)
            if (layouts[i]->by_shape == by_shape && layouts[i]->row.alias_of == NULL && layouts[i]->recognise(path))
                return layouts[i];
    return NULL;
}

/* Adds to a sentence [room]; false: it is full. */
static bool RW_PRINTF(3, 4) append(char *text, size_t room, const char *format, ...)
{
    size_t  used = strlen(text);
    int     len;
    va_list args;

    va_start(args, format);
    len = vsnprintf(text + used, room - used, format, args);
    va_end(args);
    return len >= 0 && (size_t)len < room - used;
}

static void append_names(char *text, size_t room, char *const *names)
{
    if (names == NULL)
        (void)append(text, room, " nothing that can be read as a directory");
    else if (names[0] == NULL)
        (void)append(text, room, " an empty directory");
    else
        (void)append(text, room, ":");
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (i == NAMES_SHOWN || !append(text, room - strlen(" ..."), " %.40s", names[i])) {
            (void)append(text, room, " ...");
            return;
        }
}

/* An archive unpacked one level deeper than expected is the usual reason. */
static void append_suggestion(char *text, size_t room, const char *path, char *const *names)
{
    char below[RW_PATH_MAX];

    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (rw_path_format(below, "%s/%s", path, names[i]) && rw_path_is_directory(below, "")) {
            const dataset_layout *fits = recognise(below);

            if (fits != NULL) {
                (void)append(text, room, "; %.90s would fit the layout %s", below, fits->row.name);
                return;
            }
        }
}

/* wanted: the layout that was asked for; NULL: any. */
static rwda_status does_not_fit(const char *path, const dataset_layout *wanted, rwda_error *err)
{
    char **names = rw_names_list(path), found[256] = "";

    append_names(found, 130, names);
    append_suggestion(found, sizeof found, path, names);
    rw_names_free(names);
    if (wanted == NULL)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.90s: no layout fits; found%s", path, found);
    return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.90s: no %s layout; expected %s; found%s", path, wanted->row.name,
                   wanted->row.expects, found);
}

static rwda_status find_layout(const dataset_layout **out, const char *path, const char *name, rwda_error *err)
{
    if (name == NULL || strcmp(name, "auto") == 0) {
        *out = recognise(path);
        return *out != NULL ? RWDA_OK : does_not_fit(path, NULL, err);
    }
    *out = named(name);
    if (*out == NULL)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "there is no data-set layout \"%.100s\"", name);
    return (*out)->recognise(path) ? RWDA_OK : does_not_fit(path, *out, err);
}

/* ---- Order -------------------------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const rwda_dataset_item *x = a, *y = b;
    int                      order = strcmp(x->category, y->category);

    if (order == 0 && x->anomalous != y->anomalous)
        return x->anomalous - y->anomalous;
    if (order == 0)
        order = strcmp(x->defect_type, y->defect_type);
    return order != 0 ? order : strcmp(x->path, y->path);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const rwda_dataset_item *)a)->path, ((const rwda_dataset_item *)b)->path);
}

/* An image that is listed again counts once; not at all when its labels differ. */
static void drop_duplicates(dataset_builder *b)
{
    rwda_dataset_item *items = b->data->items;
    size_t             n     = 0, end;

    qsort(items, b->data->count, sizeof *items, by_path);
    for (size_t i = 0; i < b->data->count; i = end) {
        bool differ = false;

        for (end = i + 1; end < b->data->count && strcmp(items[i].path, items[end].path) == 0; end++)
            differ |= items[i].anomalous != items[end].anomalous;
        if (end - i > 1)
            rw_dataset_problem(b, "%s: listed %zu times; %s", items[i].path, end - i,
                               differ ? "as normal and as anomalous: left out" : "counted once");
        for (size_t j = differ ? i : i + 1; j < end; j++)
            rw_dataset_free_item(&items[j]);
        if (!differ)
            items[n++] = items[i];
    }
    b->data->count = n;
}

/* Of the training images each counts once, and not at all where it is a test image too. */
static void drop_known_normals(rwda_dataset *data)
{
    rwda_dataset_item *normals = data->normals;
    size_t             n       = 0;

    qsort(normals, data->n_normals, sizeof *normals, by_path);
    for (size_t i = 0; i < data->n_normals; i++)
        if ((n > 0 && strcmp(normals[n - 1].path, normals[i].path) == 0) ||
            bsearch(&normals[i], data->items, data->count, sizeof *data->items, by_path) != NULL)
            rw_dataset_free_item(&normals[i]);
        else
            normals[n++] = normals[i];
    data->n_normals = n;
    qsort(normals, n, sizeof *normals, by_place);
}

void rwda_dataset_limit(rwda_dataset *data, size_t limit)
{
    rwda_dataset_item *items = data->items;
    size_t             left  = 0, end;

    for (size_t first = 0; first < data->count; first = end) {
        size_t n, share, taken = 0;

        for (end = first + 1; end < data->count && items[end].anomalous == items[first].anomalous &&
                              strcmp(items[end].category, items[first].category) == 0;)
            end++;
        n     = end - first;
        share = n < limit ? n : limit;
        for (size_t i = 0; i < n; i++)
            if (taken < share && i == taken * n / share) {
                items[left++] = items[first + i];
                taken++;
            } else {
                rw_dataset_free_item(&items[first + i]);
            }
    }
    data->count = left;
}

void rwda_dataset_keep(rwda_dataset *data, int (*wanted)(void *user, const char *category), void *user)
{
    size_t left = 0;

    for (size_t i = 0; i < data->count; i++)
        if (wanted(user, data->items[i].category) != 0)
            data->items[left++] = data->items[i];
        else
            rw_dataset_free_item(&data->items[i]);
    data->count = left;
}

/* ---- A whole data set --------------------------------------------------------------------------------------------------- */

static rwda_status finish(dataset_builder *b, const char *path, const rwda_events *events, rwda_error *err)
{
    rwda_dataset *data = b->data;

    if (!b->no_memory && data->count > 0) { /* qsort takes no NULL, empty or not */
        drop_duplicates(b);                 /* leaves them by path */
        if (data->n_normals > 0)
            drop_known_normals(data);
        qsort(data->items, data->count, sizeof *data->items, by_place);
    }
    if (b->no_memory)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for %zu images", path, data->count);
    if (data->count > 0) {
        size_t anomalous = 0;

        for (size_t i = 0; i < data->count; i++)
            anomalous += (size_t)data->items[i].anomalous;
        if (anomalous == 0 || anomalous == data->count)
            rw_dataset_problem(b, "%s: no %s image in this data set, %zu %s: there is nothing to tell them from", path,
                               anomalous == 0 ? "anomalous" : "normal", data->count,
                               anomalous == 0 ? "normal" : "anomalous");
        return b->no_memory ? rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory", path) : RWDA_OK;
    }
    for (size_t i = 0; i < data->n_problems && i < PROBLEMS_OF_EMPTY; i++)
        rw_warn(events, "%s", data->problems[i]);
    return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.300s: %s layout, but no test image in it (problems: %zu)", path,
                   data->layout, data->n_problems);
}

rwda_status rwda_dataset_open(rwda_dataset **out, const char *path, const char *layout, const rwda_events *events,
                              rwda_error *err)
{
    dataset_builder       b     = { .data = NULL };
    const dataset_layout *found = NULL;
    rwda_status           status;

    *out = NULL;
    RW_TRY(find_layout(&found, path, layout, err));
    b.data = calloc(1, sizeof *b.data);
    if (b.data == NULL || (b.data->path = rw_string_copy(path)) == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for a data set", path);
        goto done;
    }
    b.events       = events;
    b.data->layout = found->row.alias_of != NULL ? found->row.alias_of : found->row.name;
    RW_TRY(found->read(&b, path, err));
    rw_dataset_read_folders(&b);
    RW_TRY(finish(&b, path, events, err));
    *out   = b.data;
    b.data = NULL;
done:
    rw_dataset_free_folders(&b);
    rwda_dataset_free(b.data);
    return status;
}

void rwda_dataset_free(rwda_dataset *data)
{
    if (data == NULL)
        return;
    for (size_t i = 0; i < data->count; i++)
        rw_dataset_free_item(&data->items[i]);
    for (size_t i = 0; i < data->n_normals; i++)
        rw_dataset_free_item(&data->normals[i]);
    for (size_t i = 0; i < data->n_problems; i++)
        free(data->problems[i]);
    free(data->normals);
    free(data->items);
    free(data->problems);
    free(data->path);
    free(data);
}

void rwda_dataset_describe(const rwda_dataset *data, const rwda_events *events)
{
    size_t normal = 0, categories = 0;

    for (size_t i = 0; i < data->count; i++) {
        normal += !data->items[i].anomalous;
        categories += i == 0 || strcmp(data->items[i].category, data->items[i - 1].category) != 0;
    }
    rw_note(events, "%s: layout %s, %zu normal and %zu anomalous images in %zu categor%s, %zu problem%s", data->path,
            data->layout, normal, data->count - normal, categories, categories == 1 ? "y" : "ies", data->n_problems,
            data->n_problems == 1 ? "" : "s");
    if (data->skipped > 0)
        rw_note(events, "%s: left out: %zu files and folders of the system (._*, .DS_Store, Thumbs.db, ...) or met before",
                data->path, data->skipped);
    for (size_t i = 0; i < data->n_problems && i < PROBLEMS_DESCRIBED; i++)
        rw_warn(events, "%s", data->problems[i]);
    if (data->n_problems > PROBLEMS_DESCRIBED)
        rw_warn(events, "... and %zu more; 'rwda data ls' lists them all", data->n_problems - PROBLEMS_DESCRIBED);
}

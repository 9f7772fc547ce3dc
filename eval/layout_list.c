/* layout_list.c - a list of labelled images.
 *
 *   FILE.csv     columns path, label and optionally category, kind (the defect type), mask
 *   FILE.jsonl   the same as one JSON object a line
 *
 * Labels are the words of common/label_words.h.  Paths are relative to the list's folder. */
#include "eval/dataset.h"

#include "common/csv_table.h"
#include "common/events.h"
#include "common/label_words.h"
#include "common/paths.h"
#include "common/text_lines.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool recognise(const char *path)
{
    return rw_path_is_file(path, "") &&
           (rw_path_ends_in(path, ".csv") || rw_path_ends_in(path, ".jsonl") || rw_path_ends_in(path, ".ndjson"));
}

enum { PATH, LABEL, CATEGORY, DEFECT_TYPE, MASK, N_COLUMNS };
static const char *const names[N_COLUMNS] = { "path", "label", "category", "kind", "mask" };

static void relative(char out[RW_PATH_MAX], const char *list, const char *path)
{
    int folder = (int)(rw_path_base(list) - list);

    (void)rw_path_format(out, "%.*s%s", path[0] == '/' ? 0 : folder, list, path);
}

/* A list while it is read, twice: what -1 and 1 mean shows at its end. */
typedef struct {
    dataset_builder *b;
    const char      *path;
    rw_label_scheme  scheme;
    size_t           others;     /* labels that 'rwda score' does not write */
    bool             of_scoring; /* it is a file of 'rwda score' */
    bool             adding;     /* the second time */
} labelled_list;

static void add_row(labelled_list *l, size_t number, const char *const cells[N_COLUMNS])
{
    dataset_builder *b    = l->b;
    const char      *list = l->path;
    char             path[RW_PATH_MAX], mask[RW_PATH_MAX];
    int              label;

    if (!l->adding) {
        (void)rw_label_see(&l->scheme, cells[LABEL], number);
        l->others += !rw_label_is_decision(cells[LABEL]);
        return;
    }
    label = rw_label_meant(&l->scheme, rw_label_of_word(cells[LABEL]));

    if (cells[PATH][0] == '\0' || label < 0) {
        rw_dataset_problem(b, "%s: row %zu: path \"%s\", label \"%s\": left out", list, number, cells[PATH], cells[LABEL]);
        return;
    }
    relative(path, list, cells[PATH]);
    relative(mask, list, cells[MASK]);
    rw_dataset_add(b, path, cells[CATEGORY][0] != '\0' ? cells[CATEGORY] : "all",
                   label == 0                      ? "good"
                   : cells[DEFECT_TYPE][0] != '\0' ? cells[DEFECT_TYPE]
                                                   : "anomaly",
                   label == 1, label == 1 && cells[MASK][0] != '\0' ? mask : NULL);
}

static rwda_status read_csv(labelled_list *l, rwda_error *err)
{
    csv_table   table = CSV_TABLE_INIT;
    int         columns[N_COLUMNS];
    rwda_status status;

    RW_TRY(rw_csv_table_read(&table, l->path, err));
    RW_TRY(rw_csv_columns(columns, &table, l->path, names, N_COLUMNS, CATEGORY, err));
    l->of_scoring = rw_csv_is_of_scoring(&table);
    for (size_t row = 1; row < table.rows; row++) {
        const char *cells[N_COLUMNS];

        for (int i = 0; i < N_COLUMNS; i++)
            cells[i] = rw_csv_cell(&table, row, columns[i]);
        add_row(l, row + 1, cells);
    }
done:
    rw_csv_table_free(&table);
    return status;
}

/* Labels may also be numbers or truth values. */
static const char *label_of(char out[32], const json_t *object)
{
    const json_t *value = json_object_get(object, names[LABEL]);

    out[0] = '\0';
    if (json_is_number(value))
        (void)snprintf(out, 32, "%.9g", json_number_value(value));
    else if (json_is_boolean(value))
        (void)snprintf(out, 32, "%s", json_is_true(value) ? "true" : "false");
    return json_is_string(value) ? json_string_value(value) : out;
}

static void add_line(labelled_list *l, size_t number, const char *line, size_t len)
{
    json_error_t why;
    json_t      *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
    const char  *schema = json_string_value(json_object_get(object, "schema")), *cells[N_COLUMNS];
    char         label[32];

    l->of_scoring |= schema != NULL && strcmp(schema, "rwda.score/1") == 0;
    for (int i = 0; i < N_COLUMNS; i++) {
        const char *text = json_string_value(json_object_get(object, names[i]));

        cells[i] = i == LABEL ? label_of(label, object) : text != NULL ? text : "";
    }
    if (json_is_object(object))
        add_row(l, number, cells);
    else if (l->adding)
        rw_dataset_problem(l->b, "%s: line %zu is not a JSON object (%s); left out", l->path, number,
                           object == NULL ? why.text : "another value");
    json_decref(object);
}

static rwda_status read_jsonl(labelled_list *l, rwda_error *err)
{
    FILE   *in   = fopen(l->path, "r");
    char   *line = NULL;
    size_t  room = 0, number = 0;
    ssize_t len;

    if (in == NULL)
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be opened", l->path);
    while ((len = getline(&line, &room, in)) >= 0) {
        size_t mark = number++ == 0 ? rw_text_mark(line, (size_t)len) : 0;

        if (strspn(line + mark, " \t\r\n") != (size_t)len - mark)
            add_line(l, number, line + mark, (size_t)len - mark);
    }
    free(line);
    fclose(in);
    return RWDA_OK;
}

static rwda_status read_list(dataset_builder *b, const char *path, rwda_error *err)
{
    rwda_status (*read)(labelled_list *, rwda_error *) = rw_path_ends_in(path, ".csv") ? read_csv : read_jsonl;
    labelled_list list                                 = { .b = b, .path = path };
    rwda_status   status;

    RW_TRY(read(&list, err));
    if (list.of_scoring && list.others == 0) {
        status = rw_fail(
            err, RWDA_EFORMAT, RWDA_NO_OFFSET,
            "%.300s: its labels are decisions of 'rwda score', or none: write what is true there, 0 or 1 (good or bad, ...)",
            path);
        goto done;
    }
    RW_TRY(rw_label_scheme_check(&list.scheme, path, err));
    if (rw_label_scheme_turned(&list.scheme))
        rw_note(b->events, "%s: " RW_LABEL_TURNED, path);
    list.adding = true;
    RW_TRY(read(&list, err));
done:
    return status;
}

const dataset_layout rw_layout_list = {
    { "list", "a .csv or .jsonl file with path and label (and category, kind, mask)", NULL }, false, recognise, read_list
};

/* layout_list.c - a list of labelled images.
 *
 *   FILE.csv     columns path, label and optionally category, kind (the defect type), mask
 *   FILE.jsonl   the same as one JSON object a line
 *
 * Labels are the words of common/label_words.h.  Paths are relative to the list's folder. */
#include "eval/dataset.h"

#include "common/csv_table.h"
#include "common/label_words.h"
#include "common/paths.h"

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

static void add_row(dataset_builder *b, const char *list, size_t number, const char *const cells[N_COLUMNS])
{
    char path[RW_PATH_MAX], mask[RW_PATH_MAX];
    int  label = rw_label_of_word(cells[LABEL]);

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

static rwda_status read_csv(dataset_builder *b, const char *path, rwda_error *err)
{
    csv_table   table = { NULL, NULL, 0, 0 };
    int         columns[N_COLUMNS];
    rwda_status status;

    RW_TRY(rw_csv_table_read(&table, path, err));
    RW_TRY(rw_csv_columns(columns, &table, path, names, N_COLUMNS, CATEGORY, err));
    for (size_t row = 1; row < table.rows; row++) {
        const char *cells[N_COLUMNS];

        for (int i = 0; i < N_COLUMNS; i++)
            cells[i] = rw_csv_cell(&table, row, columns[i]);
        add_row(b, path, row + 1, cells);
    }
done:
    rw_csv_table_free(&table);
    return status;
}

/* Labels may also be numbers or truth values. */
static const char *text_of(const json_t *object, int column)
{
    const json_t *value = json_object_get(object, names[column]);
    const char   *text  = json_string_value(value);

    if (column == LABEL && json_is_integer(value))
        return json_integer_value(value) == 0 ? "0" : json_integer_value(value) == 1 ? "1" : "another number";
    if (column == LABEL && json_is_boolean(value))
        return json_is_true(value) ? "1" : "0";
    return text != NULL ? text : "";
}

static void add_line(dataset_builder *b, const char *path, size_t number, const char *line, size_t len)
{
    json_error_t why;
    json_t      *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
    const char  *cells[N_COLUMNS];

    for (int i = 0; i < N_COLUMNS; i++)
        cells[i] = text_of(object, i);
    if (json_is_object(object))
        add_row(b, path, number, cells);
    else
        rw_dataset_problem(b, "%s: line %zu is not a JSON object (%s); left out", path, number,
                           object == NULL ? why.text : "another value");
    json_decref(object);
}

static rwda_status read_jsonl(dataset_builder *b, const char *path, rwda_error *err)
{
    FILE   *in   = fopen(path, "r");
    char   *line = NULL;
    size_t  room = 0, number = 0;
    ssize_t len;

    if (in == NULL)
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be opened", path);
    while ((len = getline(&line, &room, in)) >= 0) {
        number++;
        if (strspn(line, " \t\r\n") != (size_t)len)
            add_line(b, path, number, line, (size_t)len);
    }
    free(line);
    fclose(in);
    return RWDA_OK;
}

static rwda_status read_list(dataset_builder *b, const char *path, rwda_error *err)
{
    return rw_path_ends_in(path, ".csv") ? read_csv(b, path, err) : read_jsonl(b, path, err);
}

const dataset_layout rw_layout_list = {
    { "list", "a .csv or .jsonl file with path and label (and category, kind, mask)", NULL }, false, recognise, read_list
};

/* layout_list.c - a list of labelled pictures: which does it name?
 *
 *   FILE.csv     columns path, label and optionally category, kind, mask
 *   FILE.jsonl   the same as one JSON object a line
 *
 * label: 0, normal, good or ok; 1, anomalous, anomaly, defect, bad or ko.  Paths are relative to the list's folder. */
#include "common/csv_table.h"
#include "eval/dataset.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool ends_in(const char *path, const char *ending)
{
    size_t len = strlen(path), tail = strlen(ending);

    return len > tail && strcasecmp(path + len - tail, ending) == 0;
}

static bool recognise(const char *path)
{
    return dataset_is_file(path, "") && (ends_in(path, ".csv") || ends_in(path, ".jsonl") || ends_in(path, ".ndjson"));
}

/* 0, 1, or -1 for a word that is neither. */
static int label_of(const char *text)
{
    static const char *const normal[]    = { "0", "normal", "good", "ok", "false" };
    static const char *const anomalous[] = { "1",         "anomalous", "anomaly", "abnormal", "defect",
                                             "defective", "bad",       "ko",      "ng",       "true" };

    for (size_t i = 0; i < sizeof normal / sizeof normal[0]; i++)
        if (strcasecmp(text, normal[i]) == 0)
            return 0;
    for (size_t i = 0; i < sizeof anomalous / sizeof anomalous[0]; i++)
        if (strcasecmp(text, anomalous[i]) == 0)
            return 1;
    return -1;
}

typedef struct {
    const char *path, *label, *category, *kind, *mask;
} row_of_list;

static void relative(char out[CLI_PATH_MAX], const char *list, const char *path)
{
    int folder = (int)(dataset_base_name(list) - list);

    (void)cli_path(out, "%.*s%s", path[0] == '/' ? 0 : folder, list, path);
}

static void add_row(dataset *data, const char *list, size_t number, const row_of_list *row)
{
    char path[CLI_PATH_MAX], mask[CLI_PATH_MAX];
    int  label = label_of(row->label);

    if (row->path[0] == '\0' || label < 0) {
        dataset_problem(data, "%s: row %zu: path \"%s\", label \"%s\": left out", list, number, row->path, row->label);
        return;
    }
    relative(path, list, row->path);
    relative(mask, list, row->mask);
    dataset_add(data, path, row->category[0] != '\0' ? row->category : "all",
                label == 0             ? "good"
                : row->kind[0] != '\0' ? row->kind
                                       : "anomaly",
                label == 1, label == 1 && row->mask[0] != '\0' ? mask : NULL);
}

static int read_csv(dataset *data, const char *path)
{
    csv_table table;
    int       code = csv_table_read(&table, path), columns[5];

    if (code != 0)
        return code;
    if (!csv_columns(columns, &table, path, (const char *const[]){ "path", "label", "category", "kind", "mask" }, 5, 2)) {
        csv_table_free(&table);
        return EXIT_SOME_FAILED;
    }
    for (size_t i = 1; i < table.rows; i++) {
        row_of_list row = { csv_cell(&table, i, columns[0]), csv_cell(&table, i, columns[1]),
                            csv_cell(&table, i, columns[2]), csv_cell(&table, i, columns[3]),
                            csv_cell(&table, i, columns[4]) };

        add_row(data, path, i + 1, &row);
    }
    csv_table_free(&table);
    return 0;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

static const char *label_text(const json_t *object)
{
    const json_t *value = json_object_get(object, "label");

    if (json_is_integer(value))
        return json_integer_value(value) == 0 ? "0" : json_integer_value(value) == 1 ? "1" : "another number";
    if (json_is_boolean(value))
        return json_is_true(value) ? "1" : "0";
    return text_of(object, "label");
}

static int read_jsonl(dataset *data, const char *path)
{
    FILE   *in   = fopen(path, "r");
    char   *line = NULL;
    size_t  room = 0, number = 0;
    ssize_t len;

    if (in == NULL) {
        cli_error("%s: cannot be opened", path);
        return EXIT_SOME_FAILED;
    }
    while ((len = getline(&line, &room, in)) >= 0) {
        json_error_t why;
        json_t      *object;

        number++;
        if (strspn(line, " \t\r\n") == (size_t)len)
            continue;
        object = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, &why);
        if (json_is_object(object)) {
            row_of_list row = { text_of(object, "path"), label_text(object), text_of(object, "category"),
                                text_of(object, "kind"), text_of(object, "mask") };

            add_row(data, path, number, &row);
        } else {
            dataset_problem(data, "%s: line %zu is no JSON object (%s); left out", path, number,
                            object == NULL ? why.text : "another value");
        }
        json_decref(object);
    }
    free(line);
    fclose(in);
    return 0;
}

static int read_list(dataset *data, const char *path)
{
    return ends_in(path, ".csv") ? read_csv(data, path) : read_jsonl(data, path);
}

const dataset_layout layout_list = { "list", "a .csv or .jsonl file with path and label (and category, kind, mask)",
                                     recognise, read_list };

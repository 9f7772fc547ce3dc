/* scores.c - which pictures have which scores, and what is known about them? */
#include "scores.h"

#include "dataset/csv_table.h"
#include "dataset/dataset.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_LIMIT 65536 /* bytes of a record */

static bool ends_with(const char *text, const char *tail)
{
    size_t n = strlen(text), m = strlen(tail);

    return n > m && strcasecmp(text + n - m, tail) == 0;
}

bool scores_are_in(const char *path)
{
    return (dataset_is_file(path, "") && (ends_with(path, ".jsonl") || ends_with(path, ".csv"))) ||
           dataset_is_file(path, "scores.csv");
}

static scored_picture *add(scores *s, const char *path, double score, const char *error)
{
    scored_picture *item;

    if (s->count == s->capacity) {
        size_t          more  = s->capacity != 0 ? 2 * s->capacity : 256;
        scored_picture *grown = s->count < SCORES_MAX ? realloc(s->items, more * sizeof *grown) : NULL;

        if (grown == NULL) {
            s->no_memory = true;
            return NULL;
        }
        s->items    = grown;
        s->capacity = more;
    }
    item  = &s->items[s->count];
    *item = (scored_picture){
        strdup(path), strdup(""), strdup(""), error != NULL ? strdup(error) : NULL, error != NULL ? NAN : score, -1
    };
    s->count++;
    if (item->path == NULL || item->category == NULL || item->kind == NULL || (error != NULL && item->error == NULL))
        s->no_memory = true;
    return item;
}

void scores_add(scores *s, const char *path, double score, const char *error)
{
    (void)add(s, path, score, error);
}

void scores_free(scores *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->items[i].path);
        free(s->items[i].category);
        free(s->items[i].kind);
        free(s->items[i].error);
    }
    free(s->items);
    free(s->scoring);
    free(s->recipe);
    *s = (scores){ .threshold = NAN };
}

size_t scores_labelled(const scores *s, int truth)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++)
        n += !isnan(s->items[i].score) && s->items[i].truth == truth;
    return n;
}

/* ---- JSON lines ---------------------------------------------------------------------------------------------------------- */

/* The whole description again: what a record says of its scoring, with the detector (where the method uses one) and the model. */
static json_t *described(const json_t *record)
{
    const json_t *scoring = json_object_get(record, "scoring");
    const char   *method  = json_string_value(json_object_get(scoring, "method"));
    json_t       *whole   = json_is_object(scoring) ? json_copy((json_t *)(uintptr_t)scoring) : NULL;

    if (whole != NULL && method != NULL) {
        json_object_set(whole, "detector", strcmp(method, "clip") != 0 ? json_object_get(record, "detector") : json_null());
        json_object_set(whole, "model", json_object_get(record, "model"));
    }
    return whole;
}

/* NULL, or what is wrong with the record. */
static const char *take_record(scores *s, json_t **scoring, const json_t *record)
{
    const char   *schema = json_string_value(json_object_get(record, "schema"));
    const char   *path   = json_string_value(json_object_get(record, "path"));
    const json_t *score = json_object_get(record, "score"), *threshold = json_object_get(record, "threshold");
    const char   *error = json_string_value(json_object_get(json_object_get(record, "error"), "message"));
    json_t       *whole;

    if (schema == NULL || strcmp(schema, "rwda.score/1") != 0)
        return "the schema is not rwda.score/1";
    if (path == NULL || (error == NULL && !json_is_number(score)))
        return "path or score is missing";
    if (add(s, path, (double)(float)json_number_value(score), error) == NULL)
        return "no memory, or too many records";
    if (error != NULL)
        return NULL;
    if (json_is_number(threshold))
        s->threshold = (double)(float)json_number_value(threshold);
    whole = described(record);
    if (*scoring == NULL) {
        *scoring = whole;
        return NULL;
    }
    if (!json_equal(*scoring, whole)) {
        json_decref(whole);
        return "this score was made with another detector, model or options than the ones before it";
    }
    json_decref(whole);
    return NULL;
}

static int read_lines(scores *s, const char *path)
{
    FILE       *in      = fopen(path, "rb");
    char       *line    = malloc(LINE_LIMIT);
    json_t     *scoring = NULL;
    const char *wrong   = NULL;
    size_t      number  = 0;

    if (in == NULL || line == NULL) {
        cli_error("%s: cannot be opened", path);
        free(line);
        if (in != NULL)
            fclose(in);
        return EXIT_SOME_FAILED;
    }
    while (wrong == NULL && fgets(line, LINE_LIMIT, in) != NULL) {
        size_t       len = strlen(line);
        json_error_t where;
        json_t      *record;

        number++;
        if (len == LINE_LIMIT - 1 && line[len - 1] != '\n') {
            wrong = "the line is over 65,534 bytes";
            break;
        }
        if (strspn(line, " \t\r\n") == len)
            continue;
        record = json_loadb(line, len, JSON_REJECT_DUPLICATES, &where);
        wrong  = record != NULL ? take_record(s, &scoring, record) : "no JSON";
        json_decref(record);
    }
    if (wrong != NULL)
        cli_error("%s: line %zu: %s", path, number, wrong);
    else if (scoring != NULL)
        s->scoring = json_dumps(scoring, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(scoring);
    free(line);
    fclose(in);
    return wrong == NULL ? 0 : EXIT_SOME_FAILED;
}

/* ---- CSV ----------------------------------------------------------------------------------------------------------------- */

static int score_column(const csv_table *t, const char *path, const char *wanted)
{
    static const char *const known[] = { "path", "category", "kind", "label", "error", "p_value" };
    int                      column  = csv_column(t, wanted != NULL ? wanted : "score");

    for (int c = 0; wanted == NULL && column < 0 && c < (int)t->columns; c++) {
        bool other = false;

        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            other |= strcasecmp(csv_cell(t, 0, c), known[k]) == 0;
        column = other ? -1 : c;
    }
    if (column < 0) {
        fprintf(stderr, "rwda: %s: no column %s; there are", path, wanted != NULL ? wanted : "of scores");
        for (int c = 0; c < (int)t->columns; c++)
            fprintf(stderr, " %s", csv_cell(t, 0, c));
        fputc('\n', stderr);
    }
    return column;
}

static void replace(scores *s, char **text, const char *by)
{
    char *copy = strdup(by);

    free(*text);
    *text        = copy;
    s->no_memory = s->no_memory || copy == NULL;
}

static int read_table(scores *s, const char *path, const char *wanted)
{
    csv_table t;
    int       code = csv_table_read(&t, path), column, name, label, category, kind, error;

    if (code != 0)
        return code;
    name     = csv_column(&t, "path");
    label    = csv_column(&t, "label");
    category = csv_column(&t, "category");
    kind     = csv_column(&t, "kind");
    error    = csv_column(&t, "error");
    column   = score_column(&t, path, wanted);
    if (column < 0)
        code = EXIT_SOME_FAILED;
    for (size_t row = 1; code == 0 && row < t.rows; row++) {
        const char     *cell = csv_cell(&t, row, column), *said = csv_cell(&t, row, label), *why = csv_cell(&t, row, error);
        char           *end, numbered[32];
        float           value = strtof(cell, &end);
        scored_picture *item;

        (void)snprintf(numbered, sizeof numbered, "row %zu", row + 1);
        if (cell[0] != '\0' && (*end != '\0' || !isfinite(value))) {
            cli_error("%s: row %zu: score \"%.40s\" is no number", path, row + 1, cell);
            code = EXIT_SOME_FAILED;
            break;
        }
        item = add(s, name >= 0 ? csv_cell(&t, row, name) : numbered, (double)value,
                   cell[0] != '\0'  ? NULL
                   : why[0] != '\0' ? why
                                    : "no score");
        if (item == NULL)
            break;
        if (strcmp(said, "0") == 0 || strcmp(said, "1") == 0) /* words are decisions, digits are truth */
            item->truth = said[0] == '1';
        replace(s, &item->category, csv_cell(&t, row, category));
        replace(s, &item->kind, csv_cell(&t, row, kind));
    }
    if (code == 0)
        (void)snprintf(s->column, sizeof s->column, "%s", csv_cell(&t, 0, column));
    csv_table_free(&t);
    return code;
}

/* What an evaluation says about itself: results.json without its figures. */
static void read_results(scores *s, const char *dir)
{
    static const char *const figures[] = { "rows", "mean", "kinds", "problems" };
    char                     path[CLI_PATH_MAX];
    json_t *root = cli_path(path, "%s/results.json", dir) ? json_load_file(path, JSON_REJECT_DUPLICATES, NULL) : NULL;

    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        (void)json_object_del(root, figures[i]);
    s->recipe = json_is_object(root) ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(root);
}

int scores_read(scores *out, const char *path, const char *column)
{
    char inside[CLI_PATH_MAX];
    int  code;

    *out = (scores){ .threshold = NAN };
    if (dataset_is_directory(path, "")) {
        code = cli_path(inside, "%s/scores.csv", path) ? read_table(out, inside, column) : EXIT_SOME_FAILED;
        read_results(out, path);
    } else if (ends_with(path, ".csv")) {
        code = read_table(out, path, column);
    } else if (column != NULL) {
        cli_error("--column %s: %s is no CSV file", column, path);
        code = EXIT_USAGE;
    } else {
        code = read_lines(out, path);
    }
    if (code == 0 && (out->no_memory || out->count == 0)) {
        cli_error("%s: %s", path, out->count == 0 ? "no score in this file" : "no memory, or too many scores");
        code = EXIT_SOME_FAILED;
    }
    return code;
}

/* ---- Labels from folders ------------------------------------------------------------------------------------------------- */

/* "a/b/c.png" -> "b", and "a/b" -> "a": the last folder of a path, cut from a copy. */
static const char *cut_last(char *path)
{
    char *slash = strrchr(path, '/');

    if (slash == NULL) {
        path[0] = '\0';
        return path;
    }
    *slash = '\0';
    return dataset_base_name(path);
}

void scores_label_by_folder(scores *s)
{
    static const char *const splits[] = { "test", "train", "val", "Data", "Images" };
    bool                     labelled = false, good = false;

    for (size_t pass = 0; pass < 2; pass++) /* first: is there a folder of good ones?  then: names */
        for (size_t i = 0; i < s->count; i++) {
            scored_picture *item   = &s->items[i];
            char           *copy   = strdup(item->path);
            const char     *folder = copy != NULL ? cut_last(copy) : "";

            if (pass == 0) {
                labelled |= item->truth >= 0;
                good |= dataset_is_good(folder);
            }
            if (pass == 1 && !labelled && copy != NULL) {
                if (good) {
                    item->truth = folder[0] == '\0' ? -1 : !dataset_is_good(folder);
                    replace(s, &item->kind, item->truth == 0 ? "good" : folder);
                    folder = cut_last(copy);
                    for (size_t k = 0; k < sizeof splits / sizeof splits[0]; k++)
                        if (strcmp(folder, splits[k]) == 0)
                            folder = cut_last(copy);
                }
                if (item->category[0] == '\0')
                    replace(s, &item->category, folder);
            }
            free(copy);
        }
}

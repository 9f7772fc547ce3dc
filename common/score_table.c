#include "common/score_table.h"

#include "base/memory.h"
#include "common/csv_table.h"
#include "common/kind_words.h"
#include "common/label_words.h"
#include "common/paths.h"
#include "common/score_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_LIMIT    65536 /* bytes of a record */
#define OPINION_WORDS 5     /* of a ranking are shown */

bool score_table_is_in(const char *path)
{
    return (rw_path_is_file(path, "") && (rw_path_ends_in(path, ".jsonl") || rw_path_ends_in(path, ".csv"))) ||
           rw_path_is_file(path, "scores.csv");
}

static scored_image *add(score_table *s, const char *path, double score, const char *error)
{
    scored_image *item;

    if (s->count == SCORE_TABLE_MAX || !rw_array_reserve((void **)&s->items, &s->capacity, s->count, 1, sizeof *s->items)) {
        s->no_memory = true;
        return NULL;
    }
    item  = &s->items[s->count];
    *item = (scored_image){
        strdup(path), strdup(""), strdup(""), error != NULL ? strdup(error) : NULL, error != NULL ? NAN : score, -1, NULL
    };
    s->count++;
    if (item->path == NULL || item->category == NULL || item->defect_type == NULL || (error != NULL && item->error == NULL))
        s->no_memory = true;
    return item;
}

void score_table_add(score_table *s, const char *path, double score, const char *error)
{
    (void)add(s, path, score, error);
}

void score_table_free(score_table *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->items[i].path);
        free(s->items[i].category);
        free(s->items[i].defect_type);
        free(s->items[i].error);
        free(s->items[i].opinion);
    }
    free(s->items);
    free(s->scoring);
    free(s->recipe);
    *s = (score_table)SCORE_TABLE_INIT;
}

size_t score_table_labelled(const score_table *s, int truth)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++)
        n += !isnan(s->items[i].score) && s->items[i].truth == truth;
    return n;
}

/* ---- JSON lines ---------------------------------------------------------------------------------------------------------- */

/* *scoring: of the records with scores so far, JSON null where they do not say; NULL: there is none.  *wrong: what is wrong with the
 * record, where it is not RWDA_OK. */
static rwda_status take_record(score_table *s, json_t **scoring, const json_t *record, const char **wrong)
{
    const char   *schema = json_string_value(json_object_get(record, "schema"));
    const char   *path   = json_string_value(json_object_get(record, "path"));
    const json_t *score = json_object_get(record, "score"), *threshold = json_object_get(record, "threshold");
    const char   *error = json_string_value(json_object_get(json_object_get(record, "error"), "message"));
    json_t       *whole;
    scored_image *item;

    if (schema == NULL || strcmp(schema, "rwda.score/1") != 0)
        return *wrong = "the schema is not rwda.score/1", RWDA_EFORMAT;
    if (path == NULL || (error == NULL && !json_is_number(score)))
        return *wrong = "path or score is missing", RWDA_EFORMAT;
    if (error == NULL && !isfinite((float)json_number_value(score)))
        return *wrong = "the score is not finite", RWDA_EFORMAT;
    item = add(s, path, (double)(float)json_number_value(score), error);
    if (item == NULL)
        return *wrong = "no memory, or too many records", RWDA_ENOMEM;
    if (error != NULL)
        return RWDA_OK;
    item->opinion = kind_opinion_text(json_object_get(record, "kinds"), OPINION_WORDS);
    if (json_is_number(threshold))
        s->threshold = (double)(float)json_number_value(threshold);
    whole = score_record_described(record);
    whole = whole != NULL ? whole : json_null();
    if (*scoring == NULL) {
        *scoring = whole;
        return RWDA_OK;
    }
    if (!json_equal(*scoring, whole)) {
        json_decref(whole);
        return *wrong = "this score was made with another detector, model or options than the ones before it",
               RWDA_EMISMATCH;
    }
    json_decref(whole);
    return RWDA_OK;
}

static rwda_status read_lines(score_table *s, const char *path, rwda_error *err)
{
    FILE       *in      = fopen(path, "rb");
    char       *line    = malloc(LINE_LIMIT);
    json_t     *scoring = NULL;
    const char *wrong   = NULL;
    size_t      number  = 0;
    rwda_status status  = RWDA_OK;

    if (in == NULL || line == NULL) {
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be opened", path);
        goto done;
    }
    while (status == RWDA_OK && fgets(line, LINE_LIMIT, in) != NULL) {
        size_t       len = strlen(line);
        json_error_t where;
        json_t      *record;

        number++;
        if (len == LINE_LIMIT - 1 && line[len - 1] != '\n') {
            wrong  = "the line is over 65,534 bytes";
            status = RWDA_ELIMIT;
        } else if (strspn(line, " \t\r\n") != len) {
            record = json_loadb(line, len, JSON_REJECT_DUPLICATES, &where);
            wrong  = "not JSON";
            status = record != NULL ? take_record(s, &scoring, record, &wrong) : RWDA_EFORMAT;
            json_decref(record);
        }
    }
    if (status != RWDA_OK)
        (void)rw_fail(err, status, RWDA_NO_OFFSET, "%.300s: line %zu: %s", path, number, wrong);
    else if (ferror(in))
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be read", path);
    else if (json_is_object(scoring))
        s->scoring = json_dumps(scoring, JSON_COMPACT | JSON_REAL_PRECISION(9));
done:
    json_decref(scoring);
    free(line);
    if (in != NULL)
        fclose(in);
    return status;
}

/* ---- CSV ----------------------------------------------------------------------------------------------------------------- */

static int score_column(const csv_table *t, const char *path, const char *wanted, rwda_error *err)
{
    char                     names[512] = "";
    size_t                   used       = 0;
    static const char *const known[]    = { "path", "category", "kind", "label", "error", "p_value", "opinion" };
    int                      column     = rw_csv_column(t, wanted != NULL ? wanted : "score");

    for (int c = 0; wanted == NULL && column < 0 && c < (int)t->columns; c++) {
        bool other = false;

        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            other |= strcasecmp(rw_csv_cell(t, 0, c), known[k]) == 0;
        column = other ? -1 : c;
    }
    if (column >= 0)
        return column;
    for (int c = 0; c < (int)t->columns && used < sizeof names; c++)
        used += (size_t)snprintf(names + used, sizeof names - used, " %.40s", rw_csv_cell(t, 0, c));
    (void)rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.150s: no column %.60s; there are%.200s", path,
                  wanted != NULL ? wanted : "of scores", names);
    return -1;
}

static void replace(score_table *s, char **text, const char *by)
{
    char *copy = strdup(by);

    free(*text);
    *text        = copy;
    s->no_memory = s->no_memory || copy == NULL;
}

static rwda_status read_table(score_table *s, const char *path, const char *wanted, rwda_error *err)
{
    csv_table   t;
    int         column, name, label, category, defect_type, error, opinion;
    rwda_status status = rw_csv_table_read(&t, path, err);

    if (status != RWDA_OK)
        return status;
    name        = rw_csv_column(&t, "path");
    label       = rw_csv_column(&t, "label");
    category    = rw_csv_column(&t, "category");
    defect_type = rw_csv_column(&t, "kind");
    error       = rw_csv_column(&t, "error");
    opinion     = rw_csv_column(&t, "opinion");
    column      = score_column(&t, path, wanted, err);
    if (column < 0) {
        status = RWDA_EFORMAT;
        goto done;
    }
    for (size_t row = 1; row < t.rows; row++) {
        const char *cell = rw_csv_cell(&t, row, column), *said = rw_csv_cell(&t, row, label),
                   *why = rw_csv_cell(&t, row, error);
        char         *end, numbered[32];
        float         value = strtof(cell, &end);
        scored_image *item;

        (void)snprintf(numbered, sizeof numbered, "row %zu", row + 1);
        if (cell[0] != '\0' && (*end != '\0' || !isfinite(value))) {
            status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: row %zu: score \"%.40s\" is not a number", path,
                             row + 1, cell);
            goto done;
        }
        item = add(s, name >= 0 ? rw_csv_cell(&t, row, name) : numbered, (double)value,
                   cell[0] != '\0'  ? NULL
                   : why[0] != '\0' ? why
                                    : "no score");
        if (item == NULL)
            break;
        if (strcmp(said, "0") == 0 || strcmp(said, "1") == 0) /* words are decisions, digits are truth */
            item->truth = said[0] == '1';
        replace(s, &item->category, rw_csv_cell(&t, row, category));
        replace(s, &item->defect_type, rw_csv_cell(&t, row, defect_type));
        if (rw_csv_cell(&t, row, opinion)[0] != '\0')
            replace(s, &item->opinion, rw_csv_cell(&t, row, opinion));
    }
    (void)snprintf(s->column, sizeof s->column, "%s", rw_csv_cell(&t, 0, column));
done:
    rw_csv_table_free(&t);
    return status;
}

/* What an evaluation says about itself: results.json without its metrics. */
static void read_results(score_table *s, const char *dir)
{
    static const char *const results[] = { "rows", "mean", "kinds", "problems" };
    char                     path[RW_PATH_MAX];
    json_t *root = rw_path_format(path, "%s/results.json", dir) ? json_load_file(path, JSON_REJECT_DUPLICATES, NULL) : NULL;

    for (size_t i = 0; i < RW_COUNTOF(results); i++)
        (void)json_object_del(root, results[i]);
    s->recipe = json_is_object(root) ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(root);
}

rwda_status score_table_read(score_table *out, const char *path, const char *column, rwda_error *err)
{
    char        inside[RW_PATH_MAX];
    rwda_status status;

    *out = (score_table)SCORE_TABLE_INIT;
    if (rw_path_is_directory(path, "")) {
        status = rw_path_format(inside, "%s/scores.csv", path)
                     ? read_table(out, inside, column, err)
                     : rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: the path is too long", path);
        read_results(out, path);
    } else if (rw_path_ends_in(path, ".csv")) {
        status = read_table(out, path, column, err);
    } else if (column != NULL) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--column %.60s: %.300s is not a CSV file", column, path);
    } else {
        status = read_lines(out, path, err);
    }
    if (status == RWDA_OK && out->no_memory)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory, or too many scores", path);
    else if (status == RWDA_OK && out->count == 0)
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: no score in this file", path);
    return status;
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
    return rw_path_base(path);
}

void score_table_label_by_folder(score_table *s)
{
    static const char *const splits[] = { "test", "train", "val", "Data", "Images" };
    bool                     labelled = false, good = false;

    for (size_t pass = 0; pass < 2; pass++) /* first: is there a folder of good ones?  then: names */
        for (size_t i = 0; i < s->count; i++) {
            scored_image *item   = &s->items[i];
            char         *copy   = strdup(item->path);
            const char   *folder = copy != NULL ? cut_last(copy) : "";

            s->no_memory = s->no_memory || copy == NULL;

            if (pass == 0) {
                labelled |= item->truth >= 0;
                good |= rw_label_is_normal(folder);
            }
            if (pass == 1 && !labelled && copy != NULL) {
                if (good) {
                    item->truth = folder[0] == '\0' ? -1 : !rw_label_is_normal(folder);
                    replace(s, &item->defect_type, item->truth == 0 ? "good" : folder);
                    folder = cut_last(copy);
                    for (size_t k = 0; k < sizeof splits / sizeof splits[0]; k++)
                        if (strcmp(folder, splits[k]) == 0)
                            folder = cut_last(copy);
                }
                if (item->category != NULL && item->category[0] == '\0')
                    replace(s, &item->category, folder);
            }
            free(copy);
        }
}

#include "common/score_table.h"

#include "base/memory.h"
#include "base/name_text.h"
#include "common/csv_table.h"
#include "common/kind_words.h"
#include "common/label_words.h"
#include "common/paths.h"
#include "common/score_record.h"
#include "common/text_lines.h"

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
    char          found[RW_PATH_MAX];
    scored_image *item;

    if (s->count == SCORE_TABLE_MAX || !rw_array_reserve((void **)&s->items, &s->capacity, s->count, 1, sizeof *s->items)) {
        s->no_memory = true;
        return NULL;
    }
    item  = &s->items[s->count];
    *item = (scored_image){ strdup(rw_path_find(found, path) ? found : path),
                            strdup(""),
                            strdup(""),
                            error != NULL ? strdup(error) : NULL,
                            error != NULL ? NAN : score,
                            -1,
                            NULL };
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

/* ---- Labels --------------------------------------------------------------------------------------------------------------- */

/* How a file's labels are read: while it is read, `truth` of an image is what was seen. */
typedef struct {
    rw_label_scheme scheme;
    size_t          others; /* labels that 'rwda score' does not write */
    size_t          row;    /* of the first that is no label; 0: none */
    char            word[48];
} labels_seen;

static int see_label(labels_seen *seen, const char *word, size_t row)
{
    int label = rw_label_see(&seen->scheme, word, row);

    seen->others += !rw_label_is_decision(word);
    if (label == RW_LABEL_NOT && seen->row == 0) {
        seen->row = row;
        (void)snprintf(seen->word, sizeof seen->word, "%s", word);
    }
    return label;
}

/* decisions: the file is one that 'rwda score' writes. */
static rwda_status settle_labels(score_table *s, const labels_seen *seen, bool decisions, const char *path, rwda_error *err)
{
    const rw_label_scheme *scheme = &seen->scheme;
    rwda_status            status = RWDA_OK;

    decisions = decisions && seen->others == 0;
    if (!decisions && seen->row != 0)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                       "%.300s: row %zu: label \"%.40s\" is none that is known: write 0 or 1, good or bad, ...", path,
                       seen->row, seen->word);
    if (!decisions)
        RW_TRY(rw_label_scheme_check(scheme, path, err));
    if (decisions)
        s->labels = scheme->words > 0 ? SCORE_LABELS_DECISIONS : SCORE_LABELS_NONE;
    else if (scheme->zeros + scheme->ones + scheme->words > 0)
        s->labels = rw_label_scheme_turned(scheme) ? SCORE_LABELS_TURNED : SCORE_LABELS_TRUTH;
    for (size_t i = 0; i < s->count; i++)
        s->items[i].truth = decisions ? RW_LABEL_NONE : rw_label_meant(scheme, s->items[i].truth);
done:
    return status;
}

/* ---- JSON lines ---------------------------------------------------------------------------------------------------------- */

/* The label that a record was given: a word, a number or a truth value. */
static const char *label_text(char out[48], const json_t *record)
{
    const json_t *label = json_object_get(record, "label");

    out[0] = '\0';
    if (json_is_string(label))
        (void)snprintf(out, 48, "%s", json_string_value(label));
    else if (json_is_number(label))
        (void)snprintf(out, 48, "%.9g", json_number_value(label));
    else if (json_is_boolean(label))
        (void)snprintf(out, 48, "%s", json_is_true(label) ? "true" : "false");
    return out;
}

/* *scoring: of the records with scores so far, JSON null where they do not say; NULL: there is none.  *wrong: what is wrong with the
 * record, where it is not RWDA_OK. */
static rwda_status take_record(score_table *s, json_t **scoring, labels_seen *seen, size_t number, const json_t *record,
                               const char **wrong)
{
    const char   *schema = json_string_value(json_object_get(record, "schema"));
    const char   *path   = json_string_value(json_object_get(record, "path"));
    const json_t *score = json_object_get(record, "score"), *threshold = json_object_get(record, "threshold");
    const char   *error = json_string_value(json_object_get(json_object_get(record, "error"), "message"));
    json_t       *whole;
    scored_image *item;
    char          word[48];

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
    item->truth   = see_label(seen, label_text(word, record), number);
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
    labels_seen seen    = { .row = 0 };
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
            size_t mark = number == 1 ? rw_text_mark(line, len) : 0;

            record = json_loadb(line + mark, len - mark, JSON_REJECT_DUPLICATES, &where);
            wrong  = "not JSON";
            status = record != NULL ? take_record(s, &scoring, &seen, number, record, &wrong) : RWDA_EFORMAT;
            json_decref(record);
        }
    }
    if (status != RWDA_OK)
        (void)rw_fail(err, status, RWDA_NO_OFFSET, "%.300s: line %zu: %s", path, number, wrong);
    else if (ferror(in))
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be read", path);
    else
        status = settle_labels(s, &seen, true, path, err);
    if (status == RWDA_OK && json_is_object(scoring))
        s->scoring = json_dumps(scoring, JSON_COMPACT | JSON_REAL_PRECISION(9));
done:
    json_decref(scoring);
    free(line);
    if (in != NULL)
        fclose(in);
    return status;
}

/* ---- CSV ----------------------------------------------------------------------------------------------------------------- */

/* Whether a column that nobody named may be one of scores: it is, unless it holds words and no number. */
static bool may_hold_scores(const csv_table *t, int column)
{
    bool   words = false;
    double value;

    for (size_t row = 1; row < t->rows; row++) {
        if (rw_csv_number(&value, t, row, column))
            return true;
        words |= rw_csv_cell(t, row, column)[0] != '\0';
    }
    return !words;
}

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
        column = other || !may_hold_scores(t, c) ? -1 : c;
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
    static const char *const names[] = { "path", "label", "category", "kind", "error", "opinion", "score" };
    csv_table                t;
    int                      columns[RW_COUNTOF(names)], column, name, label, category, defect_type, error, opinion;
    labels_seen              seen   = { .row = 0 };
    rwda_status              status = rw_csv_table_read(&t, path, err);

    if (status != RWDA_OK)
        return status;
    RW_TRY(rw_csv_columns(columns, &t, path, names, RW_COUNTOF(names), 0, err));
    name        = columns[0];
    label       = columns[1];
    category    = columns[2];
    defect_type = columns[3];
    error       = columns[4];
    opinion     = columns[5];
    column      = score_column(&t, path, wanted, err);
    if (column < 0) {
        status = RWDA_EFORMAT;
        goto done;
    }
    for (size_t row = 1; row < t.rows; row++) {
        const char *cell = rw_csv_cell(&t, row, column), *said = rw_csv_cell(&t, row, label),
                   *why = rw_csv_cell(&t, row, error);
        char          numbered[32];
        double        value = 0.0;
        scored_image *item;

        (void)snprintf(numbered, sizeof numbered, "row %zu", row + 1);
        if (cell[0] != '\0' && (!rw_csv_number(&value, &t, row, column) || !isfinite((float)value))) {
            status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: row %zu: score \"%.40s\" is not a number", path,
                             row + 1, cell);
            goto done;
        }
        item = add(s, name >= 0 ? rw_csv_cell(&t, row, name) : numbered, (double)(float)value,
                   cell[0] != '\0'  ? NULL
                   : why[0] != '\0' ? why
                                    : "no score");
        if (item == NULL)
            break;
        item->truth = see_label(&seen, said, row + 1);
        replace(s, &item->category, rw_csv_cell(&t, row, category));
        replace(s, &item->defect_type, rw_csv_cell(&t, row, defect_type));
        if (item->category != NULL && item->defect_type != NULL) { /* of folders, and escaped */
            (void)rw_name_from_text(item->category);
            (void)rw_name_from_text(item->defect_type);
        }
        if (rw_csv_cell(&t, row, opinion)[0] != '\0')
            replace(s, &item->opinion, rw_csv_cell(&t, row, opinion));
    }
    (void)snprintf(s->column, sizeof s->column, "%s", rw_csv_cell(&t, 0, column));
    status = settle_labels(s, &seen, rw_csv_is_of_scoring(&t), path, err);
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

/* A folder's path, as the start of an image's. */
typedef struct {
    const char *path;
    size_t      len;
} prefix;

/* Where the part of a path that ends at `end` begins. */
static size_t part_begin(const char *path, size_t end)
{
    while (end > 0 && path[end - 1] != '/')
        end--;
    return end;
}

/* Length of the path of the folder above that part. */
static size_t above(size_t begin)
{
    return begin > 0 ? begin - 1 : 0;
}

static bool is_normal(const char *path, size_t begin, size_t end)
{
    char name[16];

    return end - begin < sizeof name && snprintf(name, sizeof name, "%.*s", (int)(end - begin), path + begin) > 0 &&
           rw_label_is_normal(name);
}

static int by_prefix(const void *a, const void *b)
{
    const prefix *x = a, *y = b;
    int           order = memcmp(x->path, y->path, x->len < y->len ? x->len : y->len);

    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* Bytes of folders that all paths share. */
static size_t shared(const score_table *s)
{
    size_t len = s->count > 0 ? strlen(s->items[0].path) : 0;

    for (size_t i = 1; i < s->count; i++) {
        size_t same = 0;

        while (same < len && s->items[i].path[same] == s->items[0].path[same])
            same++;
        len = same;
    }
    return s->count > 0 ? part_begin(s->items[0].path, len) : 0;
}

/* The folders that hold one of normal images: *roots [*n], sorted, the caller's to free().  A folder above all images says nothing about
 * one, unless they lie in it themselves.  false: no memory. */
static bool find_roots(prefix **roots, size_t *n, const score_table *s)
{
    size_t room = 0, common = shared(s);

    *roots = NULL;
    *n     = 0;
    for (size_t i = 0; i < s->count; i++) {
        const char *path = s->items[i].path;
        size_t      last = above(part_begin(path, strlen(path)));

        for (size_t end = last, begin; end > 0; end = above(begin)) {
            prefix root;

            begin = part_begin(path, end);
            if (!is_normal(path, begin, end) || (begin < common && end != last))
                continue;
            root = (prefix){ path, above(begin) };
            if (*n > 0 && by_prefix(&(*roots)[*n - 1], &root) == 0)
                break;
            if (!rw_array_reserve((void **)roots, &room, *n, 1, sizeof **roots))
                return false;
            (*roots)[(*n)++] = root;
            break;
        }
    }
    if (*n > 0)
        qsort(*roots, *n, sizeof **roots, by_prefix);
    return true;
}

static bool is_root(const char *path, size_t len, const prefix *roots, size_t n)
{
    return bsearch(&(prefix){ path, len }, roots, n, sizeof *roots, by_prefix) != NULL;
}

/* The folder of a path that is its label: the one below its innermost root, else its last.  *begin == *end: it has none, since it lies
 * in a root or in no folder. */
static void find_label(size_t *begin, size_t *end, const char *path, const prefix *roots, size_t n)
{
    size_t last = above(part_begin(path, strlen(path)));

    *begin = *end = last;
    if (is_root(path, last, roots, n))
        return;
    for (*end = last; *end > 0; *end = above(*begin)) {
        *begin = part_begin(path, *end);
        if (is_root(path, above(*begin), roots, n))
            return;
    }
    *end   = last;
    *begin = part_begin(path, last);
}

static void replace_part(score_table *s, char **text, const char *path, size_t begin, size_t end)
{
    char *copy = strndup(path + begin, end - begin);

    free(*text);
    *text        = copy;
    s->no_memory = s->no_memory || copy == NULL;
}

static bool is_split(const char *path, size_t begin, size_t end)
{
    static const char *const splits[] = { "test", "train", "val", "validation", "test_public", "Data", "Images" };
    bool                     found    = false;

    for (size_t k = 0; k < RW_COUNTOF(splits); k++)
        found |= strlen(splits[k]) == end - begin && memcmp(path + begin, splits[k], end - begin) == 0;
    return found;
}

void score_table_label_by_folder(score_table *s)
{
    prefix *roots = NULL;
    size_t  n     = 0;

    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].truth >= 0)
            goto done; /* labelled already */
    if (!find_roots(&roots, &n, s))
        s->no_memory = true;
    for (size_t i = 0; i < s->count; i++) {
        scored_image *item = &s->items[i];
        const char   *path = item->path;
        size_t        end = above(part_begin(path, strlen(path))), begin = part_begin(path, end);

        if (n > 0) {
            find_label(&begin, &end, path, roots, n);
            item->truth = begin == end ? -1 : !is_normal(path, begin, end);
            if (item->truth == 0)
                replace(s, &item->defect_type, "good");
            else
                replace_part(s, &item->defect_type, path, begin, end);
            end   = begin == end ? end : above(begin);
            begin = part_begin(path, end);
            for (size_t k = 0; k < 2 && is_split(path, begin, end); k++) {
                end   = above(begin);
                begin = part_begin(path, end);
            }
        }
        if (item->category != NULL && item->category[0] == '\0')
            replace_part(s, &item->category, path, begin, end);
    }
done:
    free(roots);
}

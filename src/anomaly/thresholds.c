#include "anomaly/thresholds.h"

#include "anomaly/score.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/versioned.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA     "rwda.card/1"
#define FILE_MAX   ((size_t)64 << 20) /* RWDA_NORMAL_MAX scores of 9 digits are about 13 MB */
#define NUMBER_MAX 24                 /* bytes of one "%.9g, " with its place in a line */
#define NOTE_MAX   4096

void rwda_thresholds_free(rwda_thresholds *t)
{
    if (t == NULL)
        return;
    free(t->sorted);
    free(t->scoring);
    free(t->note);
    free(t->text);
    json_decref(t->parsed);
    rw_embedding_gaussian_free(t->embedding);
    free(t);
}

const char *rwda_thresholds_text(const rwda_thresholds *t)
{
    return t->text;
}

const rwda_thresholds_info *rwda_thresholds_get_info(const rwda_thresholds *t)
{
    return &t->info;
}

size_t rwda_thresholds_embedding_dim(const rwda_thresholds *t)
{
    return t->embedding != NULL ? t->embedding->dim : 0;
}

/* ---- Writing ------------------------------------------------------------------------------------------------------------- */

static json_t *calibration_json(const rwda_calibration *c)
{
    if (c->n == 0)
        return json_null();
    return json_pack("{s:f, s:f, s:f, s:I, s:I, s:f, s:f, s:I, s:b}", "false_alarm_rate", c->rate, "quantile", 1.0 - c->rate,
                     "confidence", c->confidence, "n", (json_int_t)c->n, "order", (json_int_t)c->order,
                     "achieved_confidence", c->achieved, "rate_that_holds", c->bound, "n_needed", (json_int_t)c->needed,
                     "enough", c->enough);
}

/* ,"name": [ values [n], eight a line ] at the end of a text; its new length.  NUMBER_MAX a value and 64 bytes are enough. */
static size_t put_numbers(char *text, size_t used, size_t room, const char *indent, const char *name, const double *values,
                          size_t n)
{
    used += (size_t)snprintf(text + used, room - used, ",\n%s\"%s\": [", indent, name);
    for (size_t k = 0; k < n; k++) {
        if (k % 8 == 0)
            used += (size_t)snprintf(text + used, room - used, "%s\n%s  ", k > 0 ? "," : "", indent);
        used += (size_t)snprintf(text + used, room - used, "%s%.9g", k % 8 > 0 ? ", " : "", values[k] + 0.0); /* not "-0" */
    }
    return used + (size_t)snprintf(text + used, room - used, "\n%s]", indent);
}

static size_t put_embedding(char *text, size_t used, size_t room, const rw_embedding_gaussian *e)
{
    used += (size_t)snprintf(text + used, room - used,
                             ",\n  \"embedding\": {\n    \"dim\": %zu,\n    \"averaged\": %zu,\n    \"rest\": %.9g", e->dim,
                             e->averaged, e->rest);
    used = put_numbers(text, used, room, "    ", "deviations", e->deviations, e->n_directions);
    used = put_numbers(text, used, room, "    ", "mean", e->mean, e->dim);
    used = put_numbers(text, used, room, "    ", "directions", e->directions, e->n_directions * e->dim);
    used = put_numbers(text, used, room, "    ", "distances", e->distances, e->count);
    return used + (size_t)snprintf(text + used, room - used, "\n  }");
}

/* The head as indented JSON, then the scores, then what is kept of embeddings. */
static rwda_status write_text(rwda_thresholds *t, rwda_error *err)
{
    const rwda_thresholds_info *i = &t->info;
    json_t *root = json_pack("{s:s, s:s, s:s?, s:f, s:o, s:s, s:o, s:o, s:{s:I, s:I, s:I, s:I}, s:O}", "schema", SCHEMA,
                             "rwda_version", RWDA_VERSION, "note", i->note, "threshold", i->threshold, "review",
                             isnan(i->review) ? json_null() : json_real(i->review), "rule",
                             rwda_enum_name(RWDA_ENUM_RULE, i->rule), "calibration", calibration_json(&i->calibration),
                             "review_calibration", calibration_json(&i->review_calibration), "scores", "normal",
                             (json_int_t)i->normal, "false_alarms", (json_int_t)i->false_alarms, "anomalous",
                             (json_int_t)i->anomalous, "found", (json_int_t)i->found, "scoring", t->parsed);
    char   *head = root != NULL ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
    const rw_embedding_gaussian *e       = t->embedding;
    size_t                       numbers = i->normal + (e != NULL ? (e->n_directions + 1) * (e->dim + 1) + e->count : 0);
    size_t                       used    = head != NULL ? strlen(head) : 0, room;

    json_decref(root);
    if (used < 2 || !rw_size_mul(&room, numbers, NUMBER_MAX) || !rw_size_add(&room, room, used + 512)) {
        free(head);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text of a threshold file with %zu scores", i->normal);
    }
    t->text = malloc(room);
    if (t->text != NULL) {
        memcpy(t->text, head, used);
        used = put_numbers(t->text, used - 2, room, "  ", "normal_scores", t->sorted, i->normal); /* before "\n}" */
        if (e != NULL)
            used = put_embedding(t->text, used, room, e);
        (void)snprintf(t->text + used, room - used, "\n}\n");
    }
    free(head);
    return t->text != NULL ? RWDA_OK
                           : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text of a threshold file, %zu bytes", room);
}

/* What is counted, and the text: the last step of making and of loading. */
static rwda_status finish(rwda_thresholds *t, rwda_error *err)
{
    const json_t *version = json_object_get(t->parsed, "preprocessing");

    if (version != NULL &&
        !(json_is_integer(version) && json_integer_value(version) >= 1 && json_integer_value(version) <= 1000))
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "threshold file: scoring.preprocessing is not in 1..1000");
    t->info.preprocessing = version != NULL ? (int)json_integer_value(version) : 1;
    t->info.scoring       = t->scoring;
    t->info.note          = t->note;
    t->info.false_alarms  = 0;
    while (t->info.false_alarms < t->info.normal &&
           t->sorted[t->info.normal - 1 - t->info.false_alarms] >= t->info.threshold)
        t->info.false_alarms++;
    return write_text(t, err);
}

static rwda_status take_scores(rwda_thresholds *t, double *scores, uint8_t *classes, const double *from,
                               const uint8_t *labels, size_t n, rwda_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!(from[i] >= 0.0 && from[i] <= 1.0))
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "score %zu, %g, is not in 0..1", i, from[i]);
        scores[i]  = (double)(float)from[i];
        classes[i] = labels != NULL && labels[i] != 0;
        if (classes[i])
            t->info.anomalous++;
        else
            t->sorted[t->info.normal++] = scores[i];
    }
    if (t->info.normal == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "no normal score among %zu", n);
    if (t->info.normal > RWDA_NORMAL_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%zu normal scores are over the limit of %d", t->info.normal,
                       RWDA_NORMAL_MAX);
    rw_sort_doubles(t->sorted, t->info.normal);
    return RWDA_OK;
}

static rwda_status set_thresholds(rwda_thresholds *t, const double *scores, const uint8_t *classes, size_t n,
                                  const rwda_thresholds_options *options, rwda_error *err)
{
    rwda_thresholds_info *i      = &t->info;
    rwda_status           status = RWDA_OK;
    rwda_metrics          metrics;

    i->rule   = options->rule;
    i->review = NAN;
    if (options->rule == RWDA_RULE_F1) {
        RW_TRY(rwda_metrics_compute(&metrics, scores, classes, n, err));
        i->threshold = metrics.threshold;
    } else {
        RW_TRY(rwda_calibration_compute(&i->calibration, t->sorted, i->normal, options->rate, options->confidence, err));
        i->threshold = i->calibration.threshold;
    }
    if (options->review_rate != 0.0) {
        RW_TRY(rwda_calibration_compute(&i->review_calibration, t->sorted, i->normal, options->review_rate,
                                        options->confidence, err));
        i->review = i->review_calibration.threshold;
        if (i->review >= i->threshold)
            status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                             "no band for review: it would begin at %.9g, and images are anomalous from %.9g", i->review,
                             i->threshold);
    }
done:
    return status;
}

rwda_status rwda_thresholds_new_with_embeddings(rwda_thresholds **out, const double *scores, const uint8_t *labels, size_t n,
                                                const float *x, size_t rows, size_t dim, const char *scoring,
                                                const rwda_thresholds_options *options, rwda_error *err)
{
    rwda_thresholds        *t       = calloc(1, sizeof *t);
    double                 *rounded = rw_new_array(n, sizeof *rounded);
    uint8_t                *classes = rw_new_array(n, 1);
    rwda_thresholds_options own;
    rwda_status             status;

    *out = NULL;
    RW_TRY(rw_thresholds_options_read(&own, options, err));
    options = &own;
    if (t == NULL || rounded == NULL || classes == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "thresholds of %zu scores", n);
        goto done;
    }
    if ((unsigned)options->rule > RWDA_RULE_F1 || (options->note != NULL && strlen(options->note) > NOTE_MAX)) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "the rule is none of its values, or the note has over %d bytes",
                         NOTE_MAX);
        goto done;
    }
    if (rows > n || (rows > 0 && (dim < 1 || dim > RW_EMBEDDING_DIM_MAX))) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%zu embeddings of %zu dimensions with %zu scores", rows, dim, n);
        goto done;
    }
    t->parsed  = json_loads(scoring, JSON_REJECT_DUPLICATES, NULL);
    t->scoring = rw_string_copy(scoring);
    t->note    = options->note != NULL ? rw_string_copy(options->note) : NULL;
    t->sorted  = rw_new_array(n, sizeof *t->sorted);
    if (t->scoring == NULL || t->sorted == NULL || (options->note != NULL && t->note == NULL)) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "thresholds of %zu scores", n);
        goto done;
    }
    if (!json_is_object(t->parsed)) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "how the scores were made is not a JSON object");
        goto done;
    }
    RW_TRY(take_scores(t, rounded, classes, scores, labels, n, err));
    RW_TRY(set_thresholds(t, rounded, classes, n, options, err));
    RW_TRY(rw_embedding_gaussian_new(&t->embedding, x, classes, rows, dim, err));
    for (size_t i = 0; i < n; i++)
        t->info.found += classes[i] != 0 && rounded[i] >= t->info.threshold;
    RW_TRY(finish(t, err));
    *out = t;
    t    = NULL;
done:
    rwda_thresholds_free(t);
    free(rounded);
    free(classes);
    return status;
}

rwda_status rwda_thresholds_new(rwda_thresholds **out, const double *scores, const uint8_t *labels, size_t n,
                                const char *scoring, const rwda_thresholds_options *options, rwda_error *err)
{
    return rwda_thresholds_new_with_embeddings(out, scores, labels, n, NULL, 0, 0, scoring, options, err);
}

rwda_status rwda_thresholds_save(const rwda_thresholds *t, const char *path, int overwrite, rwda_error *err)
{
    return rw_file_write(path, t->text, strlen(t->text), overwrite != 0, err);
}

/* ---- Reading: every value is checked against what writing would have given ------------------------------------------------- */

static bool get_count(size_t *out, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    json_int_t    count = json_integer_value(value);

    *out = count >= 0 ? (size_t)count : 0;
    return json_is_integer(value) && count >= 0 && count <= INT32_MAX;
}

static bool get_number(double *out, const json_t *object, const char *key, double low, double high)
{
    const json_t *value = json_object_get(object, key);

    *out = json_number_value(value);
    return json_is_number(value) && *out >= low && *out <= high;
}

/* A threshold, rounded to float32 as it was before it was written. */
static bool get_threshold(double *out, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    *out = (double)(float)json_number_value(value);
    return json_is_number(value) && *out >= 0.0 && *out <= rwda_score_next(1.0);
}

/* Text of a stranger for a message: no control characters. */
static const char *harmless(char out[64], const char *text)
{
    (void)snprintf(out, 64, "%.60s", text != NULL ? text : "");
    for (char *c = out; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    return out;
}

static rwda_status bad(const char *what, rwda_error *err)
{
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "threshold file: %s is missing or out of its range", what);
}

static rwda_status read_scores(rwda_thresholds *t, const json_t *list, rwda_error *err)
{
    size_t n = json_array_size(list);

    if (n < 1 || n > RWDA_NORMAL_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "threshold file: normal_scores holds %zu scores, not 1..%d", n,
                       RWDA_NORMAL_MAX);
    t->sorted = rw_new_array(n, sizeof *t->sorted);
    if (t->sorted == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu scores of a threshold file", n);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(list, i);

        t->sorted[i] = (double)(float)json_number_value(value);
        if (!json_is_number(value) || !(t->sorted[i] >= 0.0 && t->sorted[i] <= 1.0) ||
            (i > 0 && t->sorted[i] < t->sorted[i - 1]))
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                           "threshold file: normal_scores[%zu] is not a number in 0..1, or smaller than the one before it",
                           i);
    }
    t->info.normal = n;
    return RWDA_OK;
}

/* A calibration must give the threshold that stands in the file. */
static rwda_status read_calibration(rwda_calibration *out, const rwda_thresholds *t, const json_t *from, const char *name,
                                    double threshold, rwda_error *err)
{
    if (!get_count(&out->n, from, "n") || !get_count(&out->order, from, "order") ||
        !get_count(&out->needed, from, "n_needed") || !get_number(&out->rate, from, "false_alarm_rate", 1e-6, 0.5) ||
        !get_number(&out->confidence, from, "confidence", 0.0, 0.999999) ||
        !get_number(&out->achieved, from, "achieved_confidence", 0.0, 1.0) ||
        !get_number(&out->bound, from, "rate_that_holds", 0.0, 1.0) || !json_is_boolean(json_object_get(from, "enough")) ||
        out->n != t->info.normal || out->order < 1 || out->order > out->n)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "threshold file: a value of %s is missing or out of its range",
                       name);
    out->enough    = json_is_true(json_object_get(from, "enough"));
    out->threshold = rwda_score_next(t->sorted[out->order - 1]);
    if (out->threshold > threshold || out->threshold < threshold)
        return rw_fail(
            err, RWDA_EFORMAT, RWDA_NO_OFFSET,
            "threshold file: its threshold is %.9g, but its scores and its %s give %.9g (a threshold of your own is a "
            "number: --threshold X)",
            threshold, name, out->threshold);
    return RWDA_OK;
}

static rwda_status read_root(rwda_thresholds *t, const json_t *root, rwda_error *err)
{
    rwda_thresholds_info *i      = &t->info;
    const json_t         *review = json_object_get(root, "review"), *note = json_object_get(root, "note");
    const json_t         *counts = json_object_get(root, "scores");
    const char           *schema = json_string_value(json_object_get(root, "schema")), *rule_name;
    char                  text[64];
    int                   rule;
    rwda_status           status = RWDA_OK;

    if (schema == NULL || strcmp(schema, SCHEMA) != 0)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "threshold file: schema is \"%.40s\", expected \"" SCHEMA "\"",
                       harmless(text, schema));
    RW_TRY(read_scores(t, json_object_get(root, "normal_scores"), err));
    if (!get_threshold(&i->threshold, root, "threshold"))
        return bad("threshold", err);
    i->review = NAN;
    if (!json_is_null(review)) {
        if (!get_threshold(&i->review, root, "review") || i->review >= i->threshold)
            return bad("review", err);
        RW_TRY(read_calibration(&i->review_calibration, t, json_object_get(root, "review_calibration"), "review_calibration",
                                i->review, err));
    }
    rule_name = json_string_value(json_object_get(root, "rule"));
    if (rule_name == NULL || rwda_enum_parse(&rule, RWDA_ENUM_RULE, rule_name, NULL) != RWDA_OK)
        return bad("rule", err);
    i->rule = (rwda_rule)rule;
    if (i->rule == RWDA_RULE_FALSE_ALARMS)
        RW_TRY(read_calibration(&i->calibration, t, json_object_get(root, "calibration"), "calibration", i->threshold, err));
    if (!get_count(&i->anomalous, counts, "anomalous") || !get_count(&i->found, counts, "found") || i->found > i->anomalous)
        return bad("scores", err);
    if (json_is_string(note) && json_string_length(note) <= NOTE_MAX)
        t->note = rw_string_copy(json_string_value(note));
    else if (!json_is_null(note))
        return bad("note", err);
    if (json_object_get(root, "embedding") != NULL) {
        RW_TRY(rw_embedding_gaussian_read(&t->embedding, json_object_get(root, "embedding"), err));
        if (t->embedding->averaged + t->embedding->count > i->normal)
            return bad("embedding, of more images than there are scores,", err);
    }
    t->parsed = json_incref(json_object_get(root, "scoring"));
    if (!json_is_object(t->parsed))
        return bad("scoring", err);
    t->scoring = json_dumps(t->parsed, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (t->scoring == NULL || (json_is_string(note) && t->note == NULL))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "texts of a threshold file");
    status = finish(t, err);
done:
    return status;
}

rwda_status rwda_thresholds_decode(rwda_thresholds **out, const void *bytes, size_t len, rwda_error *err)
{
    char             text[64];
    json_error_t     where;
    json_t          *root   = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &where);
    rwda_thresholds *t      = calloc(1, sizeof *t);
    rwda_status      status = RWDA_OK;

    *out = NULL;
    if (t == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "thresholds");
    else if (!json_is_object(root))
        status = rw_fail(err, RWDA_EFORMAT, root == NULL ? where.position : RWDA_NO_OFFSET,
                         "threshold file: not a JSON object (%.100s)",
                         harmless(text, root == NULL ? where.text : "something else"));
    else
        status = read_root(t, root, err);
    if (status == RWDA_OK) {
        *out = t;
        t    = NULL;
    }
    rwda_thresholds_free(t);
    json_decref(root);
    return status;
}

rwda_status rwda_thresholds_load(rwda_thresholds **out, const char *path, rwda_error *err)
{
    uint8_t    *bytes = NULL;
    size_t      len;
    rwda_status status;

    *out = NULL;
    RW_TRY(rw_file_read(&bytes, &len, path, FILE_MAX, err));
    status = rwda_thresholds_decode(out, bytes, len, err);
    if (status != RWDA_OK)
        status = rw_fail_prefix(err, status, path);
done:
    free(bytes);
    return status;
}

/* ---- Use ----------------------------------------------------------------------------------------------------------------- */

static char *value_text(const json_t *value)
{
    return value != NULL ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9))
                         : rw_string_copy("(missing)");
}

static rwda_status same_text(const char *key, const json_t *then, const json_t *now, rwda_error *err)
{
    bool        old_precision = then == NULL && strcmp(key, "precision") == 0;
    char       *a = old_precision ? rw_string_copy("\"f32\"") : value_text(then), *b = value_text(now);
    rwda_status status = RWDA_OK;

    if (a == NULL || b == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "settings of two scorings");
    else if (strcmp(a, b) != 0 && !(then == NULL && json_is_null(now)))
        status = rw_fail(
            err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
            "the calibration's scores were made with %.40s %.100s, these with %.100s; calibrate again%s", key, a, b,
            strcmp(key, "memory") == 0 ? ", or take a memory of the same images with the same names and options" : "");
    free(a);
    free(b);
    return status;
}

/* A setting of the scoring then and now, compared as written: numbers have the digits that the file has.  A file may be older than a
 * setting: that had no value then, precision was f32, and how images were turned it cannot say.  Another preprocessing is no other
 * scoring: rwda_thresholds_info tells it to those who warn. */
static rwda_status same(const char *key, const json_t *then, const json_t *now, rwda_error *err)
{
    if (strcmp(key, "preprocessing") == 0 || (then == NULL && strcmp(key, "orientation") == 0))
        return RWDA_OK;
    return same_text(key, then, now, err);
}

rwda_status rwda_thresholds_check(const rwda_thresholds *t, const rwda_scorer *scorer, rwda_error *err)
{
    json_t     *then = t->parsed, *now = scorer->settings, *value;
    const char *key;
    /* The model first: where it differs, so does what follows from it. */
    rwda_status status = same("model", json_object_get(then, "model"), json_object_get(now, "model"), err);

    json_object_foreach(now, key, value) if (status == RWDA_OK) status = same(key, json_object_get(then, key), value, err);
    json_object_foreach(then, key, value) if (status == RWDA_OK && json_object_get(now, key) == NULL) status =
        same(key, value, NULL, err);
    if (status == RWDA_OK && t->embedding != NULL && t->embedding->dim != scorer->dim)
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                         "the calibration's embeddings have %zu dimensions, the model's %zu; calibrate again",
                         t->embedding->dim, scorer->dim);
    return status;
}

rwda_label rwda_thresholds_label(const rwda_thresholds *t, double score)
{
    return !(score < t->info.threshold) ? RWDA_LABEL_ANOMALOUS
           : score >= t->info.review    ? RWDA_LABEL_REVIEW /* false for NaN: there is no band */
                                        : RWDA_LABEL_NORMAL;
}

double rwda_thresholds_p_value(const rwda_thresholds *t, double score)
{
    return rwda_calibration_p_value(t->sorted, t->info.normal, score);
}

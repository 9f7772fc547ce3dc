/* card.c - which thresholds were found on which scores, and do they fit these scores?  (docs/formats.md, rwda.card/1) */
#include "anomaly/card.h"

#include "anomaly/score.h"
#include "base/file.h"
#include "base/memory.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA     "rwda.card/1"
#define FILE_MAX   ((size_t)64 << 20) /* RWDA_NORMAL_MAX scores of 9 digits are about 13 MB */
#define NUMBER_MAX 16                 /* bytes of one "%.9g, " between 0 and 1 */
#define NOTE_MAX   4096

struct rwda_card {
    rwda_card_info info;
    double        *sorted;  /* [info.normal], ascending, each a float32 in 0..1 */
    char          *scoring; /* info.scoring */
    char          *note;    /* info.note */
    json_t        *parsed;  /* of scoring */
    char          *text;
};

static const char *const rules[] = { "false-alarms", "f1" };

void rwda_card_free(rwda_card *card)
{
    if (card == NULL)
        return;
    free(card->sorted);
    free(card->scoring);
    free(card->note);
    free(card->text);
    json_decref(card->parsed);
    free(card);
}

const char *rwda_card_text(const rwda_card *card)
{
    return card->text;
}

const rwda_card_info *rwda_card_get_info(const rwda_card *card)
{
    return &card->info;
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

/* The head as indented JSON, then the scores, eight a line. */
static rwda_status write_text(rwda_card *card, rwda_error *err)
{
    const rwda_card_info *i = &card->info;
    json_t               *root =
        json_pack("{s:s, s:s, s:s?, s:f, s:o, s:s, s:o, s:o, s:{s:I, s:I, s:I, s:I}, s:O}", "schema", SCHEMA, "rwda_version",
                  RWDA_VERSION, "note", i->note, "threshold", i->threshold, "review",
                  isnan(i->review) ? json_null() : json_real(i->review), "rule", rules[i->rule], "calibration",
                  calibration_json(&i->calibration), "review_calibration", calibration_json(&i->review_calibration),
                  "scores", "normal", (json_int_t)i->normal, "false_alarms", (json_int_t)i->false_alarms, "anomalous",
                  (json_int_t)i->anomalous, "found", (json_int_t)i->found, "scoring", card->parsed);
    char  *head = root != NULL ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
    size_t used = head != NULL ? strlen(head) : 0, room;

    json_decref(root);
    if (used < 2 || !rw_size_mul(&room, i->normal, NUMBER_MAX) || !rw_size_add(&room, room, used + 64)) {
        free(head);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text of a card with %zu scores", i->normal);
    }
    card->text = malloc(room);
    if (card->text != NULL) {
        memcpy(card->text, head, used);
        used -= 2; /* "\n}" */
        used += (size_t)snprintf(card->text + used, room - used, ",\n  \"normal_scores\": [");
        for (size_t k = 0; k < i->normal; k++)
            used += (size_t)snprintf(card->text + used, room - used, "%s%.9g",
                                     k == 0       ? "\n    "
                                     : k % 8 == 0 ? ",\n    "
                                                  : ", ",
                                     card->sorted[k]);
        (void)snprintf(card->text + used, room - used, "\n  ]\n}\n");
    }
    free(head);
    return card->text != NULL ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text of a card, %zu bytes", room);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* What is counted, and the text: the last step of making and of loading. */
static rwda_status finish(rwda_card *card, rwda_error *err)
{
    card->info.scoring      = card->scoring;
    card->info.note         = card->note;
    card->info.false_alarms = 0;
    while (card->info.false_alarms < card->info.normal &&
           card->sorted[card->info.normal - 1 - card->info.false_alarms] >= card->info.threshold)
        card->info.false_alarms++;
    return write_text(card, err);
}

static rwda_status take_scores(rwda_card *card, double *scores, uint8_t *kinds, const double *from, const uint8_t *labels,
                               size_t n, rwda_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!(from[i] >= 0.0 && from[i] <= 1.0))
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "score %zu, %g, is not in 0..1", i, from[i]);
        scores[i] = (double)(float)from[i];
        kinds[i]  = labels != NULL && labels[i] != 0;
        if (kinds[i])
            card->info.anomalous++;
        else
            card->sorted[card->info.normal++] = scores[i];
    }
    if (card->info.normal == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "no normal score among %zu", n);
    if (card->info.normal > RWDA_NORMAL_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%zu normal scores are over the limit of %d", card->info.normal,
                       RWDA_NORMAL_MAX);
    qsort(card->sorted, card->info.normal, sizeof *card->sorted, by_value);
    return RWDA_OK;
}

static rwda_status set_thresholds(rwda_card *card, const double *scores, const uint8_t *kinds, size_t n,
                                  const rwda_card_options *options, rwda_error *err)
{
    rwda_card_info *i      = &card->info;
    rwda_status     status = RWDA_OK;
    rwda_metrics    metrics;

    i->rule   = options->rule;
    i->review = NAN;
    if (options->rule == RWDA_RULE_F1) {
        RW_TRY(rwda_metrics_compute(&metrics, scores, kinds, n, err));
        i->threshold = metrics.threshold;
    } else {
        RW_TRY(rwda_calibrate(&i->calibration, card->sorted, i->normal, options->rate, options->confidence, err));
        i->threshold = i->calibration.threshold;
    }
    if (options->review_rate != 0.0) {
        RW_TRY(
            rwda_calibrate(&i->review_calibration, card->sorted, i->normal, options->review_rate, options->confidence, err));
        i->review = i->review_calibration.threshold;
        if (i->review >= i->threshold)
            status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                             "no band for review: it would begin at %.9g, and pictures are anomalous from %.9g", i->review,
                             i->threshold);
    }
done:
    return status;
}

rwda_status rwda_card_new(rwda_card **out, const double *scores, const uint8_t *labels, size_t n, const char *scoring,
                          const rwda_card_options *options, rwda_error *err)
{
    const rwda_card_options defaults = RWDA_CARD_OPTIONS_INIT;
    rwda_card              *card     = calloc(1, sizeof *card);
    double                 *rounded  = rw_new_array(n, sizeof *rounded);
    uint8_t                *kinds    = rw_new_array(n, 1);
    rwda_status             status   = RWDA_OK;

    *out    = NULL;
    options = options != NULL ? options : &defaults;
    if (card == NULL || rounded == NULL || kinds == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "card of %zu scores", n);
        goto done;
    }
    if ((unsigned)options->rule > RWDA_RULE_F1 || (options->note != NULL && strlen(options->note) > NOTE_MAX)) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "the rule is none of its values, or the note has over %d bytes",
                         NOTE_MAX);
        goto done;
    }
    card->parsed  = json_loads(scoring, JSON_REJECT_DUPLICATES, NULL);
    card->scoring = rw_string_copy(scoring);
    card->note    = options->note != NULL ? rw_string_copy(options->note) : NULL;
    card->sorted  = rw_new_array(n, sizeof *card->sorted);
    if (card->scoring == NULL || card->sorted == NULL || (options->note != NULL && card->note == NULL)) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "card of %zu scores", n);
        goto done;
    }
    if (!json_is_object(card->parsed)) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "how the scores were made is no JSON object");
        goto done;
    }
    RW_TRY(take_scores(card, rounded, kinds, scores, labels, n, err));
    RW_TRY(set_thresholds(card, rounded, kinds, n, options, err));
    for (size_t i = 0; i < n; i++)
        card->info.found += kinds[i] != 0 && rounded[i] >= card->info.threshold;
    RW_TRY(finish(card, err));
    *out = card;
    card = NULL;
done:
    rwda_card_free(card);
    free(rounded);
    free(kinds);
    return status;
}

rwda_status rwda_card_save(const rwda_card *card, const char *path, int overwrite, rwda_error *err)
{
    return rw_file_write(path, card->text, strlen(card->text), overwrite != 0, err);
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
    return json_is_number(value) && *out >= 0.0 && *out <= rwda_next_score(1.0);
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
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "card: %s is missing or out of its range", what);
}

static rwda_status read_scores(rwda_card *card, const json_t *list, rwda_error *err)
{
    size_t n = json_array_size(list);

    if (n < 1 || n > RWDA_NORMAL_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "card: normal_scores holds %zu scores, not 1..%d", n,
                       RWDA_NORMAL_MAX);
    card->sorted = rw_new_array(n, sizeof *card->sorted);
    if (card->sorted == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu scores of a card", n);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(list, i);

        card->sorted[i] = (double)(float)json_number_value(value);
        if (!json_is_number(value) || !(card->sorted[i] >= 0.0 && card->sorted[i] <= 1.0) ||
            (i > 0 && card->sorted[i] < card->sorted[i - 1]))
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                           "card: normal_scores[%zu] is no number in 0..1, or smaller than the one "
                           "before it",
                           i);
    }
    card->info.normal = n;
    return RWDA_OK;
}

/* A calibration must give the threshold that stands in the card. */
static rwda_status read_calibration(rwda_calibration *out, const rwda_card *card, const json_t *from, const char *name,
                                    double threshold, rwda_error *err)
{
    if (!get_count(&out->n, from, "n") || !get_count(&out->order, from, "order") ||
        !get_count(&out->needed, from, "n_needed") || !get_number(&out->rate, from, "false_alarm_rate", 1e-6, 0.5) ||
        !get_number(&out->confidence, from, "confidence", 0.0, 0.999999) ||
        !get_number(&out->achieved, from, "achieved_confidence", 0.0, 1.0) ||
        !get_number(&out->bound, from, "rate_that_holds", 0.0, 1.0) || !json_is_boolean(json_object_get(from, "enough")) ||
        out->n != card->info.normal || out->order < 1 || out->order > out->n)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "card: a value of %s is missing or out of its range", name);
    out->enough    = json_is_true(json_object_get(from, "enough"));
    out->threshold = rwda_next_score(card->sorted[out->order - 1]);
    if (out->threshold > threshold || out->threshold < threshold)
        return rw_fail(
            err, RWDA_EFORMAT, RWDA_NO_OFFSET,
            "card: its threshold is %.9g, but its scores and its %s give %.9g (a threshold of your own is a number: "
            "--threshold X)",
            threshold, name, out->threshold);
    return RWDA_OK;
}

static rwda_status read_root(rwda_card *card, const json_t *root, rwda_error *err)
{
    rwda_card_info *i      = &card->info;
    const json_t   *review = json_object_get(root, "review"), *note = json_object_get(root, "note");
    const json_t   *counts = json_object_get(root, "scores");
    const char     *schema = json_string_value(json_object_get(root, "schema")), *rule;
    char            text[64];
    rwda_status     status = RWDA_OK;

    if (schema == NULL || strcmp(schema, SCHEMA) != 0)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "card: schema is \"%.40s\", expected \"" SCHEMA "\"",
                       harmless(text, schema));
    RW_TRY(read_scores(card, json_object_get(root, "normal_scores"), err));
    if (!get_threshold(&i->threshold, root, "threshold"))
        return bad("threshold", err);
    i->review = NAN;
    if (!json_is_null(review)) {
        if (!get_threshold(&i->review, root, "review") || i->review >= i->threshold)
            return bad("review", err);
        RW_TRY(read_calibration(&i->review_calibration, card, json_object_get(root, "review_calibration"),
                                "review_calibration", i->review, err));
    }
    rule = json_string_value(json_object_get(root, "rule"));
    if (rule != NULL && strcmp(rule, rules[RWDA_RULE_F1]) == 0)
        i->rule = RWDA_RULE_F1;
    else if (rule == NULL || strcmp(rule, rules[RWDA_RULE_FALSE_ALARMS]) != 0)
        return bad("rule", err);
    if (i->rule == RWDA_RULE_FALSE_ALARMS)
        RW_TRY(
            read_calibration(&i->calibration, card, json_object_get(root, "calibration"), "calibration", i->threshold, err));
    if (!get_count(&i->anomalous, counts, "anomalous") || !get_count(&i->found, counts, "found") || i->found > i->anomalous)
        return bad("scores", err);
    if (json_is_string(note) && json_string_length(note) <= NOTE_MAX)
        card->note = rw_string_copy(json_string_value(note));
    else if (!json_is_null(note))
        return bad("note", err);
    card->parsed = json_incref(json_object_get(root, "scoring"));
    if (!json_is_object(card->parsed))
        return bad("scoring", err);
    card->scoring = json_dumps(card->parsed, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (card->scoring == NULL || (json_is_string(note) && card->note == NULL))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "texts of a card");
    status = finish(card, err);
done:
    return status;
}

rwda_status rw_card_parse(rwda_card **out, const void *bytes, size_t len, rwda_error *err)
{
    char         text[64];
    json_error_t where;
    json_t      *root   = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &where);
    rwda_card   *card   = calloc(1, sizeof *card);
    rwda_status  status = RWDA_OK;

    *out = NULL;
    if (card == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "card");
    else if (!json_is_object(root))
        status = rw_fail(err, RWDA_EFORMAT, root == NULL ? where.position : RWDA_NO_OFFSET, "card: no JSON object (%.100s)",
                         harmless(text, root == NULL ? where.text : "something else"));
    else
        status = read_root(card, root, err);
    if (status == RWDA_OK) {
        *out = card;
        card = NULL;
    }
    rwda_card_free(card);
    json_decref(root);
    return status;
}

rwda_status rwda_card_load(rwda_card **out, const char *path, rwda_error *err)
{
    uint8_t    *bytes = NULL;
    size_t      len;
    rwda_status status;

    *out = NULL;
    RW_TRY(rw_file_read(&bytes, &len, path, FILE_MAX, err));
    status = rw_card_parse(out, bytes, len, err);
    if (status != RWDA_OK)
        status = rw_fail_prefix(err, status, path);
done:
    free(bytes);
    return status;
}

/* ---- Use ----------------------------------------------------------------------------------------------------------------- */

rwda_status rwda_card_check(const rwda_card *card, const rwda_scorer *scorer, rwda_error *err)
{
    static const char *const keys[] = { "model",       "method", "detector", "object", "names",      "prompts",
                                        "temperature", "crops",  "pool",     "resize", "image_size", "precision" };
    json_t                  *now = json_loads(scorer->description, 0, NULL), *f32 = json_string("f32");
    rwda_status status = now != NULL ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "description of a scorer");

    if (status == RWDA_OK && f32 == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "name of a precision");
    for (size_t i = 0; status == RWDA_OK && i < RW_COUNTOF(keys); i++) {
        const json_t *there = json_object_get(card->parsed, keys[i]), *here = json_object_get(now, keys[i]);
        char         *a, *b;

        if (there == NULL && i == RW_COUNTOF(keys) - 1) /* cards may be older than a key; they were of float32 */
            there = f32;
        if (json_equal(there, here) || (there == NULL && json_is_null(here)))
            continue;
        a      = json_dumps(there, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
        b      = json_dumps(here, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                         "the card's scores were made with %s %.100s, these with %.100s; calibrate again", keys[i],
                         a != NULL ? a : "(missing)", b != NULL ? b : "(missing)");
        free(a);
        free(b);
    }
    json_decref(f32);
    json_decref(now);
    return status;
}

rwda_label rwda_card_label(const rwda_card *card, double score)
{
    return score >= card->info.threshold ? RWDA_LABEL_ANOMALOUS
           : score >= card->info.review  ? RWDA_LABEL_REVIEW /* false for NaN: there is no band */
                                         : RWDA_LABEL_NORMAL;
}

double rwda_card_p_value(const rwda_card *card, double score)
{
    return rwda_p_value(card->sorted, card->info.normal, score);
}

const char *rwda_label_name(rwda_label label)
{
    static const char *const names[] = { "normal", "review", "anomalous" };

    return (unsigned)label < RW_COUNTOF(names) ? names[label] : "unknown";
}

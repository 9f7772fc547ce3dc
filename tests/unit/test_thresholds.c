/* test_thresholds.c - do thresholds come back as they were written, decide as they say, and refuse every other byte? */
#include "anomaly/score.h"
#include "anomaly/thresholds.h"
#include "tests/unit/check.h"

#include <math.h>

#define SCORING                                                                                                             \
    "{\"method\":\"fnn\",\"object\":null,\"names\":null,\"prompts\":null,\"temperature\":null,\"crops\":\"one\",\"pool\":"  \
    "\"mean\","                                                                                                             \
    "\"resize\":\"shortest\",\"image_size\":64,\"precision\":\"f32\",\"detector\":\"sha256:d1\",\"model\":\"sha256:m1\"}"

static void fill(double *scores, size_t n)
{
    for (size_t i = 0; i < n; i++)
        scores[i] = (double)((i * 7) % n) / (double)n;
}

static rwda_thresholds *made(size_t n, const rwda_thresholds_options *options)
{
    double          *scores = calloc(n, sizeof *scores);
    rwda_thresholds *t;
    rwda_error       err = { 0 };

    fill(scores, n);
    assert_ok(rwda_thresholds_new(&t, scores, NULL, n, SCORING, options, &err), err);
    free(scores);
    return t;
}

/* Of a scoring that says more: `tail` in the place of its last brace. */
static rwda_thresholds *made_as(const char *tail)
{
    const double     scores[] = { 0.25, 0.5 };
    char             scoring[1024];
    rwda_thresholds *t;
    rwda_error       err = { 0 };

    (void)snprintf(scoring, sizeof scoring, "%.*s%s", (int)strlen(SCORING) - 1, SCORING, tail);
    assert_ok(rwda_thresholds_new(&t, scores, NULL, 2, scoring, NULL, &err), err);
    return t;
}

#define DIM 3

/* The same with embeddings of the first `rows` images. */
static rwda_thresholds *made_with_embeddings(size_t n, size_t rows)
{
    double          *scores = calloc(n, sizeof *scores);
    float           *x      = calloc(n * DIM, sizeof *x);
    rwda_thresholds *t;
    rwda_error       err = { 0 };

    fill(scores, n);
    for (size_t i = 0; i < n * DIM; i++)
        x[i] = (float)((i * 37) % 101) / 101.0f - 0.5f;
    assert_ok(rwda_thresholds_new_with_embeddings(&t, scores, NULL, n, x, rows, DIM, SCORING, NULL, &err), err);
    free(scores);
    free(x);
    return t;
}

static void comes_back_as_it_was(void **state)
{
    rwda_thresholds_options options = RWDA_THRESHOLDS_OPTIONS_INIT;
    rwda_thresholds        *t, *again;
    rwda_error              err    = { 0 };
    char                    path[] = "/tmp/rwda-test-thresholds-XXXXXX";
    int                     fd     = mkstemp(path);

    (void)state;
    close(fd);
    options.rate        = 0.01;
    options.review_rate = 0.1;
    options.note        = "line 3, \"night shift\" \xc3\xa9\n";
    t                   = made(500, &options);
    assert_refused("exists", rwda_thresholds_save(t, path, 0, &err), RWDA_EEXIST, &err, path);
    assert_ok(rwda_thresholds_save(t, path, 1, &err), err);
    assert_ok(rwda_thresholds_load(&again, path, &err), err);
    assert_string_equal(rwda_thresholds_text(t), rwda_thresholds_text(again));
    assert_string_equal(rwda_thresholds_get_info(again)->scoring, SCORING);
    assert_string_equal(rwda_thresholds_get_info(again)->note, options.note);
    assert_true(rwda_thresholds_get_info(again)->threshold == rwda_thresholds_get_info(t)->threshold);
    for (int i = 0; i <= 1000; i++) {
        assert_int_equal(rwda_thresholds_label(t, i / 1000.0), rwda_thresholds_label(again, i / 1000.0));
        assert_true(rwda_thresholds_p_value(t, i / 1000.0) == rwda_thresholds_p_value(again, i / 1000.0));
    }
    rwda_thresholds_free(t);
    rwda_thresholds_free(again);
    unlink(path);
}

static void three_labels_in_order(void **state)
{
    rwda_thresholds_options     options = RWDA_THRESHOLDS_OPTIONS_INIT;
    const rwda_thresholds_info *info;
    rwda_thresholds            *t;

    (void)state;
    options.rate        = 0.01;
    options.review_rate = 0.1;
    t                   = made(500, &options);
    info                = rwda_thresholds_get_info(t);
    assert_true(info->review < info->threshold && info->calibration.enough);
    assert_int_equal(rwda_thresholds_label(t, 0.0), RWDA_LABEL_NORMAL);
    assert_int_equal(rwda_thresholds_label(t, (double)nextafterf((float)info->review, 0)), RWDA_LABEL_NORMAL);
    assert_int_equal(rwda_thresholds_label(t, info->review), RWDA_LABEL_REVIEW);
    assert_int_equal(rwda_thresholds_label(t, (double)nextafterf((float)info->threshold, 0)), RWDA_LABEL_REVIEW);
    assert_int_equal(rwda_thresholds_label(t, info->threshold), RWDA_LABEL_ANOMALOUS);
    assert_int_equal(rwda_thresholds_label(t, (double)NAN), RWDA_LABEL_ANOMALOUS);
    assert_int_equal(info->false_alarms, info->calibration.n - info->calibration.order);
    assert_string_equal(rwda_label_name(RWDA_LABEL_REVIEW), "review");
    rwda_thresholds_free(t);
    options.review_rate = 0.0;
    t                   = made(500, &options);
    assert_true(isnan(rwda_thresholds_get_info(t)->review));
    assert_int_equal(rwda_thresholds_label(t, (double)nextafterf((float)rwda_thresholds_get_info(t)->threshold, 0)),
                     RWDA_LABEL_NORMAL);
    rwda_thresholds_free(t);
}

static void labelled_scores_give_f1_or_a_rate_and_what_is_found(void **state)
{
    const double                scores[] = { 0.1, 0.2, 0.3, 0.4, 0.35, 0.8, 0.9 };
    const uint8_t               labels[] = { 0, 0, 0, 0, 1, 1, 1 };
    rwda_thresholds_options     options  = RWDA_THRESHOLDS_OPTIONS_INIT;
    const rwda_thresholds_info *info;
    rwda_thresholds            *t, *again;
    rwda_error                  err = { 0 };

    (void)state;
    options.rule = RWDA_RULE_F1;
    assert_ok(rwda_thresholds_new(&t, scores, labels, 7, SCORING, &options, &err), err);
    info = rwda_thresholds_get_info(t);
    assert_true(info->threshold == (double)0.35f && info->calibration.n == 0); /* F1 6/7: three found, one false alarm */
    assert_true(info->normal == 4 && info->anomalous == 3 && info->found == 3 && info->false_alarms == 1);
    assert_ok(rwda_thresholds_decode(&again, rwda_thresholds_text(t), strlen(rwda_thresholds_text(t)), &err), err);
    assert_string_equal(rwda_thresholds_text(t), rwda_thresholds_text(again));
    rwda_thresholds_free(again);
    rwda_thresholds_free(t);
    options.rule = RWDA_RULE_FALSE_ALARMS;
    options.rate = 0.2;
    assert_ok(rwda_thresholds_new(&t, scores, labels, 7, SCORING, &options, &err), err);
    info = rwda_thresholds_get_info(t);
    assert_true(info->found == 2 && info->false_alarms == 0 && !info->calibration.enough && info->calibration.n == 4);
    rwda_thresholds_free(t);
    options.review_rate = 0.3; /* too few scores: both lie above the largest */
    assert_refused("no band", rwda_thresholds_new(&t, scores, labels, 7, SCORING, &options, &err), RWDA_EINVAL, &err,
                   "no band");
    options.rule = RWDA_RULE_F1;
    assert_refused("one class", rwda_thresholds_new(&t, scores, NULL, 7, SCORING, &options, &err), RWDA_EINVAL, &err,
                   "7 normal and 0 anomalous");
    assert_null(t);
    assert_refused("range", rwda_thresholds_new(&t, (const double[]){ 0.5, 1.5 }, NULL, 2, SCORING, NULL, &err), RWDA_EINVAL,
                   &err, "score 1, 1.5, is not in 0..1");
    assert_refused("NaN", rwda_thresholds_new(&t, (const double[]){ NAN }, NULL, 1, SCORING, NULL, &err), RWDA_EINVAL, &err,
                   "score 0");
    assert_refused("nothing", rwda_thresholds_new(&t, scores, NULL, 0, SCORING, NULL, &err), RWDA_EINVAL, &err,
                   "no normal score");
    assert_refused("scoring", rwda_thresholds_new(&t, scores, NULL, 7, "[]", NULL, &err), RWDA_EINVAL, &err,
                   "not a JSON object");
}

/* One value of a good file replaced. */
static void every_bad_value_is_refused(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        { "rwda.card/1", "rwda.card/2", "schema is \"rwda.card/2\"" },
        { "\"schema\": \"rwda.card/1\"", "\"schema\": 1", "schema is \"\"" },
        { "\"threshold\": 0.", "\"threshold\": 0.99", "its scores and its calibration give" },
        { "\"threshold\": 0.", "\"threshold\": -0.", "threshold" },
        { "\"threshold\": 0.", "\"threshold\": NaN, \"x\": 0.", "not a JSON object" },
        { "\"threshold\": 0.", "\"threshold\": 1e999, \"x\": 0.", "not a JSON object" },
        { "\"threshold\": 0.", "\"threshold\": 1e300, \"x\": 0.", "threshold" },
        { "\"threshold\": 0.", "\"threshold\": \"0.5\", \"x\": 0.", "threshold" },
        { "\"threshold\": 0.", "\"threshold\": 0.5, \"threshold\": 0.", "duplicate" },
        { "\"review\": 0.", "\"review\": 0.99999, \"x\": 0.", "review" },
        { "\"review\": 0.", "\"review\": \"no\", \"x\": 0.", "review" },
        { "\"rule\": \"false-alarms\"", "\"rule\": \"luck\"", "rule" },
        { "\"n\": 500", "\"n\": 501", "calibration" },
        { "\"order\": ", "\"order\": 9", "calibration" },
        { "\"order\": ", "\"order\": -", "calibration" },
        { "\"confidence\": 0.95", "\"confidence\": 2.5", "calibration" },
        { "\"anomalous\": 0", "\"anomalous\": -1", "scores" },
        { "\"found\": 0", "\"found\": 3", "scores" },
        { "\"note\": null", "\"note\": 5", "note" },
        { "\"scoring\": {", "\"scoring\": 1, \"x\": {", "scoring" },
        { "\"normal_scores\": [", "\"normal_scores\": [], \"x\": [", "holds 0 scores" },
        { "\"normal_scores\": [", "\"normal_scores\": {}, \"x\": [", "holds 0 scores" },
        { "\"normal_scores\": [", "\"normal_scores\": [0.5, ", "normal_scores[1]" },
        { "\"normal_scores\": [", "\"normal_scores\": [null, ", "normal_scores[0]" },
        { "\"normal_scores\": [", "\"normal_scores\": [-1, ", "normal_scores[0]" },
    };
    rwda_thresholds_options options = RWDA_THRESHOLDS_OPTIONS_INIT;
    rwda_thresholds        *t, *read;
    const char             *text;
    char                    changed[16384];
    rwda_error              err = { 0 };

    (void)state;
    options.rate        = 0.01;
    options.review_rate = 0.1;
    t                   = made(500, &options);
    text                = rwda_thresholds_text(t);
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        const char *at = strstr(text, cases[i].from);

        if (at == NULL)
            fail_msg("the file has no %s", cases[i].from);
        (void)snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, cases[i].to, at + strlen(cases[i].from));
        read = POISON;
        assert_refused(cases[i].to, rwda_thresholds_decode(&read, changed, strlen(changed), &err), RWDA_EFORMAT, &err,
                       cases[i].says);
        assert_null(read);
    }
    for (size_t len = 0; len < strlen(text) - 2; len += 7) { /* truncated: the last two bytes are "}\n" */
        guarded g = guarded_copy(text, len);

        assert_refused("truncated", rwda_thresholds_decode(&read, g.bytes, g.len, &err), RWDA_EFORMAT, &err,
                       "not a JSON object");
        guarded_free(&g);
    }
    rwda_thresholds_free(t);
}

/* Mean and covariance are of the first, third, ... normal image, distances of the others: numbers worked out by hand. */
static void embeddings_are_averaged_and_measured(void **state)
{
    const double  scores[] = { .1, .2, .3, .9, .4, .5, .6, .7, .8 };
    const uint8_t labels[] = { 0, 0, 0, 1, 0, 0, 0, 0, 0 };
    const float   x[]      = {
               1, 0, 3, 0, 1, 0, 99, 99, 3, 0, 1, 2, 1, 0, 7, 0, 3, 4
    }; /* two dimensions; the fourth is anomalous */
    rwda_thresholds      *t, *again;
    rw_embedding_gaussian e;
    rwda_error            err = { 0 };

    (void)state;
    assert_ok(rwda_thresholds_new_with_embeddings(&t, scores, labels, 9, x, 9, 2, SCORING, NULL, &err), err);
    e = *t->embedding; /* averaged: (1,0) (1,0) (1,2) (7,0), whose covariance is 9, -1, -1, 1: eigenvalues 5 +- root of 17 */
    assert_true(e.dim == 2 && e.averaged == 4 && e.count == 4 && e.n_directions == 1);
    assert_true(e.mean[0] == 2.5 && e.mean[1] == 0.5);
    assert_true(fabs(e.deviations[0] - sqrt(5 + sqrt(17))) < 1e-6 && fabs(e.rest - sqrt(5 - sqrt(17))) < 1e-6);
    for (size_t i = 0; i < 4; i++) { /* the others: (3,0) (3,0) (1,0) (3,4); the inverse is 1, 1, 1, 9 over 8 */
        const double left[4][2] = { { .5, -.5 }, { .5, -.5 }, { -1.5, -.5 }, { .5, 3.5 } };
        const double a = left[i][0], b = left[i][1];

        assert_true(fabs(e.distances[i] - sqrt((a * a + 2 * a * b + 9 * b * b) / 8 / 2)) < 1e-6);
    }
    assert_ok(rwda_thresholds_decode(&again, rwda_thresholds_text(t), strlen(rwda_thresholds_text(t)), &err), err);
    assert_string_equal(rwda_thresholds_text(t), rwda_thresholds_text(again));
    rwda_thresholds_free(again);
    rwda_thresholds_free(t);
    assert_refused("rows", rwda_thresholds_new_with_embeddings(&t, scores, labels, 9, x, 10, 2, SCORING, NULL, &err),
                   RWDA_EINVAL, &err, "10 embeddings of 2 dimensions with 9 scores");
    assert_refused("dim", rwda_thresholds_new_with_embeddings(&t, scores, labels, 9, x, 9, 0, SCORING, NULL, &err),
                   RWDA_EINVAL, &err, "of 0 dimensions");
    assert_refused(
        "NaN",
        rwda_thresholds_new_with_embeddings(&t, scores, labels, 9, (const float[]){ 1, NAN }, 1, 2, SCORING, NULL, &err),
        RWDA_EINVAL, &err, "embedding 0 is not finite");
    assert_null(t);
}

/* Identical images have no covariance: what differs at all is far away, and every number is finite. */
static void identical_images_are_no_division_by_zero(void **state)
{
    double           scores[20];
    float            x[20 * DIM];
    rwda_thresholds *t, *again;
    rwda_error       err = { 0 };

    (void)state;
    for (size_t i = 0; i < 20 * DIM; i++) {
        scores[i / DIM] = 0.5;
        x[i]            = 0.25f;
    }
    assert_ok(rwda_thresholds_new_with_embeddings(&t, scores, NULL, 20, x, 20, DIM, SCORING, NULL, &err), err);
    assert_true(rw_embedding_gaussian_distance(t->embedding, x) == 0.0);
    assert_true(rw_embedding_gaussian_distance(t->embedding, (const float[]){ 0.25f, 0.25f, 0.26f }) > 1000.0);
    assert_ok(rwda_thresholds_decode(&again, rwda_thresholds_text(t), strlen(rwda_thresholds_text(t)), &err), err);
    assert_string_equal(rwda_thresholds_text(t), rwda_thresholds_text(again));
    rwda_thresholds_free(again);
    rwda_thresholds_free(t);
}

/* Without embeddings the bytes are those of before. */
static void embeddings_stand_at_the_end(void **state)
{
    static const char tail[]  = ",\n  \"embedding\": {\n    \"dim\": 3,\n    \"averaged\": 30,\n";
    rwda_thresholds  *without = made(100, NULL), *with = made_with_embeddings(100, 60), *few = made_with_embeddings(100, 7);
    const char       *plain = rwda_thresholds_text(without), *text = rwda_thresholds_text(with);

    (void)state;
    assert_memory_equal(plain, text, strlen(plain) - 3);
    assert_memory_equal(text + strlen(plain) - 3, tail, sizeof tail - 1);
    assert_string_equal(plain, rwda_thresholds_text(few));
    assert_int_equal(rwda_thresholds_embedding_dim(with), DIM);
    assert_int_equal(rwda_thresholds_embedding_dim(few), 0);
    rwda_thresholds_free(without);
    rwda_thresholds_free(with);
    rwda_thresholds_free(few);
}

static void every_bad_embedding_is_refused(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        { "\"embedding\": {", "\"embedding\": null, \"x\": {", "embedding.dim" },
        { "\"embedding\": {", "\"embedding\": [], \"x\": {", "embedding.dim" },
        { "\"dim\": 3", "\"dim\": 0", "embedding.dim" },
        { "\"dim\": 3", "\"dim\": 4", "embedding.mean holds 3 numbers, not 4" },
        { "\"dim\": 3", "\"dim\": 1000000", "embedding.dim" },
        { "\"dim\": 3", "\"dim\": 3.5", "embedding.dim" },
        { "\"averaged\": 30", "\"averaged\": 0", "averaged" },
        { "\"averaged\": 30", "\"averaged\": 71", "of more images than there are scores" },
        { "\"mean\": [", "\"mean\": [1e7, 0, 0], \"x\": [", "embedding.mean[0]" },
        { "\"mean\": [", "\"mean\": [0, null, 0], \"x\": [", "embedding.mean[1]" },
        { "\"mean\": [", "\"mean\": [0, 0], \"x\": [", "embedding.mean holds 2" },
        { "\"rest\": ", "\"rest\": 0, \"x\": ", "rest" },
        { "\"rest\": ", "\"rest\": \"1\", \"x\": ", "rest" },
        { "\"deviations\": [", "\"deviations\": [1, 0], \"x\": [", "embedding.deviations[1]" },
        { "\"deviations\": [", "\"deviations\": [1], \"x\": [", "embedding.directions holds 6 numbers, not 3" },
        { "\"deviations\": [", "\"deviations\": [1, 1, 1], \"x\": [", "deviations" },
        { "\"directions\": [", "\"directions\": [1, 0, 0, 0, 2, 0], \"x\": [", "embedding.directions[4]" },
        { "\"directions\": [", "\"directions\": \"1\", \"x\": [", "embedding.directions holds 0" },
        { "\"distances\": [", "\"distances\": [], \"x\": [", "distances" },
        { "\"distances\": [", "\"distances\": [2, 1], \"x\": [", "embedding.distances[1]" },
        { "\"distances\": [", "\"distances\": [-1, 1], \"x\": [", "embedding.distances[0]" },
        { "\"distances\": [", "\"distances\": [1, 1e300], \"x\": [", "embedding.distances[1]" },
    };
    rwda_thresholds *t    = made_with_embeddings(100, 60), *read;
    const char      *text = rwda_thresholds_text(t);
    char             changed[16384];
    rwda_error       err = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        const char *at = strstr(text, cases[i].from);

        if (at == NULL)
            fail_msg("the file has no %s", cases[i].from);
        (void)snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, cases[i].to, at + strlen(cases[i].from));
        read = POISON;
        assert_refused(cases[i].to, rwda_thresholds_decode(&read, changed, strlen(changed), &err), RWDA_EFORMAT, &err,
                       cases[i].says);
        assert_null(read);
    }
    rwda_thresholds_free(t);
}

static void thresholds_of_other_scores_are_refused_with_both_values(void **state)
{
    static const struct {
        const char *now, *says;
    } cases[] = {
        { "\"crops\":\"5\"", "crops \"one\", these with \"5\"" },
        { "\"detector\":\"sha256:d2\"", "detector \"sha256:d1\", these with \"sha256:d2\"" },
        { "\"detector\":null", "detector \"sha256:d1\", these with null" },
        { "\"model\":\"sha256:m2\"", "model \"sha256:m1\", these with \"sha256:m2\"" },
        { "\"image_size\":96", "image_size 64, these with 96" },
        { "\"precision\":\"int8\"", "precision \"f32\", these with \"int8\"" },
        { "\"object\":\"nut\"", "object null, these with \"nut\"" },
        { "\"names\":\"clean\"", "names null, these with \"clean\"" },
        { "\"method\":\"lda\"", "method \"fnn\", these with \"lda\"" },
    };
    rwda_thresholds *t      = made(100, NULL);
    rwda_scorer      scorer = { 0 };
    rwda_thresholds *newer;
    char             text[512], key[32];
    rwda_error       err = { 0 };

    (void)state;
    scorer.settings = json_loads(SCORING, 0, NULL);
    assert_ok(rwda_thresholds_check(t, &scorer, &err), err);
    /* A file from before says neither how images were read nor by which preprocessing. */
    assert_int_equal(rwda_thresholds_get_info(t)->preprocessing, 1);
    json_object_set_new(scorer.settings, "orientation", json_string("turned"));
    json_object_set_new(scorer.settings, "depth", json_null());
    json_object_set_new(scorer.settings, "preprocessing", json_integer(2));
    assert_ok(rwda_thresholds_check(t, &scorer, &err), err);
    json_object_set_new(scorer.settings, "depth", json_integer(12));
    assert_refused("depth", rwda_thresholds_check(t, &scorer, &err), RWDA_EMISMATCH, &err, "depth (missing), these with 12");
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        const char *colon = strchr(cases[i].now, ':'), *at, *end;

        (void)snprintf(key, sizeof key, "%.*s", (int)(colon - cases[i].now + 1), cases[i].now);
        at  = strstr(SCORING, key);
        end = at + strcspn(at, ",}");
        (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - SCORING), SCORING, cases[i].now, end);
        json_decref(scorer.settings);
        scorer.settings = json_loads(text, 0, NULL);
        assert_refused(cases[i].now, rwda_thresholds_check(t, &scorer, &err), RWDA_EMISMATCH, &err, cases[i].says);
    }
    json_decref(scorer.settings);
    newer = made_as(",\"orientation\":\"stored\",\"depth\":null,\"preprocessing\":3}");
    assert_int_equal(rwda_thresholds_get_info(newer)->preprocessing, 3);
    scorer.settings = json_loads(rwda_thresholds_get_info(newer)->scoring, 0, NULL);
    json_object_set_new(scorer.settings, "preprocessing", json_integer(2)); /* no other scoring: callers warn */
    assert_ok(rwda_thresholds_check(newer, &scorer, &err), err);
    json_object_set_new(scorer.settings, "orientation", json_string("turned"));
    assert_refused("turned", rwda_thresholds_check(newer, &scorer, &err), RWDA_EMISMATCH, &err,
                   "orientation \"stored\", these with \"turned\"");
    json_decref(scorer.settings);
    rwda_thresholds_free(newer);
    scorer.settings = json_object();
    assert_refused("empty", rwda_thresholds_check(t, &scorer, &err), RWDA_EMISMATCH, &err, "these with (missing)");
    json_decref(scorer.settings);
    rwda_thresholds_free(t);
    t               = made_with_embeddings(100, 60);
    scorer.settings = json_loads(SCORING, 0, NULL);
    scorer.dim      = 12;
    assert_refused("dim", rwda_thresholds_check(t, &scorer, &err), RWDA_EMISMATCH, &err,
                   "have 3 dimensions, the model's 12");
    json_decref(scorer.settings);
    rwda_thresholds_free(t);
}

/* The text of a file in tests/golden is written again as it was, from the note on: before it stands the version. */
static rwda_thresholds *golden(const char *name)
{
    rwda_thresholds *t;
    rwda_error       err = { 0 };
    char             path[512], text[4096];
    FILE            *in;
    size_t           len;

    (void)snprintf(path, sizeof path, RWDA_TEST_DIR "/golden/%s", name);
    in = fopen(path, "rb");
    assert_non_null(in);
    len = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    text[len] = '\0';
    assert_ok(rwda_thresholds_load(&t, path, &err), err);
    assert_string_equal(strstr(rwda_thresholds_text(t), "\"note\""), strstr(text, "\"note\""));
    return t;
}

/* Files outlive programs: one of version 0.1.0 stays readable. */
static void a_file_of_version_0_1_0_is_read(void **state)
{
    rwda_thresholds *t = golden("thresholds.json");

    (void)state;
    assert_true(rwda_thresholds_get_info(t)->threshold == rwda_score_next((double)0.65f));
    assert_int_equal(rwda_thresholds_label(t, 0.6), RWDA_LABEL_REVIEW);
    assert_true(rwda_thresholds_p_value(t, 0.7) == 1.0 / 13);
    assert_int_equal(rwda_thresholds_embedding_dim(t), 0);
    rwda_thresholds_free(t);
}

static void a_file_with_embeddings_is_read(void **state)
{
    rwda_thresholds *t = golden("thresholds_embedding.json");

    (void)state;
    assert_int_equal(rwda_thresholds_embedding_dim(t), 3);
    assert_true(t->embedding->n_directions == 2 && t->embedding->averaged == 12 && t->embedding->count == 12);
    rwda_thresholds_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was),
        cmocka_unit_test(three_labels_in_order),
        cmocka_unit_test(labelled_scores_give_f1_or_a_rate_and_what_is_found),
        cmocka_unit_test(every_bad_value_is_refused),
        cmocka_unit_test(embeddings_are_averaged_and_measured),
        cmocka_unit_test(identical_images_are_no_division_by_zero),
        cmocka_unit_test(embeddings_stand_at_the_end),
        cmocka_unit_test(every_bad_embedding_is_refused),
        cmocka_unit_test(a_file_of_version_0_1_0_is_read),
        cmocka_unit_test(a_file_with_embeddings_is_read),
        cmocka_unit_test(thresholds_of_other_scores_are_refused_with_both_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

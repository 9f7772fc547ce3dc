/* test_batcher.c - are images of many requests, each with its own settings, scored as they are alone, and do texts and maps come out? */
#include "serve/batcher.h"

#include "serve/memories.h"
#include "serve/kind_lists.h"
#include "serve/metrics.h"
#include "serve/queue.h"
#include "serve/record.h"
#include "serve/route_table.h"
#include "serve/scorers.h"

#include "tests/serve/fixture.h"

#include <math.h>
#include <pthread.h>

static fixture_engine  engine;
static service_context service;
static pthread_mutex_t mutex   = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  changed = PTHREAD_COND_INITIALIZER;
static size_t          n_answered;

static void on_answered(request *r)
{
    (void)r;
    pthread_mutex_lock(&mutex);
    n_answered++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static int set_up(void **state)
{
    memory_entry *entry;
    rwda_error    err;

    (void)state;
    fixture_engine_open(&engine);
    service            = fixture_context(1 << 20);
    service.model      = engine.model;
    service.session    = engine.session;
    service.decision   = (decision){ NAN, NAN, NULL, NULL };
    service.detectors  = detectors_new();
    service.memories   = memories_new(service.detectors, &service.limits);
    service.scorers    = scorers_new(service.detectors);
    service.metrics    = metrics_new(service_routes, n_service_routes);
    service.kind_lists = kind_lists_new();
    assert_ok(detectors_add_given(service.detectors, fixture_train(&engine, 1), "d", &err), err);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(memories_add_made(&entry, service.memories, fixture_remember(&engine, 1 + i, 3, NULL), i == 0 ? "m" : "n",
                                    engine.session, &err),
                  err);
        memories_release(service.memories, entry);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    metrics_free(service.metrics);
    scorers_free(service.scorers);
    kind_lists_free(service.kind_lists);
    memories_free(service.memories);
    detectors_free(service.detectors);
    fixture_engine_close(&engine);
    return 0;
}

/* Sends the requests [n] through workers and the engine thread, all at once. */
static void answer(request **r, size_t n)
{
    pthread_t thread;

    n_answered            = 0;
    service.limits.queue  = (int)n;
    service.limits.images = 64;
    service.queue         = queue_new(&service.limits, 2, on_answered);
    for (size_t i = 0; i < n; i++)
        assert_true(queue_submit(service.queue, r[i]));
    assert_true(queue_start(service.queue));
    assert_int_equal(pthread_create(&thread, NULL, batcher_main, &service), 0);
    pthread_mutex_lock(&mutex);
    while (n_answered < n)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    queue_stop(service.queue);
    assert_int_equal(pthread_join(thread, NULL), 0);
    queue_free(service.queue);
}

/* A PPM of one of 256 colours, 20 x 10. */
static request *post_image(const char *path, int colour, const char *name, const char *value)
{
    char     bytes[13 + 600] = "P6\n20 10\n255\n";
    request *r;

    for (size_t i = 13; i < sizeof bytes; i++)
        bytes[i] = (char)(colour * (int)(i % 7));
    r = fixture_post(&service, path, "image/x-portable-pixmap", bytes, sizeof bytes);
    assert_true(route_find(&r->target, &r->reply));
    if (name != NULL)
        assert_int_equal(json_object_set_new(r->options, name, json_string(value)), 0);
    return r;
}

static json_t *json_of(const request *r)
{
    json_t *root = json_loadb(r->reply.body, r->reply.len, 0, NULL);

    assert_int_equal(r->reply.status, 200);
    assert_non_null(root);
    return root;
}

static double number_of(const request *r, const char *key)
{
    json_t *root  = json_of(r);
    double  value = json_real_value(json_object_get(root, key));

    json_decref(root);
    return value;
}

static void company_changes_nothing(void **state)
{
    static const char *const options[][2] = { { NULL, NULL },      { "crops", "2x2" }, { "method", "clip" },
                                              { "memory", "m" },   { "crops", "2x2" }, { "resize", "squash" },
                                              { "method", "lda" }, { "memory", "n" } };
    request                 *together[16], *alone;

    (void)state;
    for (size_t i = 0; i < 16; i++)
        together[i] = post_image("/v1/score", (int)i, options[i % 8][0], options[i % 8][1]);
    answer(together, 16);
    for (size_t i = 0; i < 16; i++) {
        double got = number_of(together[i], "logit"), wanted;

        alone = post_image("/v1/score", (int)i, options[i % 8][0], options[i % 8][1]);
        answer(&alone, 1);
        wanted = number_of(alone, "logit");
        if (got < wanted || got > wanted)
            fail_msg("image %zu: %.9g in company, %.9g alone", i, got, wanted);
        request_free(alone);
        request_free(together[i]);
    }
    assert_int_equal(service.budget.held, 0);
}

static void records_say_how_they_were_made(void **state)
{
    request *r[2] = { post_image("/v1/score", 1, "threshold", "0"), post_image("/v1/score", 1, "method", "clip") };
    json_t  *root;

    (void)state;
    assert_int_equal(json_object_set_new(r[0]->options, "name", json_string("a.png")), 0);
    answer(r, 2);
    root = json_of(r[0]);
    assert_string_equal(json_string_value(json_object_get(root, "path")), "a.png");
    assert_string_equal(json_string_value(json_object_get(root, "label")), "anomalous");
    assert_int_equal(json_integer_value(json_object_get(root, "width")), 20);
    assert_memory_equal(json_string_value(json_object_get(root, "detector")), "sha256:", 7);
    assert_string_equal(json_string_value(json_object_get(json_object_get(root, "scoring"), "method")), "fnn");
    json_decref(root);
    root = json_of(r[1]);
    assert_true(json_is_null(json_object_get(root, "path")));
    assert_true(json_is_null(json_object_get(root, "label")));
    assert_true(json_is_null(json_object_get(root, "detector")));
    json_decref(root);
    request_free(r[0]);
    request_free(r[1]);
}

/* A name is bytes: what is not UTF-8 is escaped, and a record has it as the command line's have. */
static void names_are_shown_whatever_their_bytes(void **state)
{
    request      *r = post_image("/v1/score", 1, NULL, NULL);
    item          i = { .request = r, .name = "sch\xf6n.png", .width = 1, .height = 1 };
    json_t       *record;
    const json_t *path;

    (void)state;
    r->work.scoring = json_object();
    record          = item_record(&i);
    path            = json_object_get(record, "path");
    assert_string_equal(json_string_value(path), "sch\\xf6n.png");
    json_decref(record);
    i.err  = (rwda_error){ RWDA_EFORMAT, RWDA_NO_OFFSET, "bad" };
    record = item_record(&i);
    assert_string_equal(json_string_value(json_object_get(record, "path")), "sch\\xf6n.png");
    json_decref(record);
    request_free(r);
}

static void the_service_decides_where_nothing_else_was_said(void **state)
{
    request *r[2] = { post_image("/v1/score", 1, NULL, NULL), post_image("/v1/score", 1, "threshold", "1e9") };
    json_t  *root;

    (void)state;
    service.decision.threshold = 0.0;
    answer(r, 2);
    service.decision.threshold = NAN;
    root                       = json_of(r[0]);
    assert_string_equal(json_string_value(json_object_get(root, "label")), "anomalous");
    assert_true(json_is_real(json_object_get(root, "threshold")));
    json_decref(root);
    root = json_of(r[1]);
    assert_string_equal(json_string_value(json_object_get(root, "label")), "normal");
    json_decref(root);
    request_free(r[0]);
    request_free(r[1]);
}

/* Images that the service's threshold file decides are compared with it, others are not; the alarm is kept for /metrics. */
static void decided_images_are_watched_for_drift(void **state)
{
    detector_entry *d = detectors_hold(service.detectors, NULL);
    double          low[40];
    rwda_scorer    *scorer;
    metrics_counts  counts;
    const route    *rows;
    request        *r;
    size_t          n;
    rwda_error      err = { 0 };

    (void)state;
    for (int i = 0; i < 40; i++)
        low[i] = i / 1e6; /* far below what the images score */
    assert_ok(rwda_scorer_new(&scorer, engine.session, d->detector, NULL, &err), err);
    assert_ok(rwda_thresholds_new(&service.decision.calibration, low, NULL, 40, rwda_scorer_describe(scorer), NULL, &err),
              err);
    service.decision.threshold = 0.5;
    assert_ok(drift_watch_open(&service.drift, &service.decision, 12, &err), err);
    for (int i = 0; i < 40; i++) {
        r = post_image("/v1/score", i, i % 2 ? "threshold" : NULL, "0.5");
        answer(&r, 1);
        assert_int_equal(r->reply.status, 200);
        request_free(r);
    }
    metrics_read(&counts, &rows, &n, service.metrics);
    assert_true(counts.drift.images == 20 && counts.drift.alarm && counts.drift.change == RWDA_DRIFT_SCORES_HIGHER);
    assert_true(counts.drift.alarm_image < 10);
    drift_watch_close(&service.drift);
    decision_free(&service.decision);
    service.decision.threshold = NAN;
    rwda_scorer_free(scorer);
    detectors_release(service.detectors, d);
}

/* Its own images give the threshold, of words beside it another one; a threshold of the request and a file's for this memory come first. */
static void a_memory_decides_by_its_own_images(void **state)
{
    request       *r[4] = { post_image("/v1/score", 1, "memory", "m"), post_image("/v1/score", 1, "memory", "m"),
                            post_image("/v1/score", 1, "memory", "m"), post_image("/v1/score", 1, "memory", "m") };
    memory_entry  *m    = memories_hold(service.memories, "m");
    double         own  = m->decision.threshold;
    json_t        *root[4];
    metrics_counts counts;
    const route   *rows;
    size_t         n;
    rwda_error     err;

    (void)state;
    assert_int_equal(json_object_set_new(r[1]->options, "fuse", json_real(0.25)), 0);
    assert_int_equal(json_object_set_new(r[2]->options, "threshold", json_real(0.75)), 0);
    service.decision.threshold = 0.5; /* a number: for words */
    answer(r, 3);
    service.decision = m->decision; /* its file, with which the image is compared too */
    assert_ok(drift_watch_open(&service.drift, &service.decision, 12, &err), err);
    answer(r + 3, 1);
    metrics_read(&counts, &rows, &n, service.metrics);
    assert_int_equal(counts.drift.images, 1);
    drift_watch_close(&service.drift);
    service.decision = (decision){ NAN, NAN, NULL, NULL, false };
    for (size_t i = 0; i < 4; i++)
        root[i] = json_of(r[i]);
    assert_true(fabs(json_real_value(json_object_get(root[0], "threshold")) - own) < 1e-8);
    assert_true(json_real_value(json_object_get(root[0], "p_value")) > 0.2); /* of three images */
    assert_true(json_real_value(json_object_get(root[0], "score_memory")) > 0.0);
    assert_true(json_real_value(json_object_get(root[0], "score")) <=
                json_real_value(json_object_get(root[0], "score_memory")));
    assert_true(json_is_null(json_object_get(root[0], "score_fnn")) && json_is_null(json_object_get(root[0], "detector")));
    assert_string_equal(json_string_value(json_object_get(json_object_get(root[0], "scoring"), "method")), "memory");
    assert_string_equal(json_string_value(json_object_get(json_object_get(root[1], "scoring"), "method")), "memory+words");
    assert_true(json_is_real(json_object_get(root[1], "score_fnn")) && json_is_string(json_object_get(root[1], "label")));
    /* A logistic scale: its images lie around 0.5. */
    assert_true(json_real_value(json_object_get(root[1], "threshold")) > 0.5);
    assert_true(fabs(json_real_value(json_object_get(root[2], "threshold")) - 0.75) < 1e-8);
    assert_true(json_is_null(json_object_get(root[2], "p_value")));
    assert_true(fabs(json_real_value(json_object_get(root[3], "threshold")) - own) < 1e-8);
    assert_true(json_is_real(json_object_get(root[3], "p_value")));
    memories_release(service.memories, m);
    for (size_t i = 0; i < 4; i++) {
        json_decref(root[i]);
        request_free(r[i]);
    }
}

/* Score and map of one pass are those of two; the map of words beside a memory is there too, the one of a memory alone is its own. */
static void maps_of_a_memory_are_drawn(void **state)
{
    request *r[4] = { post_image("/v1/score", 1, "memory", "m"), post_image("/v1/score", 1, "memory", "m"),
                      post_image("/v1/score", 1, "memory", "m"), post_image("/v1/score", 1, "memory", "m") };
    json_t  *root;

    (void)state;
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(json_object_set_new(r[i]->options, "map", json_string(i == 1 ? "regions" : "png")), 0);
    assert_int_equal(json_object_set_new(r[1]->options, "map_threshold", json_real(1e-9)), 0);
    assert_int_equal(json_object_set_new(r[3]->options, "map_kind", json_string("patches")), 0);
    answer(r, 4);
    root = json_of(r[1]);
    assert_true(fabs(number_of(r[0], "logit") - json_real_value(json_object_get(root, "logit"))) < 1e-12);
    assert_int_equal(json_array_size(json_object_get(root, "regions")), 1);
    json_decref(root);
    assert_string_equal(r[2]->reply.type, "image/png");
    assert_string_equal(r[2]->reply.headers[1].name, "X-Rwda-Map-Scale");
    assert_true(fabs(strtod(r[2]->reply.headers[0].value, NULL) - number_of(r[0], "score")) < 1e-12);
    assert_problem(&r[3]->reply, 422, "mode patches needs words");
    for (size_t i = 0; i < 4; i++)
        request_free(r[i]);
}

static void maps_are_drawn_and_listed(void **state)
{
    request *r[2] = { post_image("/v1/score", 1, "map", "png"), post_image("/v1/score", 1, "map", "regions") };
    json_t  *root;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(json_object_set_new(r[i]->options, "map_threshold", json_real(0.0)), 0);
        assert_int_equal(json_object_set_new(r[i]->options, "method", json_string("clip")), 0);
    }
    answer(r, 2);
    assert_string_equal(r[0]->reply.type, "image/png");
    assert_memory_equal(r[0]->reply.body, "\x89PNG", 4);
    assert_string_equal(r[0]->reply.headers[0].name, "X-Rwda-Score");
    root = json_of(r[1]);
    assert_int_equal(json_array_size(json_object_get(root, "regions")), 1); /* all of it reaches 0 */
    json_decref(root);
    request_free(r[0]);
    request_free(r[1]);
}

/* The opinion is in the record, with regions or without; not of an image that is called normal, and not where nobody asked. */
static void kinds_are_ranked_where_they_were_asked_for(void **state)
{
    request *r[5] = { post_image("/v1/score", 1, "kinds", "scratch, stain"), post_image("/v1/score", 1, NULL, NULL),
                      post_image("/v1/score", 1, "threshold", "1e9"), post_image("/v1/score", 1, "map", "regions"),
                      post_image("/v1/score:batch", 1, "kinds", "scratch, stain") };
    json_t  *root, *kinds, *batch;

    (void)state;
    assert_int_equal(json_object_set_new(r[2]->options, "kinds", json_string("scratch, stain")), 0);
    assert_int_equal(json_object_set_new(r[3]->options, "kinds", json_string("scratch, stain")), 0);
    assert_int_equal(json_object_set_new(r[3]->options, "map_threshold", json_real(0.0)), 0);
    answer(r, 5);
    root  = json_of(r[0]);
    kinds = json_object_get(root, "kinds");
    assert_int_equal(json_array_size(kinds), 2);
    assert_true(fabs(json_real_value(json_object_get(json_array_get(kinds, 0), "score")) +
                     json_real_value(json_object_get(json_array_get(kinds, 1), "score")) - 1) < 1e-6);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(root, "kinds_region"), "width")), 10);
    for (size_t i = 1; i < 3; i++) {
        json_t *other = json_of(r[i]);

        assert_null(json_object_get(other, "kinds"));
        assert_null(json_object_get(other, "kinds_region"));
        json_decref(other);
    }
    batch = json_of(r[3]);
    assert_true(json_equal(json_object_get(batch, "kinds"), kinds));
    assert_non_null(json_object_get(batch, "regions"));
    json_decref(batch);
    batch = json_of(r[4]);
    assert_true(json_equal(json_object_get(json_array_get(json_object_get(batch, "results"), 0), "kinds"), kinds));
    json_decref(batch);
    json_decref(root);
    for (size_t i = 0; i < RW_COUNTOF(r); i++)
        request_free(r[i]);
}

/* Beside a memory it is of the memory's map; alone, in company and with regions the same. */
static void kinds_beside_a_memory_are_of_its_map(void **state)
{
    request *r[5];
    json_t  *first, *root;
    double   score;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        r[i] = post_image("/v1/score", i == 3 ? 2 : 1, "memory", "m");
        if (i != 4)
            assert_int_equal(json_object_set_new(r[i]->options, "kinds", json_string("scratch, stain")), 0);
        assert_int_equal(json_object_set_new(r[i]->options, "threshold", json_real(i == 2 ? 0.999 : 0.0)), 0);
    }
    assert_int_equal(json_object_set_new(r[1]->options, "map", json_string("regions")), 0);
    assert_int_equal(json_object_set_new(r[1]->options, "map_threshold", json_real(0.0)), 0);
    answer(r, 5);
    first = json_of(r[0]);
    root  = json_of(r[1]);
    assert_int_equal(json_array_size(json_object_get(first, "kinds")), 2);
    assert_true(json_equal(json_object_get(first, "kinds"), json_object_get(root, "kinds")));
    assert_true(json_equal(json_object_get(first, "kinds_region"), json_object_get(root, "kinds_region")));
    assert_non_null(json_object_get(root, "regions"));
    json_decref(root);
    root = json_of(r[2]); /* called normal */
    assert_null(json_object_get(root, "kinds"));
    json_decref(root);
    root = json_of(r[3]); /* another image */
    assert_false(json_equal(json_object_get(first, "kinds"), json_object_get(root, "kinds")));
    json_decref(root);
    root  = json_of(r[4]); /* the score does not depend on being named */
    score = json_real_value(json_object_get(root, "score"));
    assert_true(score == json_real_value(json_object_get(first, "score")) && json_object_get(root, "kinds") == NULL);
    json_decref(root);
    json_decref(first);
    for (size_t i = 0; i < RW_COUNTOF(r); i++)
        request_free(r[i]);
}

static void embeddings_are_of_unit_length(void **state)
{
    static const char texts[] = "{\"texts\":[\"a cat\",\"a dog\"]}";
    request          *r[2]    = { post_image("/v1/embed", 1, "crops", "5"),
                                  fixture_post(&service, "/v1/embed", "application/json", texts, sizeof texts - 1) };

    (void)state;
    assert_true(route_find(&r[1]->target, &r[1]->reply));
    answer(r, 2);
    for (size_t i = 0; i < 2; i++) {
        json_t *root = json_of(r[i]), *rows = json_object_get(root, "embeddings"), *x;
        size_t  row, k;

        assert_int_equal(json_array_size(rows), i == 0 ? 5 : 2);
        assert_int_equal(json_object_get(root, "crops") != NULL, i == 0);
        for (row = 0; row < json_array_size(rows); row++) {
            double square = 0;

            json_array_foreach(json_array_get(rows, row), k, x) square += json_real_value(x) * json_real_value(x);
            assert_true(fabs(square - 1.0) < 1e-5);
        }
        json_decref(root);
        request_free(r[i]);
    }
}

/* One that waited too long is told so; its neighbours are not held up. */
static void the_late_are_told(void **state)
{
    request *r[2] = { post_image("/v1/score", 1, NULL, NULL), post_image("/v1/score", 2, NULL, NULL) };

    (void)state;
    r[0]->start_ms -= 2e3 * service.limits.request_s + 1;
    answer(r, 2);
    assert_problem(&r[0]->reply, 503, "waited longer than it may");
    assert_int_equal(r[1]->reply.status, 200);
    request_free(r[0]);
    request_free(r[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(company_changes_nothing),
        cmocka_unit_test(records_say_how_they_were_made),
        cmocka_unit_test(names_are_shown_whatever_their_bytes),
        cmocka_unit_test(the_service_decides_where_nothing_else_was_said),
        cmocka_unit_test(decided_images_are_watched_for_drift),
        cmocka_unit_test(a_memory_decides_by_its_own_images),
        cmocka_unit_test(maps_of_a_memory_are_drawn),
        cmocka_unit_test(maps_are_drawn_and_listed),
        cmocka_unit_test(kinds_are_ranked_where_they_were_asked_for),
        cmocka_unit_test(kinds_beside_a_memory_are_of_its_map),
        cmocka_unit_test(embeddings_are_of_unit_length),
        cmocka_unit_test(the_late_are_told),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

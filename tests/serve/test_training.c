/* test_training.c - does a training join the detectors, is it remembered, can it be cancelled, and is its failure told? */
#include "serve/training.h"

#include "serve/route_handlers.h"
#include "tests/serve/fixture.h"

static fixture_engine  engine;
static service_context service;

static int set_up(void **state)
{
    (void)state;
    fixture_engine_open(&engine);
    service                    = fixture_context(1 << 20);
    service.model              = engine.model;
    service.limits.training    = true;
    service.limits.train_pairs = 100000;
    service.detectors          = detectors_new();
    service.training           = training_new(engine.model, 1, service.detectors);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    training_free(service.training);
    detectors_free(service.detectors);
    fixture_engine_close(&engine);
    return 0;
}

/* POST /v1/trainings; the caller's to free. */
static request *start(const char *body)
{
    request *r = fixture_post(&service, "/v1/trainings", "application/json", body, strlen(body));

    answer_training_start(r);
    return r;
}

static training_report wait_for_end(void)
{
    training_report report;

    do {
        (void)usleep(1000);
        training_read(&report, service.training);
    } while (report.state == TRAINING_RUNNING);
    return report;
}

/* GET or DELETE of one by id: the status, and its state in words. */
static unsigned ask(void (*answer)(request *r), const char *id, char state[16])
{
    request *r = fixture_request(&service, "/v1/trainings/x", NULL);
    json_t  *root;
    unsigned status;

    (void)snprintf(r->target.variables[0], sizeof r->target.variables[0], "%s", id);
    answer(r);
    root   = json_loadb(r->reply.body, r->reply.len, 0, NULL);
    status = r->reply.status;
    (void)snprintf(state, 16, "%s", status < 400 ? json_string_value(json_object_get(root, "state")) : "");
    json_decref(root);
    request_free(r);
    return status;
}

static void nothing_is_known_before_the_first(void **state)
{
    char words[16];

    (void)state;
    assert_int_equal(ask(answer_training, "t1", words), 404);
    assert_false(training_is_running(service.training));
}

static void a_detector_comes_of_it(void **state)
{
    request        *r = start("{\"pairs\":2,\"epochs\":1,\"hidden\":2,\"name\":\"mine\",\"normal_words\":\"flawless\"}");
    training_report report;
    detector_entry *entry;
    char            words[16];

    (void)state;
    assert_int_equal(r->reply.status, 202);
    assert_string_equal(r->reply.headers[0].value, "/v1/trainings/t1");
    request_free(r); /* its body lives on, as long as options point into it */
    report = wait_for_end();
    assert_int_equal(report.state, TRAINING_DONE);
    assert_string_equal(report.name, "mine");
    entry = detectors_hold(service.detectors, report.detector);
    assert_non_null(entry);
    assert_string_equal(entry->name, "mine");
    assert_true(entry->trained);
    assert_non_null(strstr(rwda_detector_recipe(entry->detector), "flawless"));
    detectors_release(service.detectors, entry);
    assert_int_equal(ask(answer_training, "t1", words), 200);
    assert_string_equal(words, "done");
    assert_int_equal(ask(answer_training, "t2", words), 404);
}

static void one_runs_at_a_time_and_can_be_cancelled(void **state)
{
    request *first = start("{\"pairs\":100000,\"ensemble\":8,\"epochs\":50}"), *second = start("{\"pairs\":2}");
    char     words[16];

    (void)state;
    assert_int_equal(first->reply.status, 202);
    assert_problem(&second->reply, 409, "training t2 is running; one runs at a time");
    assert_true(training_is_running(service.training));
    assert_int_equal(ask(answer_training_cancel, "t2", words), 202);
    assert_int_equal(wait_for_end().state, TRAINING_CANCELLED);
    request_free(first);
    request_free(second);
}

static void a_failure_is_told(void **state)
{
    request        *r = start("{\"pairs\":2,\"templates\":\"no place for words\"}");
    training_report report;

    (void)state;
    assert_int_equal(r->reply.status, 202);
    report = wait_for_end();
    assert_int_equal(report.state, TRAINING_FAILED);
    assert_int_equal(report.err.code, RWDA_EINVAL);
    assert_string_equal(report.name, "trained-3");
    assert_string_equal(report.detector, "");
    request_free(r);
}

static void settings_are_checked(void **state)
{
    static const struct {
        const char *body, *says;
        unsigned    status;
    } cases[] = {
        { "{\"pairs\":0}", "pairs: a whole number in 1..100000", 422 },
        { "{\"pairs\":100001}", "pairs: a whole number in 1..100000", 422 },
        { "{\"pairs\":1.5}", "pairs: a whole number", 422 },
        { "{\"seed\":-1}", "seed: a whole number", 422 },
        { "{\"normal_words\":\"\"}", "normal_words: text of 1..2000 bytes", 422 },
        { "{\"normal_words\":\"a\\u0000b\"}", "", 400 },
        { "{\"cache_dir\":\"/\"}", "no setting \"cache_dir\"", 422 },
        { "{\"preset\":\"worst\"}", "worst", 422 },
        { "{\"name\":\"\"}", "name a string of 1..64 bytes", 422 },
        { "{\"name\":7}", "name a string of 1..64 bytes", 422 },
        { "[]", "no object", 422 },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        request *r = start(cases[i].body);

        assert_problem(&r->reply, cases[i].status, cases[i].says);
        request_free(r);
    }
    service.draining = true;
    for (int i = 0; i < 2; i++) {
        request *r = start("{\"pairs\":2}");

        assert_problem(&r->reply, i == 0 ? 503 : 403, i == 0 ? "stopping" : "--no-training");
        request_free(r);
        service.draining        = false;
        service.limits.training = false;
    }
}

/* The last of the cases: the end of the service ends it. */
static void the_end_cancels(void **state)
{
    request *r;

    (void)state;
    service.limits.training = true;
    r                       = start("{\"pairs\":100000,\"ensemble\":8,\"epochs\":50}");
    assert_int_equal(r->reply.status, 202);
    request_free(r);
    training_free(service.training);
    service.training = NULL;
    assert_null(detectors_hold(service.detectors, "trained-4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_before_the_first),
        cmocka_unit_test(a_detector_comes_of_it),
        cmocka_unit_test(one_runs_at_a_time_and_can_be_cancelled),
        cmocka_unit_test(a_failure_is_told),
        cmocka_unit_test(settings_are_checked),
        cmocka_unit_test(the_end_cancels),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* test_metrics.c - are requests, batches and images counted where they belong, and does Prometheus' text say so? */
#include "serve/metrics_text.h"

#include "tests/unit/check.h"

static const route routes[] = { { .method = "GET", .path = "/a" }, { .method = "POST", .path = "/b/{id}" } };

static const rwda_model_info model = { .cpu = "avx2", .precision = "f32", .sha256 = "0123456789abcdef0123456789abcdef" };

static char *text_of(metrics *m)
{
    const metrics_gauges gauges = { .model            = &model,
                                    .queued           = 3,
                                    .queue_limit      = 64,
                                    .connections      = 5,
                                    .training         = true,
                                    .memories         = { 2, 12345 },
                                    .memory_limit     = 1 << 20,
                                    .memories_waiting = 1 };
    size_t               len;
    char                *text = metrics_text(&len, m, &gauges);

    assert_non_null(text);
    assert_int_equal(strlen(text), len);
    return text;
}

/* The value of a sample, named with its labels, or -1. */
static double value_of(const char *text, const char *sample)
{
    size_t n = strlen(sample);

    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1)
        if (strncmp(line, sample, n) == 0 && line[n] == ' ')
            return strtod(line + n, NULL);
    return -1;
}

static void assert_sample(const char *text, const char *sample, double value)
{
    double found = value_of(text, sample);

    if (found < value || found > value)
        fail_msg("%s is %g, not %g", sample, found, value);
}

static void gauges_are_written(void **state)
{
    metrics *m    = metrics_new(routes, RW_COUNTOF(routes));
    char    *text = text_of(m), build[200];

    (void)state;
    (void)snprintf(build, sizeof build,
                   "rwda_build_info{version=\"%s\",cpu=\"avx2\",precision=\"f32\",model=\"0123456789abcdef\"}",
                   rwda_version());
    assert_sample(text, build, 1);
    assert_sample(text, "rwda_queue_requests", 3);
    assert_sample(text, "rwda_queue_limit_requests", 64);
    assert_sample(text, "rwda_connections", 5);
    assert_sample(text, "rwda_training_running", 1);
    assert_sample(text, "rwda_memories", 2);
    assert_sample(text, "rwda_memories_bytes", 12345);
    assert_sample(text, "rwda_memories_limit_bytes", 1 << 20);
    assert_sample(text, "rwda_memories_waiting", 1);
    assert_true(value_of(text, "process_resident_memory_bytes") > 100000);
    assert_true(value_of(text, "process_open_fds") >= 3);
    assert_true(value_of(text, "process_start_time_seconds") > 1.7e9);
    assert_null(strstr(text, "rwda_http_requests_total{")); /* what did not happen has no sample */
    free(text);
    metrics_free(m);
}

static void requests_are_counted_by_route(void **state)
{
    metrics *m = metrics_new(routes, RW_COUNTOF(routes));
    char    *text;

    (void)state;
    metrics_request(m, &routes[1], 200, 0.25);
    metrics_request(m, &routes[1], 200, 0.75);
    metrics_request(m, &routes[1], 422, 64.0);
    metrics_request(m, &routes[0], 418, 0.0); /* not told apart: counts as the last code */
    metrics_request(m, NULL, 404, 0.001);
    text = text_of(m);
    assert_sample(text, "rwda_http_requests_total{method=\"POST\",route=\"/b/{id}\",code=\"200\"}", 2);
    assert_sample(text, "rwda_http_requests_total{method=\"POST\",route=\"/b/{id}\",code=\"422\"}", 1);
    assert_sample(text, "rwda_http_requests_total{method=\"GET\",route=\"/a\",code=\"503\"}", 1);
    assert_sample(text, "rwda_http_requests_total{method=\"\",route=\"none\",code=\"404\"}", 1);
    assert_sample(text, "rwda_http_request_duration_seconds_bucket{method=\"POST\",route=\"/b/{id}\",le=\"0.1\"}", 0);
    assert_sample(text, "rwda_http_request_duration_seconds_bucket{method=\"POST\",route=\"/b/{id}\",le=\"0.25\"}", 1);
    assert_sample(text, "rwda_http_request_duration_seconds_bucket{method=\"POST\",route=\"/b/{id}\",le=\"1\"}", 2);
    assert_sample(text, "rwda_http_request_duration_seconds_bucket{method=\"POST\",route=\"/b/{id}\",le=\"30\"}", 2);
    assert_sample(text, "rwda_http_request_duration_seconds_bucket{method=\"POST\",route=\"/b/{id}\",le=\"+Inf\"}", 3);
    assert_sample(text, "rwda_http_request_duration_seconds_sum{method=\"POST\",route=\"/b/{id}\"}", 65);
    assert_sample(text, "rwda_http_request_duration_seconds_count{method=\"POST\",route=\"/b/{id}\"}", 3);
    free(text);
    metrics_free(m);
}

static void images_and_batches_are_counted(void **state)
{
    metrics *m = metrics_new(routes, RW_COUNTOF(routes));
    char    *text;

    (void)state;
    metrics_images(m, 3, 1);
    metrics_images(m, 2, 0);
    metrics_batch(m, 1, 0.5);
    metrics_batch(m, 5, 1.0);
    text = text_of(m);
    assert_sample(text, "rwda_pictures_total{outcome=\"good\"}", 5);
    assert_sample(text, "rwda_pictures_total{outcome=\"failed\"}", 1);
    assert_sample(text, "rwda_batch_pictures_bucket{le=\"1\"}", 1);
    assert_sample(text, "rwda_batch_pictures_bucket{le=\"4\"}", 1);
    assert_sample(text, "rwda_batch_pictures_bucket{le=\"8\"}", 2);
    assert_sample(text, "rwda_batch_pictures_bucket{le=\"+Inf\"}", 2);
    assert_sample(text, "rwda_batch_pictures_sum", 6);
    assert_sample(text, "rwda_batch_pictures_count", 2);
    assert_sample(text, "rwda_encode_seconds_total", 1.5);
    free(text);
    metrics_free(m);
}

/* Each sample belongs to the metric that was described before it. */
static void every_metric_is_described(void **state)
{
    metrics *m = metrics_new(routes, RW_COUNTOF(routes));
    char    *text, *rest, described[100] = "";

    (void)state;
    metrics_request(m, &routes[0], 200, 0.1);
    metrics_batch(m, 1, 0.1);
    metrics_drift(m, &(rwda_drift_state){ .limit = 1 });
    rest = text = text_of(m);
    for (const char *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0';) {
        if (strncmp(line, "# HELP ", 7) == 0) {
            (void)sscanf(line + 7, "%99s", described);
        } else if (strncmp(line, "# TYPE ", 7) == 0) {
            assert_memory_equal(line + 7, described, strlen(described));
        } else if (strncmp(line, described, strlen(described)) != 0) {
            fail_msg("%s follows the description of %s", line, described);
        }
    }
    free(text);
    metrics_free(m);
}

static void drift_is_shown_where_it_is_watched(void **state)
{
    metrics *m    = metrics_new(routes, RW_COUNTOF(routes));
    char    *text = text_of(m);

    (void)state;
    assert_null(strstr(text, "rwda_drift"));
    free(text);
    metrics_drift(m, &(rwda_drift_state){ .images = 7, .evidence = 1.5, .limit = 5.25, .alarm = 1 });
    text = text_of(m);
    assert_sample(text, "rwda_drift_pictures_total", 7);
    assert_sample(text, "rwda_drift_evidence", 1.5);
    assert_sample(text, "rwda_drift_limit", 5.25);
    assert_sample(text, "rwda_drift_alarm", 1);
    free(text);
    metrics_free(m);
}

static void too_many_routes_are_refused(void **state)
{
    (void)state;
    assert_null(metrics_new(routes, METRICS_ROUTES + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gauges_are_written),
        cmocka_unit_test(requests_are_counted_by_route),
        cmocka_unit_test(images_and_batches_are_counted),
        cmocka_unit_test(drift_is_shown_where_it_is_watched),
        cmocka_unit_test(every_metric_is_described),
        cmocka_unit_test(too_many_routes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

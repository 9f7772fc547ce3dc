/* test_route_table.c - is each path found by method, are its variables read, and are others told 404, or 405 with what is allowed? */
#include "serve/route_table.h"

#include "tests/unit/check.h"

/* An answer in words: "METHOD PATTERN VARIABLE VARIABLE", or "STATUS ALLOWED". */
static const char *find(const char *method, const char *path)
{
    static char  words[400];
    char         m[16], p[600];
    route_target target = { .method = m, .path = p };
    reply        r      = { .request_id = "test" };

    (void)snprintf(m, sizeof m, "%s", method);
    (void)snprintf(p, sizeof p, "%s", path);
    if (route_find(&target, &r)) {
        (void)snprintf(words, sizeof words, "%s %s %s %s", target.route->method, target.route->path, target.variables[0],
                       target.variables[1]);
        assert_int_equal(r.status, 0);
    } else {
        assert_null(target.route);
        (void)snprintf(words, sizeof words, "%u %s", r.status, r.n_headers > 0 ? r.headers[0].value : "");
        if (r.n_headers > 0)
            assert_string_equal(r.headers[0].name, "Allow");
    }
    reply_done(&r);
    return words;
}

static void paths_are_found(void **state)
{
    (void)state;
    assert_string_equal(find("GET", "/"), "GET /  ");
    assert_string_equal(find("POST", "/v1/score"), "POST /v1/score  ");
    assert_string_equal(find("POST", "/v1/score:batch"), "POST /v1/score:batch  ");
    assert_string_equal(find("HEAD", "/metrics"), "GET /metrics  ");
    assert_string_equal(find("PUT", "/v1/memories/wood"), "PUT /v1/memories/{id} wood ");
    assert_string_equal(find("GET", "/v1/memories/wood/thresholds"), "GET /v1/memories/{id}/thresholds wood ");
    assert_string_equal(find("DELETE", "/v1/trainings/t1"), "DELETE /v1/trainings/{id} t1 ");
    assert_string_equal(find("GET", "/v2/models/wood"), "GET /v2/models/{name} wood ");
    assert_string_equal(find("POST", "/v2/models/wood/infer"), "POST /v2/models/{name}/infer wood ");
    assert_string_equal(find("GET", "/v2/models/wood/versions/1/ready"),
                        "GET /v2/models/{name}/versions/{version}/ready wood 1");
}

static void other_paths_are_unknown(void **state)
{
    static const char *const paths[] = { "",
                                         "//",
                                         "/v1",
                                         "/v1/",
                                         "/v1/scores",
                                         "/v1/score/",
                                         "//v1/score",
                                         "/v1/detectors/",
                                         "/v1/detectors/a/b",
                                         "/page/",
                                         "/v2/models//infer" };
    char                     name[200];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(paths); i++)
        assert_string_equal(find("GET", paths[i]), "404 ");
    memset(name, 'x', sizeof name);
    memcpy(name, "/v1/detectors/", 14);
    name[14 + 127] = '\0';
    assert_memory_equal(find("GET", name), "GET /v1/detectors/{id} xxx", 26);
    name[14 + 127] = 'x';
    name[14 + 128] = '\0';
    assert_string_equal(find("GET", name), "404 "); /* a variable of 128 bytes */
}

static void other_methods_are_told_which(void **state)
{
    (void)state;
    assert_string_equal(find("DELETE", "/v1/score"), "405 POST");
    assert_string_equal(find("HEAD", "/v1/score"), "405 POST");
    assert_string_equal(find("POST", "/healthz"), "405 GET, HEAD");
    assert_string_equal(find("PUT", "/v1/detectors/d"), "405 GET, HEAD, DELETE");
    assert_string_equal(find("get", "/"), "405 GET, HEAD");
}

static void every_route_answers_in_one_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_service_routes; i++) {
        const route *r = &service_routes[i];

        assert_true((r->answer != NULL) != (r->prepare != NULL));
        assert_true((r->prepare != NULL) == (r->finish != NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_found),
        cmocka_unit_test(other_paths_are_unknown),
        cmocka_unit_test(other_methods_are_told_which),
        cmocka_unit_test(every_route_answers_in_one_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

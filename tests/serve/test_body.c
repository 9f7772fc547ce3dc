/* test_body.c - is a body received within its limits, and read as JSON and base64, whatever bytes it has? */
#include "tests/serve/fixture.h"

/* A body of its own, for 4096 bytes. */
typedef struct {
    service_context service;
    request        *request;
    request_body   *body;
    reply          *reply;
} given;

static void start(given *g, const char *type)
{
    g->service = fixture_context(100000);
    g->request = fixture_request(&g->service, "/v1/score", type);
    g->body    = &g->request->body;
    g->reply   = &g->request->reply;
}

static void end(given *g)
{
    request_free(g->request);
    assert_int_equal(g->service.budget.held, 0);
}

static void take(given *g, const char *text)
{
    const body_headers headers = { .length = NULL };

    assert_true(body_begin(g->body, &headers, NULL));
    for (; *text != '\0'; text++) /* byte by byte */
        body_take(g->body, text, 1);
}

static void pieces_are_put_together(void **state)
{
    char  bytes[4096];
    given g;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    start(&g, NULL);
    take(&g, "");
    assert_int_equal(g.body->n_parts, 0);
    for (size_t at = 0, n = 1; at < sizeof bytes;
         at += n, n       = at % 100 + 1 < sizeof bytes - at ? at % 100 + 1 : sizeof bytes - at)
        body_take(g.body, bytes + at, n);
    assert_int_equal(g.reply->status, 0);
    assert_int_equal(g.body->n_parts, 1);
    assert_int_equal(g.body->parts[0].len, sizeof bytes);
    assert_memory_equal(g.body->parts[0].bytes, bytes, sizeof bytes);
    assert_int_equal(g.body->parts[0].bytes[sizeof bytes], 0);
    assert_true(g.service.budget.held > sizeof bytes);
    body_take(g.body, "x", 1);
    assert_problem(g.reply, 413, "over the limit of 4096 bytes");
    body_take(g.body, "x", 1); /* read and dropped */
    assert_int_equal(g.body->parts[0].len, sizeof bytes);
    assert_int_equal(g.body->received, sizeof bytes + 2);
    end(&g);
}

static void all_bodies_share_a_budget(void **state)
{
    service_context service = fixture_context(3 * 4096);
    request        *r[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        r[i] = fixture_post(&service, "/v1/score", NULL, "abc", 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(r[i]->reply.status, 0);
    assert_problem(&r[3]->reply, 429, "as many bytes of requests as it may");
    assert_string_equal(r[3]->reply.headers[0].name, "Retry-After");
    request_free(r[3]);
    request_free(r[0]);
    r[0] = fixture_post(&service, "/v1/score", NULL, "abc", 3); /* its place is free again */
    assert_int_equal(r[0]->reply.status, 0);
    for (size_t i = 0; i < 3; i++)
        request_free(r[i]);
    assert_int_equal(service.budget.held, 0);
}

static void headers_are_refused(void **state)
{
    static const struct {
        body_headers headers;
        unsigned     status;
        bool         endless;
        const char  *says;
    } cases[] = {
        { { .lengths = 2 }, 400, true, "given more than once" },
        { { .lengths = 1, .transfers = 1, .transfer = "chunked" }, 400, true, "given more than once" },
        { { .transfers = 2, .transfer = "chunked" }, 400, true, "given more than once" },
        { { .transfers = 1, .transfer = "gzip" }, 400, true, "Transfer-Encoding gzip" },
        { { .encoding = "br" }, 415, false, "Content-Encoding br" },
        { { .lengths = 1, .length = "4097" }, 413, false, "over the limit" },
        { { .lengths = 1, .length = "99999999999999999999999" }, 413, false, "over the limit" },
        { { .json_length = "-1" }, 400, false, "Inference-Header-Content-Length" },
        { { .json_length = "1x" }, 400, false, "Inference-Header-Content-Length" },
        { { .json_length = "" }, 400, false, "Inference-Header-Content-Length" },
        { { .json_length = " 1" }, 400, false, "Inference-Header-Content-Length" },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        given g;

        start(&g, NULL);
        assert_false(body_begin(g.body, &cases[i].headers, NULL));
        assert_problem(g.reply, cases[i].status, cases[i].says);
        assert_int_equal(g.body->endless, cases[i].endless);
        end(&g);
    }
}

static void media_types_are_told_apart(void **state)
{
    static const struct {
        const char *given, *asked;
        bool        is;
    } cases[] = {
        { "application/json", "application/json", true },
        { "Application/JSON; charset=utf-8", "application/json", true },
        { "application/jsonp", "application/json", false },
        { "image/png", "image/", true },
        { "images", "image/", false },
        { NULL, "image/", false },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        given g;

        start(&g, cases[i].given);
        assert_int_equal(body_is_type(g.body, cases[i].asked), cases[i].is);
        end(&g);
    }
}

static void json_is_one_object(void **state)
{
    static const struct {
        const char *text, *says;
        unsigned    status;
    } refused[] = {
        { "", "the body is not JSON", 400 },
        { "{", "the body is not JSON", 400 },
        { "{\"a\":1,\"a\":2}", "duplicate", 400 },
        { "{} {}", "the body is not JSON", 400 },
        { "{\"a\":\"\xff\"}", "the body is not JSON", 400 },
        { "[1]", "but not an object", 422 },
        { "7", "the body is not JSON", 400 },
    };
    given g;

    (void)state;
    start(&g, "application/json");
    take(&g, "{\"a\": 7}");
    assert_int_equal(json_integer_value(json_object_get(body_json(g.body), "a")), 7);
    assert_ptr_equal(body_json(g.body), body_json(g.body));
    end(&g);
    for (size_t i = 0; i < RW_COUNTOF(refused); i++) {
        start(&g, "application/json");
        take(&g, refused[i].text);
        assert_null(body_json(g.body));
        assert_problem(g.reply, refused[i].status, refused[i].says);
        end(&g);
    }
}

static void json_with_many_values_is_refused(void **state)
{
    given  g;
    size_t n    = 70000;
    char  *text = malloc(2 * n + 1);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + 2 * i, "1,", 2);
    start(&g, NULL);
    g.body->most          = 2 * n;
    g.service.budget.most = 1 << 20;
    take(&g, "");
    body_take(g.body, text, 2 * n);
    assert_null(body_json(g.body));
    assert_problem(g.reply, 413, "over 65536 values");
    end(&g);
    free(text);
}

/* JSON before binary data. */
static void json_may_be_the_beginning(void **state)
{
    const body_headers two = { .json_length = "2" }, nine = { .json_length = "9" };
    given              g;

    (void)state;
    start(&g, NULL);
    assert_true(body_begin(g.body, &two, NULL));
    body_take(g.body, "{}\0\xff", 4);
    assert_non_null(body_json(g.body));
    end(&g);
    start(&g, NULL);
    assert_true(body_begin(g.body, &nine, NULL));
    body_take(g.body, "{}\0\xff", 4);
    assert_null(body_json(g.body));
    assert_problem(g.reply, 400, "9 is over the body's 4 bytes");
    end(&g);
}

static void base64_has_many_shapes(void **state)
{
    static const char *const refused[] = { "",
                                           "A",
                                           "AAAAA",
                                           "AAA=A",
                                           "AAAA=",
                                           "AAA==",
                                           "A===",
                                           "AAAAA===",
                                           "AA=",
                                           "====",
                                           "*AAA",
                                           "AA\1A",
                                           "data:image/png,AAAA",
                                           "data:;base64",
                                           "data:AAAA",
                                           "xdata:;base64,AAAA" };
    static const struct {
        const char *text, *bytes;
        size_t      len;
    } taken[] = {
        { "YWJj", "abc", 3 },
        { "YWI=", "ab", 2 },
        { "YQ==", "a", 1 },
        { "AAAA", "\0\0", 3 },
        { "data:image/png;base64,YWJj", "abc", 3 },
        { "Data:image/svg+xml;charset=utf-8;BASE64,YQ==", "a", 1 },
        { "data:;base64,YWJj", "abc", 3 },
        { "YW\r\nJj\r\n", "abc", 3 }, /* lines, as mail and `base64` break them */
        { " YWJj\tYQ= =\n", "abca", 4 },
        { "-_-_", "\xfb\xff\xbf", 3 }, /* the URL-safe alphabet, with and without padding */
        { "+/+/", "\xfb\xff\xbf", 3 },
        { "YWI", "ab", 2 },
        { "_w", "\xff", 1 },
        { "_w==", "\xff", 1 },
    };
    given  g;
    size_t len;

    (void)state;
    start(&g, NULL);
    for (size_t i = 0; i < RW_COUNTOF(taken); i++) {
        const char *bytes = body_base64(g.body, taken[i].text, strlen(taken[i].text), &len);

        assert_non_null(bytes);
        assert_int_equal(len, taken[i].len);
        assert_memory_equal(bytes, taken[i].bytes, len);
    }
    for (size_t i = 0; i < RW_COUNTOF(refused); i++)
        if (body_base64(g.body, refused[i], strlen(refused[i]), &len) != NULL)
            fail_msg("\"%s\" was taken", refused[i]);
    g.body->most = 4;
    assert_null(body_base64(g.body, "YWJjYWJj", 8, &len)); /* longer than any body */
    assert_int_equal(g.reply->status, 0);                  /* the caller says what it was */
    end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_put_together),   cmocka_unit_test(all_bodies_share_a_budget),
        cmocka_unit_test(headers_are_refused),       cmocka_unit_test(media_types_are_told_apart),
        cmocka_unit_test(json_is_one_object),        cmocka_unit_test(json_with_many_values_is_refused),
        cmocka_unit_test(json_may_be_the_beginning), cmocka_unit_test(base64_has_many_shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

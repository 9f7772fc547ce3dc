/* test_access.c - who is let in, with a token and without; and which tokens, addresses and request ids are taken? */
#include "serve/access.h"

#include "serve/listen.h"
#include "serve/token.h"
#include "serve/trace.h"
#include "tests/unit/check.h"

#include <sys/socket.h>

static const route closed      = { .method = "GET", .path = "/" };
static const route open_to_all = { .method = "GET", .path = "/", .open = true };

/* The status of a refusal, or 0. */
static unsigned ask(const char *token, bool local, const route *wanted, access_headers headers)
{
    const access_rules rules   = { token, local };
    reply              r       = { .request_id = "test" };
    bool               allowed = access_allowed(&rules, &headers, wanted, &r);
    unsigned           status  = r.status;

    assert_int_equal(allowed, status == 0);
    reply_done(&r);
    return status;
}

static void a_token_opens(void **state)
{
    static const struct {
        const char *given;
        unsigned    status;
    } cases[] = {
        { NULL, 401 },
        { "", 401 },
        { "Bearer ", 401 },
        { "Bearer correct-horse-batterx", 401 },
        { "Bearer correct-horse-batter", 401 },
        { "Bearer correct-horse-batteryy", 401 },
        { "Bearer correct-horse-batterycorrect-horse-battery", 401 },
        { "Basic correct-horse-battery", 401 },
        { "Bearer correct-horse-battery", 0 },
        { "bearer correct-horse-battery", 0 },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        access_headers h = { .authorization = cases[i].given, .host = "anywhere.example" };

        assert_int_equal(ask("correct-horse-battery", false, &closed, h), cases[i].status);
        assert_int_equal(ask("correct-horse-battery", false, &open_to_all, h), 0);
    }
}

static void without_a_token_only_this_machine(void **state)
{
    static const struct {
        const char *host, *origin;
        unsigned    status;
    } cases[] = {
        { NULL, NULL, 0 },
        { NULL, "http://localhost:8080", 400 },
        { "localhost", NULL, 0 },
        { "LOCALHOST:8080", NULL, 0 },
        { "127.0.0.1:8080", "http://127.0.0.1:8080", 0 },
        { "[::1]:8080", NULL, 0 },
        { "localhost.elsewhere.example", NULL, 403 },
        { "127.0.0.10", NULL, 403 },
        { "elsewhere.example", NULL, 403 },
        { "localhost:8080", "http://elsewhere.example", 403 },
        { "localhost:8080", "http://localhost:8081", 403 },
        { "localhost:8080", "null", 403 },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        access_headers h = { .host = cases[i].host, .origin = cases[i].origin };

        assert_int_equal(ask(NULL, true, &open_to_all, h), cases[i].status);
    }
    assert_int_equal(ask(NULL, true, &closed, (access_headers){ .host = NULL }), 400);
    assert_int_equal(ask(NULL, false, &closed, (access_headers){ .host = NULL }), 400);
    assert_int_equal(ask("0123456789abcdef", true, &closed, (access_headers){ .authorization = "Bearer 0123456789abcdef" }),
                     0);
    assert_int_equal(ask("0123456789abcdef", true, &closed,
                         (access_headers){ .authorization = "Bearer 0123456789abcdef", .origin = "http://localhost" }),
                     400);
    assert_int_equal(ask(NULL, false, &closed, (access_headers){ .host = "elsewhere.example" }), 0); /* --allow-anyone */
}

static void tokens_are_long_and_plain(void **state)
{
    char       path[] = "/tmp/rwda-test-token-XXXXXX";
    int        fd     = mkstemp(path);
    char      *token;
    rwda_error err;

    (void)state;
    assert_ok(token_read(&token, NULL, NULL, &err), err);
    assert_null(token);
    assert_ok(token_read(&token, NULL, "", &err), err);
    assert_null(token);
    assert_ok(token_read(&token, NULL, "0123456789abcdef", &err), err);
    assert_string_equal(token, "0123456789abcdef");
    free(token);
    assert_refused("short", token_read(&token, NULL, "0123456789abcde", &err), RWDA_EINVAL, &err, "at least 16 letters");
    assert_null(token);
    assert_refused("space", token_read(&token, NULL, "0123456789 abcdef", &err), RWDA_EINVAL, &err, "at least 16 letters");
    assert_refused("no file", token_read(&token, "/nowhere/token", NULL, &err), RWDA_EIO, &err,
                   "/nowhere/token: cannot be read");
    assert_refused("empty", token_read(&token, path, NULL, &err), RWDA_EIO, &err, "it is empty");
    assert_int_equal(write(fd, "fedcba9876543210\r\nsecond line\n", 30), 30);
    assert_ok(token_read(&token, path, "0123456789abcdef", &err), err); /* the file goes before */
    assert_string_equal(token, "fedcba9876543210");
    free(token);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
}

static void addresses_are_checked(void **state)
{
    static const char *const wrong[] = { "",           "8080",        ":8080",           "127.0.0.1",
                                         "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:99999", "127.0.0.1:-1" };
    listener                 at, twice;
    rwda_error               err;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(wrong); i++) {
        assert_refused(wrong[i], listen_open(&at, wrong[i], false, &err), RWDA_EINVAL, &err, "ADDRESS:PORT");
        assert_int_equal(at.socket, -1);
    }
    assert_refused("unguarded", listen_open(&at, "0.0.0.0:0", false, &err), RWDA_EINVAL, &err,
                   "others could use this service");
    assert_ok(listen_open(&at, "0.0.0.0:0", true, &err), err);
    assert_false(at.local);
    assert_int_equal(close(at.socket), 0);
    assert_ok(listen_open(&at, "127.0.0.1:0", false, &err), err);
    assert_true(at.local);
    assert_memory_equal(at.url, "http://127.0.0.1:", 17);
    assert_refused("taken", listen_open(&twice, at.url + 7, false, &err), RWDA_EIO, &err, at.url + 7);
    assert_int_equal(close(at.socket), 0);
}

static void ids_are_plain_words(void **state)
{
    static const char *const own[]  = { NULL,       "",
                                        "a b",      "\"}{",
                                        "\xc3\xa9", "0123456789012345678901234567890123456789012345678901234567890123x" };
    const char              *parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    trace_numbers            numbers;
    request_trace            t;
    char                     id[65];

    (void)state;
    trace_numbers_init(&numbers);
    assert_int_equal(strlen(numbers.instance), 16);
    trace_begin(&t, &numbers, "order-66_a.b", parent);
    assert_string_equal(t.id, "order-66_a.b");
    assert_string_equal(t.parent, parent);
    for (size_t i = 0; i < RW_COUNTOF(own); i++) {
        trace_begin(&t, &numbers, own[i], i == 0 ? "00-0AF7" : parent + 1);
        (void)snprintf(id, sizeof id, "%s-%zu", numbers.instance, i + 1);
        assert_string_equal(t.id, id);
        assert_string_equal(t.parent, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_opens),
        cmocka_unit_test(without_a_token_only_this_machine),
        cmocka_unit_test(tokens_are_long_and_plain),
        cmocka_unit_test(addresses_are_checked),
        cmocka_unit_test(ids_are_plain_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

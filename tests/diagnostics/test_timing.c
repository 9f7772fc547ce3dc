/* test_timing.c - are runs counted, sorted and cut as they are said to be, and what do samples come from? */
#include "diagnostics/timing.h"

#include "tests/unit/check.h"

#include <stdlib.h>

static size_t calls, fails_at;

static rwda_status run(double *seconds, const stage_case *c, rwda_error *err)
{
    (void)c;
    if (++calls == fails_at)
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "run %zu", calls);
    *seconds = (double)((7 * calls) % 10);
    return RWDA_OK;
}

static const stage_case one = { .stage = "decode", .run = run };

static void test_times(void **state)
{
    stage_timing t;
    rwda_error   err = { 0 };

    (void)state;
    calls    = 0;
    fails_at = 0;
    assert_ok(timing_measure(&t, &one, 10, 0.0, &err), err);
    assert_int_equal(calls, 11); /* one to warm up */
    assert_int_equal(t.n, 10);
    for (size_t i = 0; i < t.n; i++)
        assert_true(t.seconds[i] == (double)i);
    assert_true(timing_quantile(&t, 50) == 4.0);
    assert_true(timing_quantile(&t, 99) == 9.0);
    assert_true(timing_quantile(&t, 0) == 0.0);
    free(t.seconds);
}

static void test_a_run_that_fails(void **state)
{
    stage_timing t;
    rwda_error   err = { 0 };

    (void)state;
    for (fails_at = 1; fails_at <= 4; fails_at += 3) {
        calls = 0;
        assert_int_equal(timing_measure(&t, &one, 10, 0.0, &err), RWDA_EIO);
        assert_int_equal(calls, fails_at);
        free(t.seconds);
    }
}

static void test_samples(void **state)
{
    char       texts[] = "/tmp/test-timing-XXXXXX", missing[] = "no-such.jpg", *nowhere[] = { missing };
    FILE      *file = fdopen(mkstemp(texts), "w");
    rwda_error err  = { 0 };
    samples    s;

    (void)state;
    assert_non_null(file);
    fputs("one\ntwo\nthree", file);
    fclose(file);
    assert_ok(samples_new(&s, NULL, 0, texts, 0, &err), err);
    assert_int_equal(s.n_texts, 3);
    assert_string_equal(s.texts[2], "three");
    assert_int_equal(s.n_images, 2);
    assert_string_equal(s.images[0].name, "PNG 900x900");
    samples_free(&s);
    assert_ok(samples_new(&s, NULL, 0, texts, 2, &err), err);
    assert_int_equal(s.n_texts, 2);
    samples_free(&s);
    assert_ok(samples_new(&s, NULL, 0, NULL, 5, &err), err);
    assert_int_equal(s.n_texts, 5);
    samples_free(&s);
    remove(texts);
    assert_int_equal(samples_new(&s, NULL, 0, texts, 0, &err), RWDA_ENOTFOUND);
    samples_free(&s);
    assert_int_equal(samples_new(&s, nowhere, 1, NULL, 0, &err), RWDA_ENOTFOUND);
    assert_non_null(strstr(err.message, "no-such.jpg: cannot open: No such file"));
    samples_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_a_run_that_fails),
        cmocka_unit_test(test_samples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_status.c - are failures described with code, place and words, within the message's size? */
#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void fail_fills_everything_and_returns_the_code(void **state)
{
    rwda_error err = { RWDA_OK, 7, "poison" };

    (void)state;
    assert_int_equal(rw_fail(&err, RWDA_EFORMAT, 42, "%s: %d against %d", "thing", 3, 4), RWDA_EFORMAT);
    assert_int_equal(err.code, RWDA_EFORMAT);
    assert_int_equal(err.offset, 42);
    assert_string_equal(err.message, "thing: 3 against 4");
    assert_int_equal(rw_fail(NULL, RWDA_EIO, 0, "nobody listens"), RWDA_EIO);
}

static void prefix_keeps_what_the_lower_level_said(void **state)
{
    rwda_error err;
    char       longest[600];

    (void)state;
    (void)rw_fail(&err, RWDA_EFORMAT, 9, "header ends early");
    assert_int_equal(rw_fail_prefix(&err, RWDA_EFORMAT, "a.png"), RWDA_EFORMAT);
    assert_string_equal(err.message, "a.png: header ends early");
    assert_int_equal(err.offset, 9);

    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    (void)rw_fail(&err, RWDA_EFORMAT, 0, "%s", longest);
    (void)rw_fail_prefix(&err, RWDA_EFORMAT, longest);
    assert_int_equal(strlen(err.message), sizeof err.message - 1); /* cut, never past the end */
}

static void every_code_has_a_name(void **state)
{
    (void)state;
    for (int code = RWDA_OK; code <= RWDA_ECANCELLED; code++)
        assert_int_equal(strncmp(rwda_status_name((rwda_status)code), "RWDA_", 5), 0);
    assert_string_equal(rwda_status_name((rwda_status)999), "RWDA_UNKNOWN");
    assert_string_equal(rwda_version(), RWDA_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_fills_everything_and_returns_the_code),
        cmocka_unit_test(prefix_keeps_what_the_lower_level_said),
        cmocka_unit_test(every_code_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

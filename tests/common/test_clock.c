/* test_clock.c - is a time written as people and programs read it? */
#include "common/clock.h"

#include "tests/unit/check.h"

static void test_texts(void **state)
{
    char text[RW_UTC_TEXT];

    (void)state;
    rw_utc_text(text, 0);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    rw_utc_text(text, INT64_C(1709210096007)); /* a leap day */
    assert_string_equal(text, "2024-02-29T12:34:56.007Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_texts) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

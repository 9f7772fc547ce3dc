/* test_label_words.c - which words mean normal, and which anomalous? */
#include "common/label_words.h"

#include "tests/unit/check.h"

static void words_have_labels(void **state)
{
    static const char *const normal[]    = { "0", "normal", "Good", "OK", "false" };
    static const char *const anomalous[] = { "1",         "anomalous", "Anomaly", "ABNORMAL", "defect",
                                             "defective", "bad",       "ko",      "NG",       "true" };
    static const char *const neither[]   = { "", "2", "goods", "goo", " good", "-1", "scratch", "normal\n" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(normal); i++)
        assert_int_equal(rw_label_of_word(normal[i]), 0);
    for (size_t i = 0; i < RW_COUNTOF(anomalous); i++)
        assert_int_equal(rw_label_of_word(anomalous[i]), 1);
    for (size_t i = 0; i < RW_COUNTOF(neither); i++)
        assert_int_equal(rw_label_of_word(neither[i]), -1);
}

static void folders_of_normal_images(void **state)
{
    (void)state;
    assert_true(rw_label_is_normal("good") && rw_label_is_normal("OK") && rw_label_is_normal("Normal"));
    assert_false(rw_label_is_normal("0") || rw_label_is_normal("false") || rw_label_is_normal("") ||
                 rw_label_is_normal("good/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_have_labels),
        cmocka_unit_test(folders_of_normal_images),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_label_words.c - which words mean normal, which anomalous, which neither, and what does -1 mean? */
#include "common/label_words.h"

#include "tests/unit/check.h"

static void words_have_labels(void **state)
{
    static const char *const normal[]    = { "0",  "normal", "Good", "OK",       "false", "False", "FALSCH", "FALSE",
                                             "no", "N",      "pass", "negative", "0.0",   "0,0",   "+0",     "0e0",
                                             "-0", " good",  "0\r",  "ok ",      "\t0",   "io" };
    static const char *const anomalous[] = { "1",    "anomalous", "Anomaly", "ABNORMAL",  "defect", "True",
                                             "TRUE", "WAHR",      "yes",     "defective", "bad",    "ko",
                                             "NG",   "true",      "nok",     "Y",         "fail",   "1.0",
                                             "1,0",  "+1",        "1.000",   "1e0",       "NOT OK", "outlier" };
    static const char *const none[]      = { "", " ", "nan", "NaN", "N/A", "unknown", "null", "?" };
    static const char *const minus_one[] = { "-1", "-1.0", "-1,0", " -1" };
    static const char *const neither[]   = { "2",
                                             "0.5",
                                             "goods",
                                             "goo",
                                             "scratch",
                                             "0x1",
                                             "inf",
                                             "1e",
                                             "--1",
                                             "1.0.0",
                                             "1,0,0",
                                             "0 1",
                                             "a label that is longer than every known word of them" };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(normal); i++)
        assert_int_equal(rw_label_of_word(normal[i]), RW_LABEL_NORMAL);
    for (size_t i = 0; i < RW_COUNTOF(anomalous); i++)
        assert_int_equal(rw_label_of_word(anomalous[i]), RW_LABEL_ANOMALOUS);
    for (size_t i = 0; i < RW_COUNTOF(none); i++)
        assert_int_equal(rw_label_of_word(none[i]), RW_LABEL_NONE);
    for (size_t i = 0; i < RW_COUNTOF(minus_one); i++)
        assert_int_equal(rw_label_of_word(minus_one[i]), RW_LABEL_MINUS_ONE);
    for (size_t i = 0; i < RW_COUNTOF(neither); i++)
        assert_int_equal(rw_label_of_word(neither[i]), RW_LABEL_NOT);
}

/* Sees all words, which NULL ends; the second row is the first with a label. */
static rw_label_scheme seen(const char *const *words)
{
    rw_label_scheme scheme = { 0 };

    for (size_t row = 2; words[row - 2] != NULL; row++)
        (void)rw_label_see(&scheme, words[row - 2], row);
    return scheme;
}
#define SEEN(...) seen((const char *const[]){ __VA_ARGS__, NULL })

static void minus_one_is_an_outlier_beside_one(void **state)
{
    rw_label_scheme turned = SEEN("1", "-1", "1.0", "", "-1.0"), plain = SEEN("1", "0", "true");

    (void)state;
    assert_int_equal(rw_label_scheme_check(&turned, "x.csv", NULL), RWDA_OK);
    assert_true(rw_label_scheme_turned(&turned));
    assert_int_equal(rw_label_meant(&turned, rw_label_of_word("-1")), 1);
    assert_int_equal(rw_label_meant(&turned, rw_label_of_word("1")), 0);
    assert_int_equal(rw_label_meant(&turned, RW_LABEL_NONE), RW_LABEL_NONE);
    assert_int_equal(rw_label_meant(&turned, RW_LABEL_NOT), RW_LABEL_NOT);
    assert_int_equal(rw_label_scheme_check(&plain, "x.csv", NULL), RWDA_OK);
    assert_false(rw_label_scheme_turned(&plain));
    assert_int_equal(rw_label_meant(&plain, 1), 1);
    assert_int_equal(rw_label_meant(&plain, 0), 0);
}

static void minus_one_is_asked_about_elsewhere(void **state)
{
    const struct {
        rw_label_scheme scheme;
        const char     *says;
    } cases[] = { { SEEN("0", "1", "-1"), "x.csv: row 4: label -1 beside 0 and 1: " },
                  { SEEN("0.0", "1.0", "0.0", "-1.0", "-1"), "row 5: label -1 beside 0 and 1: " },
                  { SEEN("-1", "0"), "row 2: label -1 beside 0: " },
                  { SEEN("-1", "-1"), "row 2: label -1 without 1: " },
                  { SEEN("bad", "-1", "1"), "row 3: label -1 beside words: " } };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rwda_error err = { 0 };

        assert_refused("-1", rw_label_scheme_check(&cases[i].scheme, "x.csv", &err), RWDA_EFORMAT, &err, cases[i].says);
        assert_false(rw_label_scheme_turned(&cases[i].scheme));
    }
}

static void folders_of_normal_images(void **state)
{
    (void)state;
    assert_true(rw_label_is_normal("good") && rw_label_is_normal("OK") && rw_label_is_normal("Normal"));
    assert_false(rw_label_is_normal("0") || rw_label_is_normal("false") || rw_label_is_normal("") ||
                 rw_label_is_normal("good/"));
    assert_true(rw_folder_is_masks("ground_truth") && rw_folder_is_masks("Masks") && rw_folder_is_masks("mask"));
    assert_false(rw_folder_is_masks("gt") || rw_folder_is_masks("masked") || rw_folder_is_masks(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_have_labels),
        cmocka_unit_test(minus_one_is_an_outlier_beside_one),
        cmocka_unit_test(minus_one_is_asked_about_elsewhere),
        cmocka_unit_test(folders_of_normal_images),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

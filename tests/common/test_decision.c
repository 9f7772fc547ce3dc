/* test_decision.c - which label does a score get, by numbers and by a threshold file? */
#include "common/decision.h"

#include "tests/common/scratch.h"

#include <math.h>

static const char *const scoring = "{\"method\":\"clip\"}";

static void numbers_are_thresholds(void **state)
{
    decision   d;
    rwda_error err = { 0 };

    (void)state;
    assert_ok(decision_read(&d, NULL, NULL, &err), err);
    assert_null(decision_label(&d, 0.9));
    assert_true(isnan(d.threshold) && isnan(decision_p_value(&d, 0.5)));
    decision_free(&d);
    assert_ok(decision_read(&d, "0.5", NULL, &err), err);
    assert_false(d.named_file);
    assert_string_equal(decision_label(&d, 0.5), "anomalous");
    assert_string_equal(decision_label(&d, 0.49999), "normal");
    decision_free(&d);
    assert_ok(decision_read(&d, "0.7", "-1e-1", &err), err);
    assert_true(d.threshold == (double)0.7f); /* scores are float32, so thresholds are */
    assert_string_equal(decision_label(&d, (double)0.7f), "anomalous");
    assert_string_equal(decision_label(&d, (double)-0.1f), "review");
    assert_string_equal(decision_label(&d, -0.2), "normal");
    assert_ok(decision_check(&d, NULL, &err), err); /* numbers fit everything */
    decision_free(&d);
    decision_free(&d);
}

static void broken_numbers_are_refused(void **state)
{
    static const struct {
        const char *threshold, *review, *says;
    } cases[] = {
        { "nan", NULL, "--threshold: \"nan\" is not a number" },
        { "inf", NULL, "--threshold: \"inf\" is not a number" },
        { "1e99", NULL, "--threshold: \"1e99\" is not a number" },
        { "0.5", "x", "--review: \"x\" is not a number" },
        { "0.5", "", "--review: \"\" is not a number" },
        { "0.5", "0.4 ", "--review: \"0.4 \" is not a number" },
        { "0.5", "0.5", "--review 0.5 needs a larger --threshold" },
        { NULL, "0.5", "--review 0.5 needs a larger --threshold" },
        { "t.json", "0.5", "--review 0.5: the threshold file t.json says where review begins" },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        decision   d;
        rwda_error err = { 0 };

        assert_refused(cases[i].says, decision_read(&d, cases[i].threshold, cases[i].review, &err), RWDA_EINVAL, &err,
                       cases[i].says);
        assert_false(d.named_file);
        decision_free(&d);
    }
}

static void a_threshold_file_decides(void **state)
{
    rwda_thresholds_options options    = RWDA_THRESHOLDS_OPTIONS_INIT;
    rwda_thresholds        *thresholds = NULL;
    double                  scores[200];
    const char             *path = in_scratch("t.json");
    decision                d;
    rwda_error              err = { 0 };

    (void)state;
    for (int i = 0; i < 200; i++)
        scores[i] = i / 256.0;
    options.rate        = 0.05;
    options.confidence  = 0.0;
    options.review_rate = 0.2;
    assert_ok(rwda_thresholds_new(&thresholds, scores, NULL, 200, scoring, &options, &err), err);
    assert_ok(rwda_thresholds_save(thresholds, path, 0, &err), err);
    assert_ok(decision_read(&d, path, NULL, &err), err);
    assert_true(d.named_file);
    assert_true(d.threshold == rwda_thresholds_get_info(thresholds)->threshold);
    assert_true(d.review < d.threshold);
    assert_string_equal(decision_label(&d, d.threshold), "anomalous");
    assert_string_equal(decision_label(&d, d.review), "review");
    assert_string_equal(decision_label(&d, 0.0), "normal");
    assert_true(decision_p_value(&d, 1.0) == 1.0 / 201);
    assert_true(decision_p_value(&d, 0.0) == 1.0);
    decision_free(&d);
    rwda_thresholds_free(thresholds);
}

static void broken_threshold_files_are_refused(void **state)
{
    decision   d;
    rwda_error err = { 0 };

    (void)state;
    assert_refused("missing", decision_read(&d, in_scratch("none.json"), NULL, &err), RWDA_ENOTFOUND, &err,
                   "--threshold is neither a number nor a threshold file that can be used: ");
    assert_true(d.named_file && d.calibration == NULL);
    decision_free(&d);
    assert_refused("broken", decision_read(&d, make_text("0.5x", "{"), NULL, &err), RWDA_EFORMAT, &err,
                   "neither a number nor");
    decision_free(&d);
    assert_refused("empty", decision_read(&d, "", NULL, &err), RWDA_ENOTFOUND, &err, "neither a number nor");
    decision_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_thresholds),
        cmocka_unit_test(broken_numbers_are_refused),
        cmocka_unit_test(a_threshold_file_decides),
        cmocka_unit_test(broken_threshold_files_are_refused),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}

/* test_names.c - has every value of every enumeration its name, and does the name lead back? */
#include "tests/unit/check.h"

static void every_value_has_a_name_that_leads_back(void **state)
{
    static const struct {
        rwda_enum   which;
        int         count; /* after the last value of rwda.h */
        const char *first, *last;
    } cases[] = {
        { RWDA_ENUM_CPU, RWDA_CPU_NEON + 1, "auto", "neon" },
        { RWDA_ENUM_PRECISION, RWDA_PRECISION_INT8 + 1, "auto", "int8" },
        { RWDA_ENUM_RESIZE, RWDA_RESIZE_TILES + 1, "config", "tiles" },
        { RWDA_ENUM_CROPS, RWDA_CROPS_3X3 + 1, "one", "3x3" },
        { RWDA_ENUM_TOWERS, RWDA_TOWERS_TEXT + 1, "both", "text" },
        { RWDA_ENUM_WORD_POSITION, RWDA_WORD_RANDOM + 1, "after", "random" },
        { RWDA_ENUM_LOSS, RWDA_LOSS_CE + 1, "bce", "ce" },
        { RWDA_ENUM_ACTIVATION, RWDA_FNN_GELU + 1, "relu", "gelu" },
        { RWDA_ENUM_METHOD, RWDA_METHOD_WINCLIP + 1, "fnn", "winclip" },
        { RWDA_ENUM_PROMPTS, RWDA_PROMPTS_ENSEMBLE + 1, "single", "ensemble" },
        { RWDA_ENUM_POOL, RWDA_POOL_LOGIT + 1, "mean", "logit" },
        { RWDA_ENUM_NAMES, RWDA_NAMES_CLEAN + 1, "spaces", "clean" },
        { RWDA_ENUM_LABEL, RWDA_LABEL_ANOMALOUS + 1, "normal", "anomalous" },
        { RWDA_ENUM_RULE, RWDA_RULE_F1 + 1, "false-alarms", "f1" },
        { RWDA_ENUM_MAP_MODE, RWDA_MAP_MEMORY + 1, "windows", "memory" },
        { RWDA_ENUM_ORIENTATION, RWDA_ORIENTATION_STORED + 1, "turned", "stored" },
    };
    rwda_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rwda_enum which = cases[i].which;
        int       value;

        assert_int_equal(which, i); /* all of them are here */
        assert_int_equal(rwda_enum_count(which), cases[i].count);
        assert_string_equal(rwda_enum_name(which, 0), cases[i].first);
        assert_string_equal(rwda_enum_name(which, cases[i].count - 1), cases[i].last);
        assert_string_equal(rwda_enum_name(which, cases[i].count), "none");
        assert_string_equal(rwda_enum_name(which, -1), "none");
        for (int v = 0; v < cases[i].count; v++) {
            assert_ok(rwda_enum_parse(&value, which, rwda_enum_name(which, v), &err), err);
            assert_int_equal(value, v);
        }
    }
    assert_int_equal(rwda_enum_count((rwda_enum)RW_COUNTOF(cases)), 0);
    assert_int_equal(rwda_enum_count((rwda_enum)-1), 0);
    assert_string_equal(rwda_enum_name((rwda_enum)-1, 0), "none");
}

static void names_are_told_and_old_ones_understood(void **state)
{
    int        value = 7;
    rwda_error err   = { 0 };

    (void)state;
    assert_refused("unknown", rwda_enum_parse(&value, RWDA_ENUM_METHOD, "mlp", &err), RWDA_EINVAL, &err,
                   "\"mlp\" is none of fnn, clip, both, lda, paired, winclip");
    assert_refused("case", rwda_enum_parse(&value, RWDA_ENUM_LOSS, "BCE", &err), RWDA_EINVAL, &err, "bce, ce");
    assert_refused("no enumeration", rwda_enum_parse(&value, (rwda_enum)99, "fnn", &err), RWDA_EINVAL, &err,
                   "none of nothing");
    assert_int_equal(value, 7);
    assert_ok(rwda_enum_parse(&value, RWDA_ENUM_METHOD, "mean-difference", &err), err);
    assert_int_equal(value, RWDA_METHOD_MEAN_DIFFERENCE);
    assert_ok(rwda_enum_parse(&value, RWDA_ENUM_RULE, "quantile", &err), err);
    assert_int_equal(value, RWDA_RULE_FALSE_ALARMS);
}

static void methods_say_what_they_need(void **state)
{
    static const int detector[] = { 1, 0, 1, 1, 1, 0 }, prompts[] = { 0, 1, 1, 0, 0, 1 };

    (void)state;
    for (int m = 0; m < rwda_enum_count(RWDA_ENUM_METHOD); m++) {
        assert_int_equal(rwda_method_needs_detector((rwda_method)m), detector[m]);
        assert_int_equal(rwda_method_needs_prompts((rwda_method)m), prompts[m]);
    }
    assert_int_equal(rwda_method_needs_detector((rwda_method)6), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_has_a_name_that_leads_back),
        cmocka_unit_test(names_are_told_and_old_ones_understood),
        cmocka_unit_test(methods_say_what_they_need),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

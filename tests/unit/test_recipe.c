/* test_recipe.c - is every setting of a training listed, set from text, checked and written? */
#include "anomaly/recipe.h"

#include "tests/unit/check.h"

static rwda_train_options paper(void)
{
    rwda_train_options options;

    rwda_train_options_default(&options, sizeof options);
    return options;
}

static char *text_of(const rwda_train_options *options)
{
    char      *text;
    rwda_error err = { 0 };

    assert_ok(rwda_train_options_text(&text, options, &err), err);
    return text;
}

/* Another value than the preset's for each field, in the table's order. */
static const char *const others[][2] = {
    { "preset", "mine" },
    { "seed", "18" },
    { "pairs", "99" },
    { "words", "2:3" },
    { "length", "4" },
    { "alphabet", "xyz" },
    { "word_position", "both" },
    { "normal_words", "good" },
    { "anomalous_words", "bad" },
    { "templates", "{state}" },
    { "hidden", "0" },
    { "activation", "gelu" },
    { "dropout", "0.25" },
    { "loss", "ce" },
    { "label_smoothing", "0" },
    { "noise", "1" },
    { "learning_rate", "0.01" },
    { "weight_decay", "0" },
    { "beta1", "0.5" },
    { "beta2", "0.99" },
    { "batch_pairs", "7" },
    { "epochs", "1" },
    { "ensemble", "64" },
    { "word_list", "nut bolt" },
};

static void every_setting_is_listed_and_changes_the_text(void **state)
{
    const rwda_train_field *f;
    rwda_train_options      options  = paper();
    char                   *standard = text_of(&options), *text;
    size_t                  end      = sizeof options.size;
    rwda_error              err      = { 0 };

    (void)state;
    for (size_t i = 0; (f = rwda_train_options_field(i)) != NULL; i++) {
        assert_true(i < RW_COUNTOF(others));
        assert_string_equal(f->name, others[i][0]);
        options = paper();
        assert_ok(rwda_train_options_set(&options, f->name, others[i][1], &err), err);
        text = text_of(&options);
        if (strcmp(text, standard) == 0)
            fail_msg("%s is not in the text", f->name);
        rwda_text_free(text);
        /* Fields stand in the struct's order, so that none is left out between them. */
        if (strcmp(f->name, "word_list") == 0)
            end += sizeof options.cache_dir;
        assert_true(f->offset >= end && f->offset < end + 8);
        end = f->offset + (f->type == RWDA_FIELD_INT || f->type == RWDA_FIELD_FLOAT || f->type == RWDA_FIELD_ENUM ? 4 : 8);
    }
    assert_int_equal(end, sizeof options);
    options           = paper();
    options.cache_dir = "/somewhere"; /* changes no result */
    text              = text_of(&options);
    assert_string_equal(text, standard);
    rwda_text_free(text);
    rwda_text_free(standard);
}

static void the_text_is_that_of_version_0_1_0(void **state)
{
    rwda_train_options options = paper();
    char              *text    = text_of(&options);

    (void)state;
    assert_string_equal(
        text,
        "{\"preset\":\"paper\",\"seed\":1,\"pairs\":10000,\"words\":[1,5],\"length\":[5,10],\"alphabet\":"
        "\"abcdefghijklmnopqrstuvwxyz\",\"word_position\":\"after\",\"normal_words\":\"normal\",\"anomalous_words\":"
        "\"anomalous\",\"templates\":\"a photo of a {state} {words}\",\"hidden\":640,\"activation\":\"relu\",\"dropout\":"
        "0.100000001,\"loss\":\"bce\",\"label_smoothing\":0.0500000007,\"noise\":0.0,\"learning_rate\":0.00100000005,"
        "\"weight_decay\":0.00999999978,\"beta1\":0.899999976,\"beta2\":0.999000013,\"batch_pairs\":256,\"epochs\":10,"
        "\"ensemble\":1}");
    rwda_text_free(text);
}

static void every_bad_value_is_refused_and_changes_nothing(void **state)
{
    static const struct {
        const char *name, *value, *says;
        rwda_status status;
    } cases[] = {
        { "pairs", "0", "pairs: 0 is not in 1..1000000", RWDA_EINVAL },
        { "pairs", "1000001", "pairs: 1000001 is not in 1..1000000", RWDA_EINVAL },
        { "pairs", "12x", "not a value", RWDA_EINVAL },
        { "pairs", "", "not a value", RWDA_EINVAL },
        { "pairs", "99999999999999999999", "not a value", RWDA_EINVAL },
        { "pairs", "4294967297", "not a value", RWDA_EINVAL },
        { "seed", "-1", "not a value", RWDA_EINVAL },
        { "seed", "9223372036854775808", "seed: at most 9223372036854775807", RWDA_EINVAL },
        { "words", "5:1", "words: 5:1 is not a range in 0..20", RWDA_EINVAL },
        { "words", "-1:1", "words: -1:1 is not a range in 0..20", RWDA_EINVAL },
        { "words", "1:21", "words: 1:21 is not a range in 0..20", RWDA_EINVAL },
        { "words", "1:2:3", "not a value", RWDA_EINVAL },
        { "length", "0:3", "length: 0:3 is not a range in 1..32", RWDA_EINVAL },
        { "dropout", "0.95", "dropout: 0.95 is not in 0..0.9", RWDA_EINVAL },
        { "dropout", "nan", "dropout: nan is not in 0..0.9", RWDA_EINVAL },
        { "noise", "-0.1", "noise", RWDA_EINVAL },
        { "learning_rate", "1e-10", "learning_rate: 1e-10 is not in 1e-09..10", RWDA_EINVAL },
        { "loss", "hinge", "not a value", RWDA_EINVAL },
        { "cache_dir", "/", "no setting \"cache_dir\"", RWDA_ENOTFOUND },
        { "size", "1", "no setting \"size\"", RWDA_ENOTFOUND },
        { "", "1", "no setting \"\"", RWDA_ENOTFOUND },
    };
    const rwda_train_options before = paper();

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rwda_train_options options = before;
        rwda_error         err     = { 0 };

        assert_refused(cases[i].name, rwda_train_options_set(&options, cases[i].name, cases[i].value, &err), cases[i].status,
                       &err, cases[i].says);
        assert_memory_equal(&options, &before, sizeof before);
    }
}

static void texts_that_are_missing_are_named(void **state)
{
    const rwda_train_field *f;

    (void)state;
    for (size_t i = 0; (f = rwda_train_options_field(i)) != NULL; i++) {
        rwda_train_options options = paper();
        char              *text;
        rwda_error         err = { 0 };

        if (f->type != RWDA_FIELD_TEXT || f->low < 1)
            continue;
        memset((uint8_t *)&options + f->offset, 0, sizeof(char *));
        assert_refused(f->name, rwda_train_options_text(&text, &options, &err), RWDA_EINVAL, &err, f->name);
        assert_null(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_is_listed_and_changes_the_text),
        cmocka_unit_test(the_text_is_that_of_version_0_1_0),
        cmocka_unit_test(every_bad_value_is_refused_and_changes_nothing),
        cmocka_unit_test(texts_that_are_missing_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

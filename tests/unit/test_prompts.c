/* test_prompts.c - do both sentences of a pair differ in the state alone, and is a recipe that makes no sentence refused? */
#include "anomaly/prompts.h"

#include "tests/unit/check.h"

#include <ctype.h>

static rw_tokenizer *tokenizer;

static int set_up(void **state)
{
    rwda_error err;

    (void)state;
    return rw_tokenizer_new_clip(&tokenizer, 77, &err) != RWDA_OK;
}

static int tear_down(void **state)
{
    (void)state;
    rw_tokenizer_free(tokenizer);
    return 0;
}

static rwda_train_options paper(void)
{
    rwda_train_options options;
    rwda_error         err = { 0 };

    assert_ok(rwda_train_options_preset(&options, "paper", &err), err);
    options.pairs = 500;
    return options;
}

static void only_the_state_differs(void **state)
{
    rwda_train_options options = paper();
    rw_prompts         prompts;
    rwda_error         err           = { 0 };
    int                words_seen[8] = { 0 };

    (void)state;
    assert_ok(rw_prompts_draw(&prompts, &options, tokenizer, 77, &err), err);
    assert_int_equal(prompts.count, 1000);
    for (size_t i = 0; i < prompts.count; i += 2) {
        static const char normal[] = "a photo of a normal ", anomalous[] = "a photo of a anomalous ";
        const char       *a = prompts.texts[i], *b = prompts.texts[i + 1];
        int               words = 1;

        assert_memory_equal(a, normal, sizeof normal - 1);
        assert_memory_equal(b, anomalous, sizeof anomalous - 1);
        assert_string_equal(a + sizeof normal - 1, b + sizeof anomalous - 1);
        for (const char *at = a + sizeof normal - 1, *word = at;; at++)
            if (*at == ' ' || *at == '\0') {
                assert_true(at - word >= 5 && at - word <= 10); /* the paper's lengths */
                word = at + 1;
                if (*at == '\0')
                    break;
                words++;
            } else {
                assert_true(*at >= 'a' && *at <= 'z');
            }
        assert_true(words >= 1 && words <= 5);
        words_seen[words]++;
    }
    for (int n = 1; n <= 5; n++)
        assert_true(words_seen[n] > 50); /* each number as likely */
    rw_prompts_free(&prompts);
}

static void the_seed_decides(void **state)
{
    rwda_train_options options = paper();
    rw_prompts         a, b, c;
    rwda_error         err = { 0 };

    (void)state;
    assert_ok(rw_prompts_draw(&a, &options, tokenizer, 77, &err), err);
    assert_ok(rw_prompts_draw(&b, &options, tokenizer, 77, &err), err);
    options.seed = 2;
    assert_ok(rw_prompts_draw(&c, &options, tokenizer, 77, &err), err);
    for (size_t i = 0; i < a.count; i++)
        assert_string_equal(a.texts[i], b.texts[i]);
    assert_string_not_equal(a.texts[0], c.texts[0]);
    rw_prompts_free(&a);
    rw_prompts_free(&b);
    rw_prompts_free(&c);
}

static void pairs_that_clip_would_cut_are_drawn_again(void **state)
{
    rwda_train_options options = paper();
    rw_prompts         prompts;
    rwda_error         err = { 0 };

    (void)state;
    options.words_min = options.words_max = 12;
    assert_ok(rw_prompts_draw(&prompts, &options, tokenizer, 77, &err), err);
    for (size_t i = 0; i < prompts.count; i++) {
        int32_t ids[77];
        size_t  count;
        int     cut;

        assert_ok(rw_tokenizer_encode(ids, &count, 77, &cut, tokenizer, prompts.texts[i], strlen(prompts.texts[i]), &err),
                  err);
        assert_int_equal(cut, 0);
    }
    rw_prompts_free(&prompts);
    options.length_min = options.length_max = 20;
    assert_refused("12 words of 20 letters", rw_prompts_draw(&prompts, &options, tokenizer, 77, &err), RWDA_EINVAL, &err,
                   "longer than 77 tokens");
}

static void unworkable_recipes_are_named(void **state)
{
    rw_prompts prompts;
    rwda_error err = { 0 };

    (void)state;
#define REFUSED(field, value, says)                                                                                         \
    do {                                                                                                                    \
        rwda_train_options options = paper();                                                                               \
        options.field              = value;                                                                                 \
        assert_refused(#field, rw_prompts_draw(&prompts, &options, tokenizer, 77, &err), RWDA_EINVAL, &err, says);          \
        assert_null(prompts.texts);                                                                                         \
    } while (0)
    REFUSED(pairs, 0, "pairs: 0 is not in 1..1000000");
    REFUSED(words_max, 0, "words: 1:0");
    REFUSED(length_max, 33, "length: 5:33");
    REFUSED(alphabet, "", "alphabet");
    REFUSED(alphabet, "a b", "alphabet");
    REFUSED(normal_words, "", "lists");
    REFUSED(anomalous_words, "bad,,worse", "none empty");
    REFUSED(templates, "a photo", "has no {state}");
#undef REFUSED
}

static void names_are_written_as_asked(void **state)
{
    static const struct {
        const char *object;
        rwda_names  names;
        const char *prompt;
    } cases[] = {
        { "metal_nut", RWDA_NAMES_SPACES, "a photo of a normal metal nut" },
        { "metal_nut", RWDA_NAMES_RAW, "a photo of a normal metal_nut" },
        { "metal_nut", RWDA_NAMES_CLEAN, "a photo of a normal metal nut" },
        { "pcb1", RWDA_NAMES_SPACES, "a photo of a normal pcb1" },
        { "pcb1", RWDA_NAMES_CLEAN, "a photo of a normal pcb" },
        { "class_01", RWDA_NAMES_CLEAN, "a photo of a normal class" },
        { "42", RWDA_NAMES_CLEAN, "a photo of a normal 42" }, /* nothing would be left */
        { "m8 bolt", RWDA_NAMES_CLEAN, "a photo of a normal m8 bolt" },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rw_prompts prompts;
        rwda_error err = { 0 };

        assert_ok(rw_prompts_zero_shot(&prompts, false, RWDA_PROMPTS_SINGLE, cases[i].object, cases[i].names, &err), err);
        assert_string_equal(prompts.texts[0], cases[i].prompt);
        rw_prompts_free(&prompts);
    }
}

static void words_come_from_the_list(void **state)
{
    rwda_train_options options = paper();
    rw_prompts         prompts;
    rwda_error         err     = { 0 };
    int                seen[3] = { 0 };
    char               many[RW_WORDS_MAX * 2 + 4];

    (void)state;
    options.word_list = "  bolt washer   x1 ";
    options.words_min = options.words_max = 2;
    assert_ok(rw_prompts_draw(&prompts, &options, tokenizer, 77, &err), err);
    for (size_t i = 0; i < prompts.count; i += 2) {
        static const char normal[] = "a photo of a normal ", anomalous[] = "a photo of a anomalous ";
        char              first[16], second[16], rest;

        assert_string_equal(prompts.texts[i] + sizeof normal - 1, prompts.texts[i + 1] + sizeof anomalous - 1);
        assert_int_equal(sscanf(prompts.texts[i] + sizeof normal - 1, "%15s %15s%c", first, second, &rest), 2);
        assert_true(strcmp(first, "bolt") == 0 || strcmp(first, "washer") == 0 || strcmp(first, "x1") == 0);
        seen[first[0] == 'b' ? 0 : first[0] == 'w' ? 1 : 2]++;
    }
    for (int i = 0; i < 3; i++)
        assert_true(seen[i] > 100); /* of 500: each as likely */
    rw_prompts_free(&prompts);
#define REFUSED(list, says)                                                                                                 \
    do {                                                                                                                    \
        options.word_list = list;                                                                                           \
        assert_refused(says, rw_prompts_draw(&prompts, &options, tokenizer, 77, &err), RWDA_EINVAL, &err, says);            \
    } while (0)
    REFUSED("", "there is no word");
    REFUSED("   ", "there is no word");
    REFUSED("good b\tad", "word 2 has a character");
    REFUSED("na\xc3\xafve", "word 1 has a character");
    REFUSED("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "word 1 has 33");
    for (size_t i = 0; i <= RW_WORDS_MAX; i++)
        memcpy(many + 2 * i, "a ", 3);
    REFUSED(many, "at most 16384 words");
    options.words_min = options.words_max = 20;
    REFUSED("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "20 words of 32 letters are too many");
#undef REFUSED
}

static void zero_shot_prompts_are_winclips(void **state)
{
    rw_prompts prompts;
    rwda_error err   = { 0 };
    bool       found = false;

    (void)state;
    assert_ok(rw_prompts_zero_shot(&prompts, false, RWDA_PROMPTS_SINGLE, NULL, RWDA_NAMES_SPACES, &err), err);
    assert_int_equal(prompts.count, 1);
    assert_string_equal(prompts.texts[0], "a photo of a normal object");
    rw_prompts_free(&prompts);
    assert_ok(rw_prompts_zero_shot(&prompts, false, RWDA_PROMPTS_ENSEMBLE, "metal_nut", RWDA_NAMES_SPACES, &err), err);
    assert_int_equal(prompts.count, 154);
    rw_prompts_free(&prompts);
    assert_ok(rw_prompts_zero_shot(&prompts, true, RWDA_PROMPTS_ENSEMBLE, "metal_nut", RWDA_NAMES_SPACES, &err), err);
    assert_int_equal(prompts.count, 88);
    for (size_t i = 0; i < prompts.count; i++)
        found |= strcmp(prompts.texts[i], "a cropped photo of the damaged metal nut") == 0;
    assert_true(found);
    rw_prompts_free(&prompts);
    assert_refused("empty name", rw_prompts_zero_shot(&prompts, true, RWDA_PROMPTS_SINGLE, "", RWDA_NAMES_SPACES, &err),
                   RWDA_EINVAL, &err, "0 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_state_differs),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(pairs_that_clip_would_cut_are_drawn_again),
        cmocka_unit_test(unworkable_recipes_are_named),
        cmocka_unit_test(words_come_from_the_list),
        cmocka_unit_test(zero_shot_prompts_are_winclips),
        cmocka_unit_test(names_are_written_as_asked),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* test_kind_words.c - which words does a list hold, what does a record say of them, and does a given map decide what is looked at? */
#include "common/kind_words.h"

#include "tests/common/demo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void lists_are_split(void **state)
{
    kind_words words;
    rwda_error err = { 0 };

    (void)state;
    assert_ok(kind_words_read(&words, " scratch,oil stain ,broken_edge", NULL, &err), err);
    assert_int_equal(words.count, 3);
    assert_string_equal(words.names[0], "scratch");
    assert_string_equal(words.names[1], "oil stain");
    assert_string_equal(words.names[2], "broken_edge");
    kind_words_free(&words);
    assert_null(words.text);
}

static void odd_lists_are_refused(void **state)
{
    static const char *const lists[][2] = { { "", "kind 1 has 0 bytes" },
                                            { "a,,b", "kind 2 has 0 bytes" },
                                            { "a,b,", "kind 3 has 0 bytes" },
                                            { "a, A", "kinds 1 and 2 are the same" },
                                            { "\xff", "kind 1 is not UTF-8" } };
    char                     many[2 * RWDA_KINDS_MAX + 3];
    kind_words               words;
    rwda_error               err;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(lists); i++) {
        assert_int_equal(kind_words_read(&words, lists[i][0], NULL, &err), RWDA_EINVAL);
        assert_non_null(strstr(err.message, lists[i][1]));
        kind_words_free(&words);
    }
    for (size_t i = 0; i <= RWDA_KINDS_MAX; i++)
        memcpy(many + 2 * i, "x,", 3);
    assert_int_equal(kind_words_read(&words, many, NULL, &err), RWDA_EINVAL);
    assert_string_equal(err.message, "more than 256 kinds");
    kind_words_free(&words);
}

static rwda_scorer *new_scorer(void)
{
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_scorer        *scorer  = NULL;
    rwda_error          err     = { 0 };

    options.method  = RWDA_METHOD_CLIP;
    options.prompts = RWDA_PROMPTS_SINGLE;
    assert_ok(rwda_scorer_new(&scorer, demo.session, NULL, &options, &err), err);
    return scorer;
}

static json_int_t number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void opinions_are_the_librarys(void **state)
{
    static const char *const names[] = { "scratch", "hole", "na\xc3\xafve <b>" };
    rwda_scorer             *scorer  = new_scorer();
    rwda_kinds              *kinds   = NULL;
    rwda_image              *image   = NULL;
    float                   *map;
    rwda_region              region;
    rwda_kind                ranked[3];
    kind_opinion             own, given;
    rwda_error               err = { 0 };

    (void)state;
    assert_ok(rwda_kinds_new(&kinds, demo.session, names, 3, NULL, &err), err);
    assert_ok(rwda_image_load(&image, RWDA_TEST_DIR "/../samples/defect/wood_hole.jpg", NULL, &err), err);
    map = calloc((size_t)image->width * (size_t)image->height, sizeof *map);
    assert_non_null(map);
    assert_ok(rwda_map_compute(map, demo.session, scorer, image, NULL, &err), err);
    assert_ok(rwda_kinds_region(&region, kinds, map, image->width, image->height, NAN, &err), err);
    assert_ok(rwda_kinds_rank(ranked, demo.session, kinds, image, &region, map, NAN, &err), err);
    assert_ok(kind_opinion_of(&own, demo.session, scorer, kinds, image, NULL, &err), err);
    assert_ok(kind_opinion_of(&given, demo.session, scorer, kinds, image, map, &err), err);
    assert_true(json_equal(own.ranked, given.ranked) && json_equal(own.region, given.region));
    assert_int_equal(json_array_size(own.ranked), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *one = json_array_get(own.ranked, i);

        assert_string_equal(json_string_value(json_object_get(one, "kind")), ranked[i].name);
        assert_true((float)json_real_value(json_object_get(one, "score")) == ranked[i].score);
    }
    assert_string_equal(own.first, ranked[0].name);
    assert_true(number(own.region, "x") == region.x && number(own.region, "y") == region.y &&
                number(own.region, "width") == region.width && number(own.region, "height") == region.height);
    kind_opinion_free(&given);
    for (int i = 0; i < image->width * image->height; i++) /* another map: its region counts, in a corner */
        map[i] = i / image->width < 9 && i % image->width < 9 ? 0.7f : 0.1f;
    assert_ok(kind_opinion_of(&given, demo.session, scorer, kinds, image, map, &err), err);
    assert_true(number(given.region, "x") == 0 && number(given.region, "y") == 0);
    assert_false(json_equal(own.ranked, given.ranked));
    kind_opinion_free(&own);
    kind_opinion_free(&given);
    assert_null(given.ranked);
    free(map);
    rwda_image_free(image);
    rwda_kinds_free(kinds);
    rwda_scorer_free(scorer);
}

static void opinions_become_text(void **state)
{
    json_t *ranked = json_pack("[{s:s, s:f}, {s:s, s:f}, {s:f}]", "kind", "scratch", "score", 0.625, "kind", "a <b>",
                               "score", 0.25, "score", 0.125);
    char   *text   = kind_opinion_text(ranked, 5);

    (void)state;
    assert_string_equal(text, "scratch 0.62, a <b> 0.25, ? 0.12");
    free(text);
    text = kind_opinion_text(ranked, 1);
    assert_string_equal(text, "scratch 0.62");
    free(text);
    assert_null(kind_opinion_text(NULL, 5));
    assert_null(kind_opinion_text(json_array_get(ranked, 0), 5));
    json_decref(ranked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_split),
        cmocka_unit_test(odd_lists_are_refused),
        cmocka_unit_test(opinions_are_the_librarys),
        cmocka_unit_test(opinions_become_text),
    };

    return cmocka_run_group_tests(tests, demo_open, demo_close);
}

/* test_kind_lists.c - are lists of kinds found again, and does the one not used for longest give way? */
#include "serve/kind_lists.h"

#include "tests/serve/fixture.h"

static fixture_engine engine;

static int set_up(void **state)
{
    (void)state;
    fixture_engine_open(&engine);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_engine_close(&engine);
    return 0;
}

static settings wanted(const char *list)
{
    settings s = { .options = RWDA_SCORER_OPTIONS_INIT };

    (void)snprintf(s.kinds, sizeof s.kinds, "%s", list);
    return s;
}

static const rwda_kinds *ask(kind_lists *cache, const settings *s)
{
    const rwda_kinds *kinds = NULL;
    rwda_error        err;

    assert_ok(kind_lists_get(&kinds, cache, engine.session, s, &err), err);
    return kinds;
}

static void the_same_question_shares_a_list(void **state)
{
    kind_lists       *cache = kind_lists_new();
    settings          s     = wanted("a_1, b");
    const rwda_kinds *first = ask(cache, &s), *others[3];

    (void)state;
    assert_int_equal(rwda_kinds_count(first), 2);
    assert_string_equal(rwda_kinds_name(first, 1), "b");
    s.options.method = RWDA_METHOD_CLIP; /* no matter to words */
    s.map            = MAP_REGIONS;
    assert_ptr_equal(ask(cache, &s), first);
    strcpy(s.object, "wood");
    s.options.object = s.object;
    others[0]        = ask(cache, &s);
    s.options.names  = RWDA_NAMES_RAW;
    others[1]        = ask(cache, &s);
    s                = wanted("a_1,b");
    others[2]        = ask(cache, &s);
    for (size_t i = 0; i < RW_COUNTOF(others); i++) {
        assert_ptr_not_equal(others[i], first);
        for (size_t k = 0; k < i; k++)
            assert_ptr_not_equal(others[i], others[k]);
    }
    s = wanted("a_1, b");
    assert_ptr_equal(ask(cache, &s), first);
    kind_lists_free(cache);
}

static void the_one_not_used_for_longest_gives_way(void **state)
{
    kind_lists       *cache = kind_lists_new();
    settings          a = wanted("a"), b = wanted("b"), s;
    const rwda_kinds *of_a = ask(cache, &a);
    char              name[8];

    (void)state;
    (void)ask(cache, &b);
    for (int i = 0; i < KIND_LISTS_MAX - 2; i++) {
        (void)snprintf(name, sizeof name, "x%d", i);
        s = wanted(name);
        (void)ask(cache, &s);
    }
    assert_ptr_equal(ask(cache, &a), of_a); /* b's is now the oldest */
    s = wanted("y");
    (void)ask(cache, &s);
    assert_ptr_equal(ask(cache, &a), of_a);
    kind_lists_free(cache);
}

static void a_failure_leaves_no_list(void **state)
{
    kind_lists       *cache = kind_lists_new();
    settings          s     = wanted("a,,b");
    const rwda_kinds *kinds = NULL;
    rwda_error        err;

    (void)state;
    assert_int_equal(kind_lists_get(&kinds, cache, engine.session, &s, &err), RWDA_EINVAL);
    assert_null(kinds);
    s = wanted("a,b");
    (void)ask(cache, &s);
    kind_lists_free(cache);
    kind_lists_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_question_shares_a_list),
        cmocka_unit_test(the_one_not_used_for_longest_gives_way),
        cmocka_unit_test(a_failure_leaves_no_list),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

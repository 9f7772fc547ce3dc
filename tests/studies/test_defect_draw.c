/* test_defect_draw.c - are defect types drawn evenly, and the same ones from the same state? */
#include "studies/defect_draw.h"

#include "tests/unit/check.h"

#define N 6

static void fill(const char *names[N])
{
    static const char *const all[N] = { "a", "b", "c", "d", "e", "f" };

    memcpy(names, all, sizeof all);
}

static void one_state_gives_one_choice(void **state)
{
    const char *first[N], *again[N], *other[N];
    uint64_t    s = 7, t = 7;
    bool        differs = false;

    (void)state;
    fill(first);
    fill(again);
    defect_draw(first, N, 3, &s);
    defect_draw(again, N, 3, &t);
    assert_memory_equal(first, again, sizeof first);
    assert_int_equal(s, t);
    for (int i = 0; i < 10 && !differs; i++) { /* the state moves on */
        fill(other);
        defect_draw(other, N, 3, &s);
        differs = memcmp(first, other, sizeof first) != 0;
    }
    assert_true(differs);
}

/* The first numbers of SplitMix64 from 0, modulo 6, 5 and 4, are 1, 0 and 3: what was drawn once is drawn again. */
static void the_choice_is_known(void **state)
{
    const char *names[N];
    uint64_t    s = 0;

    (void)state;
    fill(names);
    defect_draw(names, N, 3, &s);
    assert_string_equal(names[0], "b");
    assert_string_equal(names[1], "a");
    assert_string_equal(names[2], "f");
}

static void every_name_is_as_likely(void **state)
{
    int      hits[N] = { 0 };
    uint64_t s       = 1;

    (void)state;
    for (int i = 0; i < 12000; i++) {
        const char *names[N];

        fill(names);
        defect_draw(names, N, 2, &s);
        assert_ptr_not_equal(names[0], names[1]);
        hits[names[0][0] - 'a']++;
        hits[names[1][0] - 'a']++;
    }
    for (int i = 0; i < N; i++)
        assert_true(abs(hits[i] - 4000) < 260); /* five standard deviations */
}

static void all_or_none_can_be_drawn(void **state)
{
    const char *names[N];
    uint64_t    s    = 3;
    int         seen = 0;

    (void)state;
    defect_draw(names, 0, 0, &s);
    fill(names);
    defect_draw(names, N, N, &s);
    for (int i = 0; i < N; i++)
        seen |= 1 << (names[i][0] - 'a');
    assert_int_equal(seen, (1 << N) - 1);
}

static void an_item_with_several_types_has_each(void **state)
{
    const char *const chosen[] = { "hole", "scratch" };

    (void)state;
    assert_true(defect_drawn("hole", chosen, 2));
    assert_true(defect_drawn("bent+scratch", chosen, 2));
    assert_true(defect_drawn("scratch+bent", chosen, 2));
    assert_false(defect_drawn("scratch+bent", chosen, 1));
    assert_false(defect_drawn("holes", chosen, 2));
    assert_false(defect_drawn("keyhole", chosen, 2));
    assert_false(defect_drawn("", chosen, 2));
    assert_false(defect_drawn("hole", chosen, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_state_gives_one_choice),
        cmocka_unit_test(the_choice_is_known),
        cmocka_unit_test(every_name_is_as_likely),
        cmocka_unit_test(all_or_none_can_be_drawn),
        cmocka_unit_test(an_item_with_several_types_has_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

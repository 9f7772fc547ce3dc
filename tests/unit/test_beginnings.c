/* test_beginnings.c - is the shared beginning the one that saves most rows, and does every text keep a token of its own? */
#include "clip/beginnings.h"

#include "tests/unit/check.h"

#define MOST 8

static const struct {
    const char *what;
    size_t      n, lengths[MOST];
    int32_t     ids[64];
    size_t      length, count, of[MOST]; /* expected; of: 9 stands for alone */
} cases[] = {
    { "one text shares with nobody", 1, { 3 }, { 1, 2, 3 }, 0, 0, { 9 } },
    { "nothing in common", 2, { 2, 2 }, { 1, 2, 3, 4 }, 0, 0, { 9, 9 } },
    { "equal texts keep their last token", 2, { 3, 3 }, { 1, 2, 3, 1, 2, 3 }, 2, 1, { 0, 0 } },
    { "a text that is the beginning stands alone",
      4,
      { 2, 3, 3, 3 },
      { 1, 2, 1, 2, 3, 1, 2, 4, 1, 2, 5 },
      2,
      1,
      { 9, 0, 0, 0 } },
    { "two groups of two: longer beginnings save more than one short one", /* 1 token: 3 rows; 3 tokens: 6 rows */
      4,
      { 4, 4, 4, 4 },
      { 1, 2, 3, 10, 1, 5, 6, 11, 1, 2, 3, 12, 1, 5, 6, 13 },
      3,
      2,
      { 0, 1, 0, 1 } },
    { "one short beginning saves more than a long one of few", /* 1 token: 4 rows; 3 tokens: 3 rows */
      5,
      { 4, 4, 3, 3, 3 },
      { 1, 2, 3, 4, 1, 2, 3, 5, 1, 6, 7, 1, 8, 9, 1, 10, 11 },
      1,
      1,
      { 0, 0, 0, 0, 0 } },
};

static void chooses_what_saves_most(void **state)
{
    (void)state;
    for (size_t c = 0; c < RW_COUNTOF(cases); c++) {
        rw_arena      arena = { NULL, NULL };
        rw_beginnings found;
        rwda_error    err             = { 0 };
        size_t        start[MOST + 1] = { 0 };

        for (size_t i = 0; i < cases[c].n; i++)
            start[i + 1] = start[i] + cases[c].lengths[i];
        assert_ok(rw_beginnings_find(&found, cases[c].ids, start, cases[c].n, &arena, &err), err);
        if (found.length != cases[c].length || found.count != cases[c].count)
            fail_msg("%s: %zu beginnings of %zu tokens, want %zu of %zu", cases[c].what, found.count, found.length,
                     cases[c].count, cases[c].length);
        for (size_t i = 0; i < cases[c].n; i++)
            if (found.of[i] != (cases[c].of[i] == 9 ? SIZE_MAX : cases[c].of[i]))
                fail_msg("%s: text %zu has beginning %zu", cases[c].what, i, found.of[i]);
        for (size_t b = 0; b < found.count; b++)
            assert_int_equal(found.of[found.text[b]], b);
        rw_arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(chooses_what_saves_most) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_prefix_tree.c - does every text come back from its path in the tree, with no row computed twice? */
#include "clip/prefix_tree.h"

#include "base/random.h"
#include "clip/block.h"
#include "tests/unit/check.h"

#define MOST 8
#define NONE 99 /* stands for RW_NO_PARENT in a table */

static const struct {
    const char *what;
    size_t      n, lengths[MOST];
    int32_t     ids[64];
    size_t      sequences, parent[2 * MOST], end[2 * MOST]; /* expected */
} cases[] = {
    { "one text shares with nobody", 1, { 3 }, { 1, 2, 3 }, 1, { NONE }, { 3 } },
    { "nothing in common", 2, { 2, 2 }, { 1, 2, 3, 4 }, 2, { NONE, NONE }, { 2, 2 } },
    { "equal texts keep their last token", 2, { 3, 3 }, { 1, 2, 3, 1, 2, 3 }, 3, { 2, 2, NONE }, { 3, 3, 2 } },
    { "equal texts of one token share none", 2, { 1, 1 }, { 1, 1 }, 2, { NONE, NONE }, { 1, 1 } },
    { "a text that is a prefix of others keeps its last token; they share it",
      3,
      { 2, 3, 3 },
      { 1, 2, 1, 2, 3, 1, 2, 4 },
      5,
      { 3, 4, 4, NONE, 3 },
      { 2, 3, 3, 1, 2 } },
    { "three that share the same", 3, { 2, 2, 2 }, { 1, 2, 1, 3, 1, 4 }, 4, { 3, 3, 3, NONE }, { 2, 2, 2, 1 } },
    { "a longer prefix within a shorter one: the later opens in the earlier",
      3,
      { 3, 4, 4 },
      { 1, 2, 3, 1, 4, 5, 6, 1, 4, 5, 7 },
      5,
      { 3, 4, 4, NONE, 3 },
      { 3, 4, 4, 1, 3 } },
    { "the shorter one is found when the longer closes, and takes it in",
      3,
      { 4, 4, 3 },
      { 1, 4, 5, 6, 1, 4, 5, 7, 1, 8, 9 },
      5,
      { 3, 3, 4, 4, NONE },
      { 4, 4, 3, 3, 1 } },
    { "two groups of two in one",
      4,
      { 4, 4, 4, 4 },
      { 1, 2, 3, 10, 1, 2, 3, 12, 1, 5, 6, 11, 1, 5, 6, 13 },
      7,
      { 4, 4, 6, 6, 5, NONE, 5 },
      { 4, 4, 4, 4, 3, 1, 3 } },
    { "several close at once, and a group without relations follows",
      5,
      { 4, 4, 3, 2, 2 },
      { 1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 6, 7, 8, 7, 9 },
      8,
      { 5, 5, 6, 7, 7, 6, NONE, NONE },
      { 4, 4, 3, 2, 2, 3, 2, 1 } },
};

static void prefixes_nest(void **state)
{
    (void)state;
    for (size_t c = 0; c < RW_COUNTOF(cases); c++) {
        rw_arena       arena = RW_ARENA_INIT;
        rw_text        texts[MOST];
        rw_prefix_tree found;
        rwda_error     err = { 0 };
        const int32_t *ids = cases[c].ids;

        for (size_t i = 0; i < cases[c].n; ids += cases[c].lengths[i++])
            texts[i] = (rw_text){ ids, cases[c].lengths[i], i };
        assert_ok(rw_prefix_tree_build(&found, texts, cases[c].n, true, &arena, &err), err);
        if (found.n != cases[c].sequences)
            fail_msg("%s: %zu sequences, want %zu", cases[c].what, found.n, cases[c].sequences);
        for (size_t i = 0; i < found.n; i++) {
            size_t parent = cases[c].parent[i] == NONE ? RW_NO_PARENT : cases[c].parent[i];

            if (found.parent[i] != parent || found.end[i] != cases[c].end[i] ||
                found.first[i] != (parent == RW_NO_PARENT ? 0 : cases[c].end[parent]))
                fail_msg("%s: sequence %zu is tokens %zu to %zu after %zu", cases[c].what, i, found.first[i], found.end[i],
                         found.parent[i]);
        }
        rw_arena_done(&arena);
    }
}

/* Texts of few different tokens, so that much is shared: some sorted, some not. */
static size_t draw_texts(rw_text *texts, int32_t *ids, size_t n, rw_random *random)
{
    size_t total = 0;

    for (size_t i = 0; i < n; i++) {
        texts[i] = (rw_text){ ids + total, 1 + rw_random_u32(random) % 12, i };
        for (size_t t = 0; t < texts[i].length; t++)
            ids[total++] = (int32_t)(rw_random_u32(random) % 3);
    }
    return total;
}

/* The text of sequence `s` from its chain, from the end; how many sequences that takes. */
static size_t follow(int32_t *tokens, const rw_prefix_tree *b, const rw_text *texts, size_t s)
{
    size_t depth = 0;

    for (; s != RW_NO_PARENT; s = b->parent[s], depth++) {
        assert_true(b->first[s] < b->end[s]);
        assert_int_equal(b->first[s], b->parent[s] != RW_NO_PARENT ? b->end[b->parent[s]] : 0);
        for (size_t t = b->first[s]; t < b->end[s]; t++)
            tokens[t] = texts[b->text[s]].ids[t];
    }
    return depth;
}

static size_t count_rows(const rw_prefix_tree *b)
{
    size_t rows = 0;

    for (size_t i = 0; i < b->n; i++)
        rows += b->end[i] - b->first[i];
    return rows;
}

/* Beginnings of texts, without their last token, that no earlier text has: what must be computed at least, and a row for each text. */
static size_t fewest_rows(const rw_text *texts, size_t n)
{
    size_t rows = n;

    for (size_t i = 0; i < n; i++)
        for (size_t length = 1; length < texts[i].length; length++) {
            bool seen = false;

            for (size_t j = 0; j < i && !seen; j++)
                seen = texts[j].length > length && memcmp(texts[j].ids, texts[i].ids, length * sizeof(int32_t)) == 0;
            rows += !seen;
        }
    return rows;
}

static void every_text_comes_back_from_its_chain(void **state)
{
    rw_random random  = rw_random_init(11, 3);
    size_t    deepest = 0;

    (void)state;
    for (size_t round = 0; round < 200; round++) {
        rw_arena       arena = RW_ARENA_INIT;
        rw_text        texts[40];
        int32_t        ids[40 * 12], tokens[12];
        size_t         n = 1 + rw_random_u32(&random) % 40;
        rw_prefix_tree found;
        rwda_error     err = { 0 };

        (void)draw_texts(texts, ids, n, &random);
        if (round % 2 == 0)
            rw_texts_sort(texts, n);
        assert_ok(rw_prefix_tree_build(&found, texts, n, true, &arena, &err), err);
        assert_true(found.n >= n && found.n < 2 * n);
        for (size_t i = 0; i < found.n; i++) {
            size_t depth = follow(tokens, &found, texts, i);

            deepest = depth > deepest ? depth : deepest;
            assert_memory_equal(tokens, texts[found.text[i]].ids, found.end[i] * sizeof *tokens);
            if (i < n) {
                assert_int_equal(found.text[i], i);
                assert_int_equal(found.end[i], texts[i].length);
            }
        }
        if (round % 2 == 0)
            assert_int_equal(count_rows(&found), fewest_rows(texts, n));
        rw_arena_done(&arena);
    }
    assert_true(deepest >= 5);
}

static void sorting_goes_by_tokens_then_length_then_number(void **state)
{
    static const int32_t ids[]   = { 5, 1, 2, 5, 1, 9, 5, 1, 4, 5, 1, 2 };
    const rw_text        want[]  = { { ids, 2, 1 }, { ids, 3, 0 }, { ids + 9, 3, 4 }, { ids + 6, 3, 3 }, { ids + 3, 3, 2 } };
    rw_text              texts[] = { want[1], want[0], want[4], want[3], want[2] };

    (void)state;
    rw_texts_sort(texts, RW_COUNTOF(texts));
    for (size_t i = 0; i < RW_COUNTOF(texts); i++)
        assert_int_equal(texts[i].number, want[i].number);
    assert_true(rw_texts_equal(&texts[1], &texts[2]));
    assert_false(rw_texts_equal(&texts[0], &texts[1]));
    assert_false(rw_texts_equal(&texts[2], &texts[3]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_nest),
        cmocka_unit_test(every_text_comes_back_from_its_chain),
        cmocka_unit_test(sorting_goes_by_tokens_then_length_then_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_bpe.c - does the tokenizer give OpenCLIP's ids?  The complete comparison is tools/reference/compare_tokenizer.py. */
#include "clip/bpe.h"

#include "clip/clip.h"
#include "tests/unit/check.h"

/* Ids without start and end.  From OpenCLIP's SimpleTokenizer (open-clip-torch 3.3.0, ftfy switched off), 2026-11-24. */
static const struct {
    const char *text;
    int32_t     ids[24];
    size_t      n;
} known[] = {
    { "", { 0 }, 0 },
    { " \t\n ", { 0 }, 0 },
    { "a photo of a cat", { 320, 1125, 539, 320, 2368 }, 5 },
    { "hello world!", { 3306, 1002, 256 }, 3 },
    { "normal object", { 5967, 14115 }, 2 },
    { "anomalous object", { 21612, 526, 879, 14115 }, 4 },
    { "a photo of a damaged metal_nut.", { 320, 1125, 539, 320, 13568, 4044, 318, 6491, 269 }, 9 },
    { "It's 2023, 100% OK", { 585, 568, 273, 271, 273, 274, 267, 272, 271, 271, 260, 2481 }, 12 },
    { "\"don't\" ... WE'LL", { 257, 847, 713, 257, 678, 649, 1342 }, 7 },
    { "A  Photo\tof   the normal object", { 320, 1125, 539, 518, 5967, 14115 }, 6 },
    { "a photo of a qzxvk wptrmbn normal object",
      { 320, 1125, 539, 320, 80, 89, 87, 41893, 15378, 635, 758, 333, 5967, 14115 },
      14 },
    { "&amp;lt;", { 283 }, 1 }, /* unescaped twice: '<' */
    { "a\xcd\x85"
      "b",
      { 320, 321 },
      2 },                                                /* U+0345 is in no alternative of the pattern */
    { "\xc4\xb0\xce\xa3 ", { 328, 16384, 139, 480 }, 4 }, /* I with dot, final sigma */
    { "<start_of_text>x<end_of_text>", { 49406, 343, 49407 }, 3 },
};

static rw_bpe *bpe;

static int set_up(void **state)
{
    rwda_error err;

    (void)state;
    return rw_bpe_new(&bpe, &err) != RWDA_OK;
}

static int tear_down(void **state)
{
    (void)state;
    rw_bpe_free(bpe);
    return 0;
}

static void gives_known_ids(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(known); i++) {
        int32_t    ids[77];
        size_t     count;
        int        cut = -1;
        rwda_error err;

        assert_ok(rw_bpe_encode(ids, &count, 77, &cut, bpe, known[i].text, strlen(known[i].text), &err), err);
        if (count != known[i].n + 2 || memcmp(ids + 1, known[i].ids, known[i].n * sizeof *ids) != 0)
            fail_msg("\"%s\": %zu ids, the first %d, want %zu, the first %d", known[i].text, count - 2, ids[1], known[i].n,
                     known[i].ids[0]);
        assert_int_equal(ids[0], RW_CLIP_SOT);
        assert_int_equal(ids[count - 1], RW_CLIP_EOT);
        assert_int_equal(cut, 0);
    }
}

static void cuts_long_texts_with_the_end_token_last(void **state)
{
    const char *text = "one two three four five";
    int32_t     ids[5];
    size_t      count;
    int         cut;
    rwda_error  err;

    (void)state;
    assert_ok(rw_bpe_encode(ids, &count, 5, &cut, bpe, text, strlen(text), &err), err);
    assert_int_equal(count, 5);
    assert_int_equal(ids[4], RW_CLIP_EOT);
    assert_int_equal(cut, 1);
    assert_ok(rw_bpe_encode(ids, &count, 5, &cut, bpe, "one two three", 13, &err), err);
    assert_int_equal(count, 5);
    assert_int_equal(cut, 0);
}

static void invalid_utf8_becomes_the_replacement_character(void **state)
{
    int32_t    ours[77], theirs[77];
    size_t     n, m;
    int        cut;
    rwda_error err;

    (void)state;
    assert_ok(rw_bpe_encode(ours, &n, 77, &cut, bpe,
                            "a\xff"
                            "b",
                            3, &err),
              err);
    assert_ok(rw_bpe_encode(theirs, &m, 77, &cut, bpe,
                            "a\xef\xbf\xbd"
                            "b",
                            5, &err),
              err);
    assert_int_equal(n, m);
    assert_memory_equal(ours, theirs, n * sizeof *ours);
}

/* The text's last byte lies before a page that cannot be read. */
static void reads_no_further_than_told(void **state)
{
    static const char *const texts[] = {
        "a photo", "\xe6\xbc", "&amp", "&#x1F6", "it'", "<start_of_tex", "\xc4\xb0\xc4\xb0\xc4\xb0"
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(texts); i++) {
        guarded    g = guarded_copy(texts[i], strlen(texts[i]));
        int32_t    ids[77];
        size_t     count;
        int        cut;
        rwda_error err;

        assert_ok(rw_bpe_encode(ids, &count, 77, &cut, bpe, (const char *)g.bytes, g.len, &err), err);
        guarded_free(&g);
    }
}

static void refuses_what_would_take_too_long(void **state)
{
    size_t     len  = 1 << 20, count;
    char      *text = malloc(len);
    int32_t    ids[77];
    int        cut;
    rwda_error err;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', len);
    assert_int_equal(rw_bpe_encode(ids, &count, 77, &cut, bpe, text, len, &err), RWDA_ELIMIT);
    assert_int_equal(rw_bpe_encode(ids, &count, 1, &cut, bpe, "x", 1, &err), RWDA_EINVAL);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_known_ids),
        cmocka_unit_test(cuts_long_texts_with_the_end_token_last),
        cmocka_unit_test(invalid_utf8_becomes_the_replacement_character),
        cmocka_unit_test(reads_no_further_than_told),
        cmocka_unit_test(refuses_what_would_take_too_long),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* test_bpe.c - does the tokenizer give OpenCLIP's ids?  The complete comparison is tools/reference/compare_tokenizer.py. */
#include "clip/bpe.h"

#include "clip/clip.h"
#include "tests/unit/check.h"

/* Ids without start and end.  From OpenCLIP's SimpleTokenizer (open-clip-torch 3.3.0, ftfy 6.3.1), 2026-11-28. */
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
    /* What ftfy repairs: quotes and ligatures, composition, width, wrong code pages, terminal escapes, byte-order marks, entities in
     * capitals, but none beside a '<'. */
    { "\xe2\x80\x9cit\xe2\x80\x99s\xe2\x80\x9d \xef\xac\x81ne", { 257, 585, 568, 257, 3797 }, 5 }, /* "it's" fine */
    { "cafe\xcc\x81", { 15304 }, 1 },                                                              /* café */
    { "\xef\xbc\xac\xef\xbc\xaf\xef\xbc\xb5\xef\xbc\xa4\xe3\x80\x80\xef\xbd\xb6\xef\xbe\x9e",
      { 7464, 3909, 361 },
      3 },                                                                           /* loud ガ */
    { "s\xc3\x83\xc2\xb3 voil\xc3\x83 le", { 82, 27733, 947, 543, 21259, 579 }, 6 }, /* só voilà le */
    { "\xc3\xa2\xe2\x82\xac\xc5\x93quoted\xc3\xa2\xe2\x82\xac\xc2\x9d and more",
      { 257, 27706, 257, 537, 750 },
      5 }, /* "quoted" and more */
    { "\x1b[31mred\x1b[0m \x07"
      "bell",
      { 736, 3718 },
      2 }, /* red bell */
    { "\xef\xbb\xbf"
      "a photo\x0d",
      { 320, 1125 },
      2 },                                                       /* a photo */
    { "&EACUTE;t&eacute; &lt;b", { 3459, 39694, 283, 321 }, 4 }, /* été <b */
    { "<p>&EACUTE;", { 283, 335, 29, 261, 68, 19734, 282 }, 7 }, /* <p>&eacute; */
    { "l\xe2\x80\x99humanit\xc3\x83\xc2\xa9 c\xc3\xa2\xe2\x82\xac\xe2\x84\xa2"
      "est la caf\xc3\x83\xc2\xa9",
      { 331, 262, 3175, 529, 4166, 322, 262, 1509, 1210, 15304 },
      10 }, /* l'humanité c'est la café */
    { "doppelt: \xc3\x83\xc6\x92\xc3\xa2\xe2\x82\xac\xc5\xbe", { 21774, 18692, 281, 47276 }, 4 }, /* doppelt: ä */
    { "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8 \xe0\xa5\x98", { 21122, 479, 22067, 3124, 376 }, 5 }, /* 각 क़ */
    { "\xce\x9f\xce\x94\xce\x9f\xce\xa3 \xc7\x85ungla",
      { 138, 123, 138, 112, 138, 123, 139, 480, 67, 129, 122, 10439, 1210 },
      13 },                                                                                 /* οδος džungla */
    { "\xc3\x83  la mode, f\xc3\x83 cil", { 21259, 1210, 6493, 267, 69, 21259, 2998 }, 7 }, /* à la mode, fà cil */
    { "\xc5\x89 \xc7\x84", { 262, 333, 67, 129, 378 }, 5 },                                 /* 'n dž */
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

static size_t encoded(int32_t ids[77], const char *text)
{
    size_t     count;
    rwda_error err;

    assert_ok(rw_bpe_encode(ids, &count, 77, NULL, bpe, text, strlen(text), &err), err);
    return count;
}

/* As Python's errors="replace": one replacement character for as much of a sequence as can be. */
static void a_cut_sequence_is_one_replacement_character(void **state)
{
    static const struct {
        const char *text, *same;
    } rows[] = {
        { "a\xf0\x9f\x98", "a\xef\xbf\xbd" },
        { "\xf0\x9fz", "\xef\xbf\xbdz" },
        { "\xe6\xbc z", "\xef\xbf\xbd z" },
        { "\xed\xa0\x80",
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* a surrogate, an overlong form, beyond the last: byte by byte */
        { "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xf5\x80", "\xef\xbf\xbd\xef\xbf\xbd" },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(rows); i++) {
        int32_t ours[77], theirs[77];
        size_t  n = encoded(ours, rows[i].text);

        assert_int_equal(n, encoded(theirs, rows[i].same));
        assert_memory_equal(ours, theirs, n * sizeof *ours);
    }
}

/* Letters of Unicode 16 to 18 are letters, and have lower case. */
static void knows_letters_of_this_year(void **state)
{
    static const struct {
        const char *text, *same;
    } rows[] = { { "a\xea\x9f\x8b", "a\xc9\xa4" },
                 { "\xf0\x96\xba\xa0", "\xf0\x96\xba\xbb" },
                 { "\xe1\xb2\x89", "\xe1\xb2\x8a" } };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(rows); i++) {
        int32_t ours[77], theirs[77];
        size_t  n = encoded(ours, rows[i].text);

        assert_int_equal(n, encoded(theirs, rows[i].same));
        assert_memory_equal(ours, theirs, n * sizeof *ours);
    }
}

/* The longest texts that take many rounds of repair: nested entities, wrong decodings within wrong decodings, unordered accents, ligatures
 * that become three letters each. */
static void hostile_texts_end(void **state)
{
    static const char *const parts[] = { "&amp;amp;",    "\xc3\x83\xc6\x92",  "\xc3\xa2\xe2\x82\xac", "\xcc\x81\xcc\xa3",
                                         "\xef\xac\x83", "\xc2\x9d\xc3\x83 ", "\xf0\x9d\x85\xa0",     "\xc7\x96" };
    size_t                   room    = 65536;
    char                    *text    = malloc(room);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < RW_COUNTOF(parts); i++) {
        size_t     len = 0, count, part = strlen(parts[i]);
        int32_t    ids[77];
        int        cut;
        rwda_error err;

        for (; len + part <= room; len += part)
            memcpy(text + len, parts[i], part);
        assert_ok(rw_bpe_encode(ids, &count, 77, &cut, bpe, text, len, &err), err);
    }
    free(text);
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
        cmocka_unit_test(a_cut_sequence_is_one_replacement_character),
        cmocka_unit_test(knows_letters_of_this_year),
        cmocka_unit_test(hostile_texts_end),
        cmocka_unit_test(reads_no_further_than_told),
        cmocka_unit_test(refuses_what_would_take_too_long),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

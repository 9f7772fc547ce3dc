/* test_pattern.c - where do patterns match, and which are refused?  Expected cuts are Oniguruma's (tokenizers 0.23.3, Split "isolated"). */
#include "clip/pattern.h"

#include "clip/unicode.h"
#include "tests/unit/check.h"

static const struct {
    const char *pattern, *text, *cut; /* matches in < > */
} cuts[] = {
    { "b", "abcb", "a<b>c<b>" },
    { "\\s+", "a  b\tc", "a<  >b<\t>c" },
    { " {2,}", "a  b c   ", "a<  >b c<   >" },
    { "a{2}", "aaaaa", "<aa><aa>a" },
    { "a{1,2}?", "aaa", "<a><a><a>" },
    { "a*", "baac", "<>b<aa>c<>" },
    { "ab|a", "aab", "<a><ab>" },
    { "a|ab", "ab", "<a>b" },
    { "(?:ab)+c?", "ababcab", "<ababc><ab>" },
    { "[^\\s\\p{L}\\p{N}]+", "a, b!?1", "a<,> b<!?>1" },
    { "[a-cx\\-]+", "abd-xe", "<ab>d<-x>e" },
    { "\\s+(?!\\S)|\\s+", "a  b ", "a< >< >b< >" },
    { "(?i:'s|'ll)", "it'S we'lL'", "it<'S> we<'lL>'" },
    { "\\p{N}{1,3}", "12345", "<123><45>" },
    { "a(?=b)", "abac", "<a>bac" },
    { "a++b|a", "aaab", "<aaab>" },
    { "a++ab|a", "aab", "<a><a>b" },
    { "(?>a|ab)c", "abc", "abc" },
    { "^a", "a\na", "<a>\n<a>" },
    { "a$", "aa\na", "a<a>\n<a>" },
    { "\\Aa|a\\z", "aaa", "<a>a<a>" },
    { "\\x41\\u00e9\\x{1f600}", "A\xc3\xa9\xf0\x9f\x98\x80", "<A\xc3\xa9\xf0\x9f\x98\x80>" },
    { "\\d|\\W", "1a_b2-", "<1>a_b<2><->" },
    { ".", "a\nb", "<a>\n<b>" },
    { "a+?", "aa", "<a><a>" },
};

static void cuts_where_it_matches(void **state)
{
    rw_span *spans = NULL;
    size_t   room  = 0;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cuts); i++) {
        rw_pattern       *pattern;
        int32_t           points[64];
        size_t            n = rw_utf8_decode(points, (const uint8_t *)cuts[i].text, strlen(cuts[i].text)), count, len = 0;
        char              got[256];
        rwda_error        err;
        rw_pattern_budget budget = rw_pattern_budget_of(strlen(cuts[i].text));

        assert_ok(rw_pattern_new(&pattern, cuts[i].pattern, strlen(cuts[i].pattern), "x", &err), err);
        assert_ok(rw_pattern_cut(&spans, &count, &room, pattern, points, n, &budget, &err), err);
        for (size_t s = 0; s < count; s++) {
            if (spans[s].match)
                got[len++] = '<';
            for (size_t k = spans[s].begin; k < spans[s].end; k++)
                len += rw_utf8_encode((uint8_t *)got + len, points[k]);
            if (spans[s].match)
                got[len++] = '>';
        }
        got[len] = '\0';
        if (strcmp(got, cuts[i].cut) != 0)
            fail_msg("\"%s\" cuts \"%s\" to \"%s\", not \"%s\"", cuts[i].pattern, cuts[i].text, got, cuts[i].cut);
        rw_pattern_free(pattern);
    }
    free(spans);
}

static void refuses_the_rest_by_name(void **state)
{
    static const struct {
        const char *pattern;
        rwda_status code;
        const char *says;
    } bad[] = {
        { "(a", RWDA_EFORMAT, "a group without an end" },
        { "a)", RWDA_EFORMAT, "a bracket too many" },
        { "[a", RWDA_EFORMAT, "a class without an end" },
        { "*a", RWDA_EFORMAT, "a repetition of nothing" },
        { "a\\", RWDA_EFORMAT, "it ends in a backslash" },
        { "(a*)*", RWDA_EUNSUPPORTED, "a repetition of what may be empty" },
        { "a**", RWDA_EUNSUPPORTED, "a repetition of a repetition" },
        { "a{2}+", RWDA_EUNSUPPORTED, "a repetition of a repetition" },
        { "a{2}?", RWDA_EUNSUPPORTED, "a repetition of a repetition" },
        { "a{x", RWDA_EUNSUPPORTED, "a brace that is no repetition" },
        { "a{9999}", RWDA_ELIMIT, "over 1000 times" },
        { "(?:(?:a{1000}){1000}){1000}", RWDA_ELIMIT, "too many instructions" },
        { "\\bword", RWDA_EUNSUPPORTED, "an escape that is not read" },
        { "(a)\\1", RWDA_EUNSUPPORTED, "an escape that is not read" },
        { "\\p{Han}", RWDA_EUNSUPPORTED, "only general categories" },
        { "[[:alpha:]]", RWDA_EUNSUPPORTED, "a class in a class" },
        { "[a&&b]", RWDA_EUNSUPPORTED, "a class in a class" },
        { "(?i:\xc3\xa9)", RWDA_EUNSUPPORTED, "beyond ASCII with case ignored" },
        { "(?<=a)b", RWDA_EUNSUPPORTED, "a kind of group that is not read" },
        { "((((((((((((((((((a))))))))))))))))))", RWDA_ELIMIT, "nested too deep" },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
        rw_pattern *pattern = POISON;
        rwda_error  err;

        assert_refused(bad[i].pattern, rw_pattern_new(&pattern, bad[i].pattern, strlen(bad[i].pattern), "x", &err),
                       bad[i].code, &err, bad[i].says);
        assert_null(pattern);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_where_it_matches),
        cmocka_unit_test(refuses_the_rest_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

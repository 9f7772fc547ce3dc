/* test_name_text.c - are any names valid UTF-8 as text, different from each other, and what they were when read back? */
#include "base/name_text.h"

#include "base/memory.h"
#include "base/random.h"
#include "tests/unit/check.h"

#include <jansson.h>
#include <string.h>

static void names_have_texts(void **state)
{
    static const struct {
        const char *name, *text;
    } cases[] = { { "", "" },
                  { "plain.png", "plain.png" },
                  { "gr\xc3\xbc\xc3\x9f.png", "gr\xc3\xbc\xc3\x9f.png" },
                  { "gr\xfc\xdf.png", "gr\\xfc\\xdf.png" },       /* Latin-1 */
                  { "\xc3\xa4\xff", "\xc3\xa4\\xff" },            /* only the wrong byte */
                  { "\xc0\xaf", "\\xc0\\xaf" },                   /* overlong */
                  { "\xed\xa0\x80", "\\xed\\xa0\\x80" },          /* half a surrogate */
                  { "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* above U+10FFFF */
                  { "cut\xe2\x82", "cut\\xe2\\x82" },
                  { "a\\b\\x.png", "a\\b\\x.png" }, /* no escape: stays */
                  { "\\xfc", "\\x5cxfc" },
                  { "\\x5cxfc", "\\x5cx5cxfc" },
                  { "\\x\xfc", "\\x\\xfc" },
                  { "\\\xfc", "\\\\xfc" },
                  { "tab\tnew\nline\x7f", "tab\tnew\nline\x7f" } };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        char *text = rw_name_to_text(cases[i].name, false);

        assert_string_equal(text, cases[i].text);
        assert_int_equal(rw_name_from_text(text), strcmp(cases[i].name, cases[i].text) != 0);
        assert_string_equal(text, cases[i].name);
        free(text);
    }
}

static void controls_are_escaped_where_asked(void **state)
{
    char *text = rw_name_to_text("a\x01\tb\x7f\xc3\xa4", true), *steering = rw_name_to_text("\xc2\x9b"
                                                                                            "1m\xe2\x80\xae",
                                                                                            true);

    (void)state;
    assert_string_equal(text, "a\\x01\\x09"
                              "b\\x7f\xc3\xa4");
    assert_true(rw_name_from_text(text));
    assert_string_equal(text, "a\x01\tb\x7f\xc3\xa4");
    free(text);
    assert_string_equal(steering, "\\xc2\\x9b"
                                  "1m\\xe2\\x80\\xae");
    free(steering);
}

/* Names of few letters, so that escapes are written by chance. */
static void any_name_comes_back(void **state)
{
    static const char letters[] = "\\x5cfF\xff\xc3\xa4\xe2/";
    rw_random         random    = rw_random_init(7, 0);

    (void)state;
    for (int i = 0; i < 100000; i++) {
        char    name[13] = "";
        char   *text, *back;
        json_t *valid;

        for (size_t k = 0, n = rw_random_below(&random, 12); k < n; k++)
            name[k] = letters[rw_random_below(&random, sizeof letters - 1)];
        text  = rw_name_to_text(name, i % 2 == 1);
        back  = rw_string_copy(text);
        valid = json_string(text);
        assert_non_null(valid);
        (void)rw_name_from_text(back);
        assert_string_equal(back, name);
        json_decref(valid);
        free(back);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_texts),
        cmocka_unit_test(controls_are_escaped_where_asked),
        cmocka_unit_test(any_name_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

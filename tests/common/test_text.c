/* test_text.c - do any text and number come out as JSON and CSV that can be read again? */
#include "common/text.h"

#include "tests/unit/check.h"

#include <math.h>

static void texts_become_json(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = { { "plain", "plain" },
                  { "\"\\\n\t\x01", "\"\\\n\t\x01" },
                  { "\xf0\x9f\x94\xa9", "\xf0\x9f\x94\xa9" },
                  { "a\x80z", "a\\x80z" },
                  { "\xc0\xaf", "\\xc0\\xaf" },
                  { "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
                  { "\xc3\xa4\xff", "\xc3\xa4\\xff" }, /* the wrong byte alone */
                  { "\\xff", "\\x5cxff" } };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        json_t *json = rw_json_text(cases[i].text), *back;
        char   *text = json_dumps(json, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

        assert_string_equal(json_string_value(json), cases[i].wanted);
        back = json_loads(text, JSON_DECODE_ANY, NULL);
        assert_true(json_equal(json, back));
        json_decref(back);
        json_decref(json);
        free(text);
    }
    assert_true(json_is_null(rw_json_text(NULL)));
}

static void numbers_become_json(void **state)
{
    json_t *half = rw_json_number(-0.5);

    (void)state;
    assert_true(json_real_value(half) == -0.5);
    json_decref(half);
    assert_true(json_is_null(rw_json_number((double)NAN)));
    assert_true(json_is_null(rw_json_number((double)INFINITY)));
    assert_true(json_is_null(rw_json_number(-(double)INFINITY)));
}

static void texts_become_csv_cells(void **state)
{
    char  *text = NULL;
    size_t len  = 0;
    FILE  *out  = open_memstream(&text, &len);

    (void)state;
    assert_non_null(out);
    rw_csv_text(out, "");
    rw_csv_text(out, "a,\"b\"\nc");
    rw_csv_text(out, "\"");
    rw_csv_text(out, "\xfc");
    rw_csv_quoted(out, "\\xfc\"");
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "\"\"\"a,\"\"b\"\"\nc\"\"\"\"\"\"\\xfc\"\"\\xfc\"\"\"");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_become_json),
        cmocka_unit_test(numbers_become_json),
        cmocka_unit_test(texts_become_csv_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

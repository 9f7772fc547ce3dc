/* test_page.c - can a text become markup, and does a page load or run anything but its own? */
#include "report/page.h"

#include "tests/unit/check.h"

static char  *text; /* what was written since begin() */
static size_t text_len;

static FILE *begin(void)
{
    FILE *out = open_memstream(&text, &text_len);

    assert_non_null(out);
    return out;
}

static void texts_are_escaped(void **state)
{
    FILE *out = begin();

    (void)state;
    page_text(out, "<b>&\"'\xc3\xa4\xff</title>\n");
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "&lt;b&gt;&amp;&quot;&#39;\xc3\xa4\xff&lt;/title&gt;\n");
    free(text);
}

static void a_page_allows_its_own_script_only(void **state)
{
    static const char script[] = "alert('</script>')";
    FILE             *out      = begin();

    (void)state;
    page_begin(out, "\"><script>evil()</script>", script, sizeof script - 1, false);
    page_end(out);
    assert_int_equal(fclose(out), 0);
    /* printf %s "alert('</script>')" | openssl dgst -sha256 -binary | base64 */
    assert_non_null(strstr(text, "img-src data:; script-src 'sha256-"
                                 "nmpUO66n2yl97mDBgjFiMlYrafzjD1c3iPKQP/0bUWE='\"><title>&quot;&gt;&lt;script"));
    assert_non_null(strstr(text, "default-src 'none'; "));
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "http:"));
    assert_null(strstr(text, "https:"));
    assert_non_null(strstr(text, "</style></head><body>\n</body></html>\n"));
    free(text);
    out = begin();
    page_begin(out, "t", NULL, 0, true);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "img-src data: file: 'self'\"><title>t</title>"));
    assert_null(strstr(text, "script-src"));
    free(text);
}

static void metrics_are_shaded_cells(void **state)
{
    FILE *out = begin();

    (void)state;
    page_metric(out, 1.0, -1, 0);
    page_metric(out, 0.75, 0.0125, 1);
    page_metric(out, 0.2, 0, 0);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "<td style=\"background:rgba(43,138,90,0.70)\">1.000</td>"
                              "<td style=\"background:rgba(43,138,90,0.35)\" class=\"best\">0.750 <small>±0.013</small></td>"
                              "<td style=\"background:rgba(43,138,90,0.00)\">0.200 <small>±0.000</small></td>");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(a_page_allows_its_own_script_only),
        cmocka_unit_test(metrics_are_shaded_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

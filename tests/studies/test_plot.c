/* test_plot.c - is every plot one well-formed element with all its points? */
#include "studies/plot.h"

#include "tests/studies/example.h"

#include <ctype.h>

#define DEPTH 16

/* What was drawn; the caller's to free(). */
static char *drawn(const study *s)
{
    char  *text = NULL;
    size_t len  = 0;
    FILE  *out  = open_memstream(&text, &len);

    assert_non_null(out);
    study_plot(out, s);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* After one of XML's own entities. */
static const char *past_entity(const char *at)
{
    static const char *const entities[] = { "&lt;", "&gt;", "&amp;", "&quot;", "&#39;" };

    for (size_t i = 0; i < RW_COUNTOF(entities); i++)
        if (strncmp(at, entities[i], strlen(entities[i])) == 0)
            return at + strlen(entities[i]);
    fail_msg("no entity: %.20s", at);
    return at;
}

static const char *past_name(const char *at, char name[32])
{
    size_t n = 0;

    while (isalnum((unsigned char)at[n]) || at[n] == '-')
        n++;
    assert_true(n > 0 && n < 32);
    memcpy(name, at, n);
    name[n] = '\0';
    return at + n;
}

/* From after the name of a start tag to after its '>'; *empty: it ends in "/>". */
static const char *past_attributes(const char *at, bool *empty)
{
    char name[32];

    for (*empty = false;;) {
        while (*at == ' ')
            at++;
        if (*at == '/') {
            *empty = true;
            at++;
        }
        if (*at == '>')
            return at + 1;
        assert_false(*empty);
        at = past_name(at, name);
        assert_memory_equal(at, "=\"", 2);
        for (at += 2; *at != '"'; at = *at == '&' ? past_entity(at) : at + 1)
            assert_true(*at != '\0' && *at != '<');
        at++;
    }
}

/* Fails unless text is one element whose tags nest; it may be followed by one end of line. */
static void assert_well_formed(const char *text)
{
    char        open[DEPTH][32];
    size_t      depth = 0;
    const char *at    = text;

    assert_int_equal(*at, '<');
    do {
        char name[32];
        bool empty;

        if (*at == '&') {
            at = past_entity(at);
        } else if (at[0] == '<' && at[1] == '/') {
            at = past_name(at + 2, name);
            assert_int_equal(*at++, '>');
            assert_true(depth > 0);
            assert_string_equal(name, open[--depth]);
        } else if (*at == '<') {
            assert_true(depth < DEPTH);
            at = past_attributes(past_name(at + 1, open[depth]), &empty);
            depth += !empty;
        } else {
            assert_true(*at != '\0' && *at != '>');
            at++;
        }
    } while (depth > 0);
    assert_string_equal(at, "\n");
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;

    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        n++;
    return n;
}

static void bars_stand_for_points(void **state)
{
    study s    = example_study(STUDY_BARS);
    char *text = drawn(&s);

    (void)state;
    assert_well_formed(text);
    assert_int_equal(count_of(text, "opacity=\".8\""), 4); /* one of five was not measured */
    assert_int_equal(count_of(text, "class=\"w\""), 2);    /* whiskers where there is a std */
    assert_int_equal(count_of(text, ">ten *</text>"), 1);
    assert_int_equal(count_of(text, "a &lt;hundred&gt;"), 1);
    free(text);
    study_free(&s);
}

static void lines_join_a_series(void **state)
{
    study s = example_study(STUDY_LINES);
    char *text;

    (void)state;
    s.log_x = true;
    text    = drawn(&s);
    assert_well_formed(text);
    assert_int_equal(count_of(text, "<polyline"), 2);
    assert_int_equal(count_of(text, "<circle"), 4);
    assert_non_null(strstr(text, "cx=\"60.0\"")); /* 10, 100 and 1000 lie evenly between the margins */
    assert_non_null(strstr(text, "cx=\"360.0\""));
    assert_non_null(strstr(text, "cx=\"660.0\""));
    free(text);
    study_free(&s);
}

static void a_scatter_labels_what_does_not_overlap(void **state)
{
    study s = example_study(STUDY_SCATTER);
    char *text;

    (void)state;
    example_point(&s, "series <1>", "close by", 12, 0.752, 0);
    text = drawn(&s);
    assert_well_formed(text);
    assert_int_equal(count_of(text, "<circle"), 5);
    assert_int_equal(count_of(text, "<polyline"), 0);
    assert_int_equal(count_of(text, "close by"), 1); /* in its title alone */
    assert_int_equal(count_of(text, ">a &lt;hundred&gt;</text>"), 1);
    free(text);
    study_free(&s);
}

static void columns_are_labelled_once(void **state)
{
    study s = example_study(STUDY_SCATTER);
    char *text;

    (void)state;
    s.columns = true;
    example_point(&s, "series 3", "ten", NAN, 0.9, 0); /* no x: not drawn */
    text = drawn(&s);
    assert_well_formed(text);
    assert_int_equal(count_of(text, "<circle"), 4);
    assert_int_equal(count_of(text, ">ten</text>"), 1);
    assert_int_equal(count_of(text, ">1000</text>"), 1 + 1); /* and a tick */
    assert_null(strstr(text, "nan"));
    free(text);
    study_free(&s);
}

static void few_or_odd_points_are_drawn_too(void **state)
{
    static const study_plot_mode modes[] = { STUDY_BARS, STUDY_LINES, STUDY_SCATTER };

    (void)state;
    for (size_t m = 0; m < RW_COUNTOF(modes); m++)
        for (int n = 0; n < 4; n++) {
            study s = { .name = "odd", .title = "Odd", .plot = modes[m], .log_x = n % 2 == 0, .x_title = "x" };
            char *text;

            for (int i = 0; i < n; i++)
                (void)example_point(&s, "all", "same", 0, i == 1 ? NAN : 0.5, 0);
            text = drawn(&s);
            assert_well_formed(text);
            assert_null(strstr(text, "nan"));
            assert_null(strstr(text, "inf"));
            free(text);
            study_free(&s);
        }
}

static void many_series_and_bars_stay_within_their_tables(void **state)
{
    study s = { .name = "many", .title = "Many", .plot = STUDY_BARS, .x_title = "x" };
    char *text, series[32], label[32];

    (void)state;
    for (int i = 0; i < STUDY_BARS_MAX + 10; i++) {
        (void)snprintf(series, sizeof series, "series %d", i % 20);
        (void)snprintf(label, sizeof label, "label %d", i);
        (void)example_point(&s, series, label, i, 0.5 + 0.0001 * i, 0);
    }
    text = drawn(&s);
    assert_well_formed(text);
    assert_int_equal(count_of(text, "opacity=\".8\""), STUDY_BARS_MAX);
    free(text);
    s.plot = STUDY_SCATTER;
    text   = drawn(&s);
    assert_well_formed(text);
    assert_int_equal(count_of(text, "<circle"), STUDY_BARS_MAX + 10);
    free(text);
    study_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_stand_for_points),
        cmocka_unit_test(lines_join_a_series),
        cmocka_unit_test(a_scatter_labels_what_does_not_overlap),
        cmocka_unit_test(columns_are_labelled_once),
        cmocka_unit_test(few_or_odd_points_are_drawn_too),
        cmocka_unit_test(many_series_and_bars_stay_within_their_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

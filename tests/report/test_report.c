/* test_report.c - is the page in order and whole, whatever files are called, and does its budget hold? */
#include "report/report.h"

#include "common/paths.h"
#include "tests/common/scratch.h"

static char *page; /* the last one written */

static int warnings;

static void on_warn(void *user, const char *message)
{
    (void)user;
    assert_non_null(strstr(message, "no "));
    warnings++;
}

static const rwda_events events = { NULL, NULL, on_warn, NULL };

static decision no_decision(void)
{
    decision   d;
    rwda_error err = { 0 };

    assert_ok(decision_read(&d, NULL, NULL, &err), err);
    return d;
}

static report_settings settings_of(const decision *d, report_thumbnails thumbnails)
{
    return (report_settings){
        .title = "t", .decision = d, .thumbnails = thumbnails, .side = 32, .budget = 1 << 20, .threads = 2, .base = ""
    };
}

static report_counts write_page(score_table *table, const report_settings *settings)
{
    report_counts counts;
    rwda_error    err = { 0 };
    size_t        len;
    FILE         *out;

    free(page);
    page     = NULL;
    warnings = 0;
    out      = open_memstream(&page, &len);
    assert_non_null(out);
    assert_ok(report_write(out, &counts, table, settings, &events, &err), err);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(page), len);
    return counts;
}

static int occurrences(const char *of)
{
    int n = 0;

    for (const char *at = page; (at = strstr(at, of)) != NULL; at++)
        n++;
    return n;
}

/* The JSON block, as a browser cuts it out: up to the first "</script". */
static json_t *data_block(void)
{
    static const char head[] = "<script type=\"application/json\" id=\"data\">";
    const char       *from   = strstr(page, head), *to;
    json_error_t      where;
    json_t           *data;

    assert_non_null(from);
    from += sizeof head - 1;
    to   = strstr(from, "</script");
    data = json_loadb(from, (size_t)(to - from), JSON_REJECT_DUPLICATES, &where);
    if (data == NULL)
        fail_msg("the block is not JSON: %s", where.text);
    return data;
}

static const char *text_at(const json_t *data, const char *key, size_t i)
{
    return json_string_value(json_array_get(json_object_get(data, key), i));
}

static void columns_stand_by_falling_score(void **state)
{
    static const char *const columns[] = { "paths", "scores", "truth", "category", "kind" };
    score_table              table     = SCORE_TABLE_INIT;
    decision                 d         = no_decision();
    report_settings          settings  = settings_of(&d, REPORT_NONE);
    json_t                  *data;

    (void)state;
    score_table_add(&table, "low", 0.1, NULL);
    score_table_add(&table, "failed", 0, "cannot be read");
    score_table_add(&table, "b", 0.9, NULL);
    score_table_add(&table, "a", 0.9, NULL); /* equal scores by name */
    score_table_add(&table, "endless", (double)INFINITY, NULL);
    table.items[0].truth = 1;
    write_page(&table, &settings);
    data = data_block();
    assert_null(json_object_get(data, "opinions"));
    json_decref(data);
    for (size_t i = 0; i < table.count; i++) /* sorted by now */
        if (strcmp(table.items[i].path, "b") == 0)
            table.items[i].opinion = strdup("scratch 0.42, </script>");
    write_page(&table, &settings);
    data = data_block();
    assert_int_equal(json_array_size(json_object_get(data, "opinions")), 4);
    assert_string_equal(text_at(data, "opinions", 2), "scratch 0.42, </script>");
    assert_true(json_is_null(json_array_get(json_object_get(data, "opinions"), 1)));
    for (size_t i = 0; i < RW_COUNTOF(columns); i++) /* no column is shorter than another */
        assert_int_equal(json_array_size(json_object_get(data, columns[i])), 4);
    assert_string_equal(text_at(data, "paths", 0), "endless");
    assert_string_equal(text_at(data, "paths", 1), "a");
    assert_string_equal(text_at(data, "paths", 2), "b");
    assert_string_equal(text_at(data, "paths", 3), "low");
    assert_true(json_real_value(json_array_get(json_object_get(data, "scores"), 3)) == 0.1);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(data, "truth"), 3)), 1);
    assert_int_equal(json_array_size(json_object_get(data, "failed")), 1);
    assert_true(json_is_null(json_object_get(data, "p")) && json_is_null(json_object_get(data, "threshold")));
    assert_string_equal(json_string_value(json_object_get(data, "thumbnails")), "none");
    json_decref(data);
    score_table_free(&table);
}

/* Names that would end the block, begin another, or be no UTF-8. */
static void hostile_names_stay_text(void **state)
{
    static const char *const names[]  = { "</script><script>evil()</script>",
                                          "<!--<script>",
                                          "]]>",
                                          "\"}]}",
                                          "\xff\xfe<b>",
                                          "\xe2\x80\xa8line",
                                          "a\\\"b\n",
                                          "__proto__",
                                          "&lt;" };
    score_table              table    = SCORE_TABLE_INIT;
    decision                 d        = no_decision();
    report_settings          settings = settings_of(&d, REPORT_LINK);
    json_t                  *data, *recipe = json_pack("{s:s}", "</script>", "<script>");
    int                      scripts;

    (void)state;
    settings.title = "t"; /* an innocent page first: so many scripts it has */
    score_table_add(&table, "x", 0.5, NULL);
    write_page(&table, &settings);
    scripts = occurrences("<script");
    assert_int_equal(occurrences("</script"), scripts);
    score_table_free(&table);

    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        score_table_add(&table, names[i], 1.0 - (double)i / 100, NULL);
        free(table.items[i].category);
        free(table.items[i].defect_type);
        table.items[i].category    = strdup(names[i]);
        table.items[i].defect_type = strdup(names[i]);
    }
    score_table_add(&table, names[0], 0, names[0]);
    (void)snprintf(table.column, sizeof table.column, "%s", names[0]);
    settings.title  = names[0];
    settings.origin = names[0];
    settings.base   = names[0];
    settings.recipe = recipe;
    write_page(&table, &settings);
    assert_int_equal(occurrences("<script"), scripts);
    assert_int_equal(occurrences("</script"), scripts);
    assert_int_equal(occurrences("<!--"), 0);
    assert_non_null(strstr(page, "<title>&lt;/script&gt;&lt;script&gt;evil()&lt;/script&gt;</title>"));
    data = data_block();
    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        const char *wanted = names[i][0] == '\xff' ? "\\xff\\xfe<b>" : names[i];
        size_t      type   = (size_t)json_integer_value(json_array_get(json_object_get(data, "kind"), i));

        assert_string_equal(text_at(data, "paths", i), wanted);
        assert_string_equal(text_at(data, "kinds", type), wanted);
    }
    assert_int_equal(json_array_size(json_object_get(data, "categories")), RW_COUNTOF(names));
    assert_true(json_equal(json_object_get(data, "recipe"), recipe));
    json_decref(data);
    json_decref(recipe);
    score_table_free(&table);
}

/* A table of n images that are there; their paths differ. */
static score_table images(int n)
{
    score_table table = SCORE_TABLE_INIT;
    char        name[32];

    for (int i = 0; i < n; i++) {
        (void)snprintf(name, sizeof name, "i%03d.ppm", i);
        score_table_add(&table, make_image(name, 40, 30, i), 1.0 - i / 1000.0, NULL);
    }
    return table;
}

static void thumbnails_keep_their_order_and_blocks(void **state)
{
    score_table     table    = images(130); /* two blocks */
    decision        d        = no_decision();
    report_settings settings = settings_of(&d, REPORT_EMBED);
    report_counts   counts;
    const char     *block;

    (void)state;
    free(table.items[5].path); /* one cannot be read: its line is empty */
    table.items[5].path = strdup(make_text("broken.png", "nothing"));
    score_table_add(&table, in_scratch("i000.ppm"), 0, "failed before");
    counts = write_page(&table, &settings);
    assert_int_equal(counts.embedded, 129);
    assert_int_equal(counts.unreadable, 1);
    assert_int_equal(counts.left_out, 0);
    assert_int_equal(warnings, 1);
    assert_int_equal(occurrences("class=\"thumbs\" data-count=\"128\">"), 2);
    block = strstr(page, "data-count=\"128\">");
    for (int line = 0; line < 128; line++) {
        size_t len = strcspn(block, "\n<");

        if (line == 5)
            assert_int_equal(len, 0);
        else
            assert_true(len > 100);
        assert_int_equal(block[len], line < 127 ? '\n' : '<');
        block += len + 1;
    }
    score_table_free(&table);
}

static void the_budget_holds(void **state)
{
    score_table     table    = images(20);
    decision        d        = no_decision();
    report_settings settings = settings_of(&d, REPORT_EMBED);
    report_counts   counts   = write_page(&table, &settings);
    size_t          each     = counts.bytes / 20;

    (void)state;
    assert_int_equal(counts.embedded, 20);
    settings.budget = 5 * each + each / 2;
    counts          = write_page(&table, &settings);
    assert_true(counts.embedded >= 4 && counts.embedded <= 6);
    assert_true(counts.bytes <= settings.budget);
    assert_int_equal(counts.embedded + counts.left_out, 20);
    settings.budget = 0;
    counts          = write_page(&table, &settings);
    assert_true(counts.embedded == 0 && counts.left_out == 20 && counts.bytes == 0);
    assert_int_equal(warnings, 0);
    score_table_free(&table);
    counts = write_page(&table, &settings); /* no image at all */
    assert_true(counts.embedded == 0 && counts.left_out == 0);
    assert_int_equal(occurrences("class=\"thumbs\""), 0);
    json_decref(data_block());
}

/* Drift is told from the order of the scores that were given, before they are sorted; without a threshold file there is none. */
static void drift_follows_the_given_order(void **state)
{
    score_table     table    = SCORE_TABLE_INIT;
    decision        d        = no_decision();
    report_settings settings = settings_of(&d, REPORT_NONE);
    double          normal[40];
    json_t         *data, *drift;
    rwda_error      err = { 0 };

    (void)state;
    for (int i = 0; i < 40; i++)
        normal[i] = (i + 1) / 100.0;
    for (int i = 0; i < 1000; i++) /* as the normal ones, then high; both in an order of their own */
        score_table_add(&table, "x", i < 900 ? (i * 17 % 40 + 1) / 100.0 : 0.9 - i / 1e5, i == 3 ? "cannot be read" : NULL);
    write_page(&table, &settings);
    data = data_block();
    assert_true(json_is_null(json_object_get(data, "drift")));
    json_decref(data);
    score_table_free(&table);
    for (int i = 0; i < 1000; i++)
        score_table_add(&table, "x", i < 900 ? (i * 17 % 40 + 1) / 100.0 : 0.9 - i / 1e5, i == 3 ? "cannot be read" : NULL);
    assert_ok(rwda_thresholds_new(&d.calibration, normal, NULL, 40, "{}", NULL, &err), err);
    write_page(&table, &settings);
    data  = data_block();
    drift = json_object_get(data, "drift");
    assert_int_equal(json_integer_value(json_object_get(drift, "images")), 999);
    assert_int_equal(json_integer_value(json_object_get(drift, "step")), 3);
    assert_int_equal(json_array_size(json_object_get(drift, "evidence")), 333);
    assert_true(json_integer_value(json_object_get(drift, "alarm")) > 905);
    assert_true(json_integer_value(json_object_get(drift, "alarm")) < 930);
    assert_non_null(strstr(json_string_value(json_object_get(drift, "sentence")), "scores are higher"));
    json_decref(data);
    decision_free(&d);
    score_table_free(&table);
}

static void heat_maps_are_found_by_the_end_of_a_path(void **state)
{
    score_table     table    = images(3);
    decision        d        = no_decision();
    report_settings settings = settings_of(&d, REPORT_EMBED);
    report_counts   counts;
    char            maps[RW_PATH_MAX + 8];

    (void)state;
    make_folder("maps");
    make_image("maps/i000.ppm.overlay.png", 40, 30, 200);
    make_text("maps/i001.ppm.overlay.png", "not an image");
    settings.maps = strcat(strcpy(maps, scratch), "/maps");
    counts        = write_page(&table, &settings);
    assert_int_equal(counts.embedded, 3);
    assert_int_equal(counts.overlays, 1);
    assert_int_equal(warnings, 1);
    assert_non_null(strstr(page, "\"maps\":true"));
    score_table_free(&table);
}

static int tear_down(void **state)
{
    free(page);
    return scratch_free(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_stand_by_falling_score),         cmocka_unit_test(hostile_names_stay_text),
        cmocka_unit_test(thumbnails_keep_their_order_and_blocks), cmocka_unit_test(the_budget_holds),
        cmocka_unit_test(drift_follows_the_given_order),          cmocka_unit_test(heat_maps_are_found_by_the_end_of_a_path),
    };

    return cmocka_run_group_tests(tests, scratch_new, tear_down);
}

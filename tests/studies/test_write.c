/* test_write.c - do the files of a study hold its numbers, and nothing that its names could break? */
#include "studies/write.h"

#include "base/file.h"
#include "tests/studies/example.h"

#include <sys/stat.h>

static char folder[] = "/tmp/rwda-study-XXXXXX";

/* A file of the folder, which is then removed; the caller's to free(). */
static char *taken(const char *name)
{
    char     path[256];
    uint8_t *bytes;
    size_t   len;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(rw_file_read(&bytes, &len, path, 1 << 20, NULL), RWDA_OK);
    assert_int_equal(unlink(path), 0);
    return (char *)bytes;
}

static void assert_holds(const char *name, const char *wanted)
{
    char *text = taken(name);

    assert_string_equal(text, wanted);
    free(text);
}

/* Cells and defect types of the first point. */
static void add_tables(study *s, const example_basis *b)
{
    study_point *p = &s->points[0];

    p->cells          = calloc(2, sizeof *p->cells);
    p->defect_types   = calloc(2, sizeof *p->defect_types);
    p->n_defect_types = 2;
    assert_true(p->cells != NULL && p->defect_types != NULL);
    p->cells[0] =
        (rwda_eval_cell){ .normal = 3, .anomalous = 4, .auroc = { 0.75, 0.125 }, .ap = { 0.5, 0 }, .f1_max = { 1, 0 } };
    p->cells[1]        = (rwda_eval_cell){ .normal = 2, .missing = "no anomalous image" };
    p->defect_types[0] = (rwda_eval_defect_type){ b->categories[0].name, strdup("a, b"), 4, { 0.75, 0.125 } };
    p->defect_types[1] = (rwda_eval_defect_type){ b->categories[1].name, strdup("none"), 0, { 0, 0 } };
}

static void tables_hold_every_point(void **state)
{
    example_basis b;
    study         s = example_study(STUDY_BARS);
    char         *text;

    (void)state;
    example_basis_make(&b);
    add_tables(&s, &b);
    study_say(&s, "It is so.");
    s.points[0].ap = (rwda_eval_stat){ 0.25, 0.5 };
    assert_int_equal(study_write(&s, &b.basis, folder, NULL), RWDA_OK);
    assert_holds("example.csv", "series,setting,x,own,seeds,auroc,auroc_sd,ap,ap_sd,f1_max,f1_max_sd,\"extra, one\"\n"
                                "\"series <1>\",\"ten\",10,1,2,0.75,0.05,0.25,0.5,,,\n"
                                "\"series \"\"2\"\" & so on\",\"ten\",10,0,2,0.5,0,,,,,\n"
                                "\"series <1>\",\"a <hundred>\",100,0,2,0.875,0.025,,,,,12.5\n"
                                "\"series \"\"2\"\" & so on\",\"a <hundred>\",100,0,2,,,,,,,\n"
                                "\"series <1>\",\"1000\",1000,0,2,1,0,,,,,\n");
    assert_holds("example-categories.csv", "series,setting,category,normal,anomalous,auroc,auroc_sd,ap,f1_max\n"
                                           "\"series <1>\",\"ten\",\"bolt\",3,4,0.75,0.125,0.5,1\n"
                                           "\"series <1>\",\"ten\",\"a \"\"nut\"\"\",2,0,,,,\n");
    assert_holds("example-kinds.csv", "series,setting,category,kind,anomalous,auroc,auroc_sd\n"
                                      "\"series <1>\",\"ten\",\"bolt\",\"a, b\",4,0.75,0.125\n");
    assert_holds(
        "example.md",
        "# An <example> & \"more\"\n\nWhat is seen?\n\nBy hand.\n\nIt is so.\n\n"
        "- 4 images in 2 categories (layout mvtec), object unknown, model sha256:0123456789ab (224 px, shortest), "
        "preset paper, 30 pairs, 2 seeds\n\n"
        "| series | setting | AUROC | AP | F1-max | extra, one |\n|---|---|---|---|---|---|\n"
        "| series <1> | ten * | 0.750 ±0.050 | 0.250 ±0.500 | - | - |\n"
        "| series \"2\" & so on | ten | 0.500 ±0.000 | - | - | - |\n"
        "| series <1> | a <hundred> | 0.875 ±0.025 | - | - | 12.5 |\n"
        "| series \"2\" & so on | a <hundred> | - | - | - | - |\n"
        "| series <1> | 1000 | 1.000 ±0.000 | - | - | - |\n"
        "\n`*`: the recipe's own setting. AUROC, AP and F1-max are means over categories ± standard deviations over "
        "seeds.\n");
    text = taken("example.svg");
    assert_memory_equal(text, "<svg ", 5);
    free(text);
    study_free(&s);
}

static void a_column_of_words_is_the_last(void **state)
{
    example_basis b;
    study         s = example_study(STUDY_BARS);
    char          path[128], *text;

    (void)state;
    example_basis_make(&b);
    s.notes    = "family";
    s.n_models = 3;
    (void)snprintf(s.points[1].note, sizeof s.points[1].note, "a|b\n\"c\" <d>");
    assert_int_equal(study_write(&s, &b.basis, folder, NULL), RWDA_OK);
    text = taken("example.csv");
    assert_non_null(strstr(text, ",f1_max_sd,\"extra, one\",\"family\"\n"));
    assert_non_null(strstr(text, "\"series \"\"2\"\" & so on\",\"ten\",10,0,2,0.5,0,,,,,,\"a|b\n\"\"c\"\" <d>\"\n"));
    free(text);
    text = taken("example.md");
    assert_non_null(strstr(text, "object unknown, 3 models, preset paper"));
    assert_non_null(strstr(text, "| extra, one | family |\n|---|---|---|---|---|---|---|\n"));
    assert_non_null(strstr(text, "| - | - | - | a\\|b \"c\" <d> |\n"));
    free(text);
    (void)snprintf(path, sizeof path, "%s/all.html", folder);
    assert_int_equal(study_write_report(&s, 1, &b.basis, path, NULL), RWDA_OK);
    text = taken("all.html");
    assert_non_null(strstr(text, "<th class=\"text\">family</th></tr>"));
    assert_non_null(strstr(text, "&quot;c&quot; &lt;d&gt;</td></tr>"));
    assert_non_null(strstr(text, "object unknown, 3 models, preset paper"));
    free(text);
    for (size_t i = 0; i < 3; i++)
        free(taken((const char *const[]){ "example-categories.csv", "example-kinds.csv", "example.svg" }[i]));
    study_free(&s);
}

static void the_report_escapes_names(void **state)
{
    example_basis b;
    study         s = example_study(STUDY_SCATTER);
    char          path[128], *text;

    (void)state;
    example_basis_make(&b);
    add_tables(&s, &b);
    s.title = "Example";
    (void)snprintf(path, sizeof path, "%s/all.html", folder);
    assert_int_equal(study_write_report(&s, 1, &b.basis, path, NULL), RWDA_OK);
    text = taken("all.html");
    assert_non_null(strstr(text, "data/&lt;set&gt;: 4 images in 2 categories"));
    assert_non_null(strstr(text, "<a href=\"#example\">Example</a>"));
    assert_non_null(strstr(text, "<th>a &quot;nut&quot;</th>"));
    assert_non_null(strstr(text, "<td class=\"text\">a &lt;hundred&gt;</td>"));
    assert_null(strstr(text, "<hundred>"));
    assert_null(strstr(text, "<set>"));
    assert_non_null(strstr(text, "</html>"));
    free(text);
    study_free(&s);
}

static void what_cannot_be_written_is_named(void **state)
{
    example_basis b;
    study         s = example_study(STUDY_BARS);
    char          none[RW_PATH_MAX + 8];
    rwda_error    err;

    (void)state;
    example_basis_make(&b);
    assert_refused("no folder", study_write(&s, &b.basis, "/dev/null/folder", &err), RWDA_ENOTFOUND, &err,
                   "/dev/null/folder/example.md");
    assert_refused("no folder", study_write_report(&s, 1, &b.basis, "/dev/null/all.html", &err), RWDA_ENOTFOUND, &err,
                   "/dev/null/all.html");
    memset(none, 'x', sizeof none);
    none[sizeof none - 1] = '\0';
    assert_refused("long", study_write(&s, &b.basis, none, &err), RWDA_ELIMIT, &err, "path is too long");
    study_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_hold_every_point),
        cmocka_unit_test(a_column_of_words_is_the_last),
        cmocka_unit_test(the_report_escapes_names),
        cmocka_unit_test(what_cannot_be_written_is_named),
    };
    int failed;

    if (mkdtemp(folder) == NULL)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(folder) == 0 ? failed : 1; /* nothing half written is left */
}

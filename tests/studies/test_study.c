/* test_study.c - do points keep what they are given, and do sentences and correlations say what the points say? */
#include "studies/study.h"

#include "tests/studies/example.h"

static void rank_correlation_counts_ties_as_their_mean_rank(void **state)
{
    const double x[] = { 1, 2, 3, 4, 5 }, up[] = { 10, 20, 30, 40, 1000 }, down[] = { 5, 4, 3, 2, 1 },
                 even[] = { 7, 7, 7, 7, 7 };
    const double tied[] = { 1, 2, 2, 3, 3 };

    (void)state;
    assert_true(fabs(rank_correlation(x, up, 5) - 1) < 1e-12);
    assert_true(fabs(rank_correlation(x, down, 5) + 1) < 1e-12);
    assert_true(isnan(rank_correlation(x, even, 5)) && isnan(rank_correlation(even, x, 5)));
    assert_true(isnan(rank_correlation(x, up, 2)));
    /* ranks 1, 2.5, 2.5, 4.5, 4.5: products of distances from 3 sum to 4 + .5 + 0 + 1.5 + 3 = 9, squares to 10 and 9 */
    assert_true(fabs(rank_correlation(x, tied, 5) - 9 / sqrt(90)) < 1e-12);
}

static double extra_of(const study_point *p)
{
    return p->extra[0];
}

static void points_without_a_value_are_left_out_of_a_correlation(void **state)
{
    study s = example_study(STUDY_BARS);

    (void)state;
    assert_true(isnan(study_rank_correlation(&s, extra_of))); /* one point has it */
    s.points[0].extra[0] = 1;
    s.points[4].extra[0] = 30;
    assert_true(fabs(study_rank_correlation(&s, extra_of) - 1) < 1e-12);
    s.points[4].extra[0] = -1;
    assert_true(fabs(study_rank_correlation(&s, extra_of) + 0.5) < 1e-12); /* ranks 1, 2, 3 and 2, 3, 1 */
    study_free(&s);
}

static void extremes_are_told_of_each_series_that_has_two(void **state)
{
    study s = example_study(STUDY_BARS);

    (void)state;
    study_say_extremes(&s);
    assert_string_equal(
        s.summary, "series <1>: best with 1000 (AUROC 1.000), worst with ten (0.750). The gap of 0.250 is 5.0 times "
                   "the larger of their standard deviations over 2 seeds. The recipe's own setting, ten, stands 0.250 below "
                   "the best.");
    free(s.summary);
    s.summary         = NULL;
    s.summary_len     = 0;
    s.points[0].base  = false;
    s.points[4].base  = true;
    s.points[0].auroc = (rwda_eval_stat){ 0.75, 0 };
    s.points[3].auroc = (rwda_eval_stat){ 0.25, 0 };
    s.points[2].seeds = 1;
    study_say_extremes(&s);
    assert_string_equal(s.summary,
                        "series <1>: best with 1000 (AUROC 1.000), worst with ten (0.750). The best is the recipe's own "
                        "setting. series \"2\" & so on: best with ten (AUROC 0.500), worst with a <hundred> (0.250).");
    study_free(&s);
}

static void equal_points_have_no_extremes(void **state)
{
    study s = { .name = "example" };

    (void)state;
    study_say_extremes(&s);
    example_point(&s, "a", "1", 1, 0.5, 0);
    study_say_extremes(&s);
    assert_null(s.summary);
    study_free(&s);
}

static void a_new_point_has_no_metrics(void **state)
{
    study        s = { .name = "example" };
    study_point *p;
    char         words[200];

    (void)state;
    memset(words, 'w', sizeof words);
    words[sizeof words - 1] = '\0';
    assert_int_equal(study_add(&p, &s, words, words, 3, NULL), RWDA_OK);
    assert_ptr_equal(p, s.points);
    assert_int_equal(strlen(p->series), sizeof p->series - 1);
    assert_int_equal(strlen(p->label), sizeof p->label - 1);
    assert_true(isnan(p->ap.mean) && isnan(p->f1_max.mean) && isnan(p->extra[0]) && isnan(p->extra[STUDY_EXTRAS - 1]));
    assert_null(p->cells);
    assert_null(p->defect_types);
    study_free(&s);
    assert_null(s.points);
    assert_int_equal(s.n_points, 0);
}

static void a_run_hands_its_tables_to_its_point(void **state)
{
    rwda_eval_run run = { .method = rwda_eval_method_named("clip"), .seeds = 1 };
    study         s   = { .name = "example" };
    study_point  *p;

    (void)state;
    run.mean               = (rwda_eval_cell){ .auroc = { 0.9, 0 }, .ap = { 0.8, 0 }, .f1_max = { 0.7, 0 } };
    run.cells              = calloc(2, sizeof *run.cells);
    run.scores             = calloc(4, sizeof *run.scores);
    run.defect_types       = calloc(1, sizeof *run.defect_types);
    run.defect_types->name = strdup("scratch");
    run.n_defect_types     = 1;
    assert_int_equal(study_add_run(&p, &s, "setting", 1, &run, NULL), RWDA_OK);
    assert_string_equal(p->series, rwda_eval_method_named("clip")->title);
    assert_true(p->auroc.mean == 0.9 && p->ap.mean == 0.8 && p->f1_max.mean == 0.7);
    assert_non_null(p->cells);
    assert_string_equal(p->defect_types[0].name, "scratch");
    assert_null(run.scores);
    assert_null(run.cells);
    study_free(&s);
}

static void a_run_without_metrics_is_a_point_without(void **state)
{
    rwda_eval_run run = { .method = rwda_eval_method_named("fnn"), .seeds = 2 };
    study         s   = { .name = "example" };
    study_point  *p;

    (void)state;
    run.mean.missing = "no category has metrics";
    assert_int_equal(study_add_run(&p, &s, "setting", 1, &run, NULL), RWDA_OK);
    assert_true(isnan(p->auroc.mean) && isnan(p->ap.mean) && isnan(p->f1_max.mean));
    study_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rank_correlation_counts_ties_as_their_mean_rank),
        cmocka_unit_test(points_without_a_value_are_left_out_of_a_correlation),
        cmocka_unit_test(extremes_are_told_of_each_series_that_has_two),
        cmocka_unit_test(equal_points_have_no_extremes),
        cmocka_unit_test(a_new_point_has_no_metrics),
        cmocka_unit_test(a_run_hands_its_tables_to_its_point),
        cmocka_unit_test(a_run_without_metrics_is_a_point_without),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

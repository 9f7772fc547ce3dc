/* test_run_metrics.c - are a run's metrics those of its scores, by category, over seeds and for each defect type? */
#include "tests/unit/check.h"

#include <rwda_eval.h>

#include <math.h>

#define NORMAL(category)                                                                                                    \
    {                                                                                                                       \
        (char[]){ "p" }, (char[]){ category }, (char[]){ "good" }, NULL, 0                                                  \
    }
#define DEFECT(category, type)                                                                                              \
    {                                                                                                                       \
        (char[]){ "p" }, (char[]){ category }, (char[]){ type }, NULL, 1                                                    \
    }

/* a: 2 normal and 4 anomalous images of three defect types; b: no anomalous one; c: 1 and 1. */
static rwda_dataset_item items[] = { NORMAL("a"),         NORMAL("a"),         DEFECT("a", "cut"), DEFECT("a", "cut+hole"),
                                     DEFECT("a", "dent"), DEFECT("a", "hole"), NORMAL("b"),        NORMAL("c"),
                                     DEFECT("c", "cut") };
#define N 9

static const rwda_dataset data = { .layout = "list", .path = NULL, .items = items, .count = N };

static rwda_evaluation *evaluation(void)
{
    rwda_evaluation *e   = NULL;
    rwda_error       err = { 0 };

    assert_ok(rwda_evaluation_new(&e, &data, &err), err);
    return e;
}

static rwda_eval_run run_of(const double *scores, int seeds)
{
    rwda_eval_run run = { .method = rwda_eval_method_named("fnn"), .seeds = seeds };

    run.scores = malloc((size_t)seeds * N * sizeof *run.scores);
    assert_non_null(run.scores);
    memcpy(run.scores, scores, (size_t)seeds * N * sizeof *run.scores);
    return run;
}

static const rwda_eval_defect_type *type_of(const rwda_eval_run *run, const char *category, const char *name)
{
    for (size_t k = 0; k < run->n_defect_types; k++)
        if (strcmp(run->defect_types[k].category, category) == 0 && strcmp(run->defect_types[k].name, name) == 0)
            return &run->defect_types[k];
    fail_msg("no defect type %s in %s", name, category);
    return NULL;
}

static void categories_are_ranges(void **state)
{
    rwda_evaluation *e = evaluation();

    (void)state;
    assert_int_equal(e->n_categories, 3);
    assert_string_equal(e->categories[1].name, "b");
    assert_int_equal(e->categories[0].first, 0);
    assert_int_equal(e->categories[0].last, 6);
    assert_int_equal(e->categories[1].first, 6);
    assert_int_equal(e->categories[2].last, N);
    assert_ptr_equal(e->data, &data);
    rwda_evaluation_free(e);
    rwda_evaluation_free(NULL);
}

/* a: of 8 pairs (normal, anomalous) 6 are in order; c: its one pair is. */
static void one_seed(void **state)
{
    const double     scores[N] = { 1, 4, 2, 5, 6, 3, 9, 1, 2 };
    rwda_evaluation *e         = evaluation();
    rwda_eval_run    run       = run_of(scores, 1);
    rwda_error       err       = { 0 };

    (void)state;
    assert_ok(rwda_eval_run_measure(&run, e, &err), err);
    assert_int_equal(run.cells[0].normal, 2);
    assert_int_equal(run.cells[0].anomalous, 4);
    assert_null(run.cells[0].missing);
    assert_float_equal(run.cells[0].auroc.mean, 6.0 / 8, 1e-12);
    assert_float_equal(run.cells[0].auroc.std, 0, 0);
    assert_true(run.cells[0].low <= 0.75 && run.cells[0].high >= 0.75 && run.cells[0].low < run.cells[0].high);
    assert_string_equal(run.cells[1].missing, "no anomalous image");
    assert_int_equal(run.cells[1].normal, 1);
    assert_float_equal(run.cells[2].auroc.mean, 1, 1e-12);
    assert_null(run.mean.missing);
    assert_int_equal(run.mean.normal, 4);
    assert_int_equal(run.mean.anomalous, 5);
    assert_float_equal(run.mean.auroc.mean, (0.75 + 1) / 2, 1e-12); /* of the two that have metrics */
    rwda_eval_run_free(&run);
    assert_null(run.cells);
    rwda_evaluation_free(e);
}

/* A joined image counts for each of its types; a type in two categories is two. */
static void defect_types(void **state)
{
    const double     scores[N] = { 1, 4, 2, 5, 6, 3, 9, 1, 2 };
    rwda_evaluation *e         = evaluation();
    rwda_eval_run    run       = run_of(scores, 1);
    rwda_error       err       = { 0 };

    (void)state;
    assert_ok(rwda_eval_run_measure(&run, e, &err), err);
    assert_int_equal(run.n_defect_types, 4);
    assert_int_equal(type_of(&run, "a", "cut")->anomalous, 2);
    assert_float_equal(type_of(&run, "a", "cut")->auroc.mean, 3.0 / 4, 1e-12);
    assert_int_equal(type_of(&run, "a", "hole")->anomalous, 2);
    assert_float_equal(type_of(&run, "a", "hole")->auroc.mean, 3.0 / 4, 1e-12);
    assert_float_equal(type_of(&run, "a", "dent")->auroc.mean, 1, 1e-12);
    assert_int_equal(type_of(&run, "c", "cut")->anomalous, 1);
    assert_ok(rwda_eval_run_measure(&run, e, &err), err); /* again: the same, and nothing is lost */
    assert_int_equal(run.n_defect_types, 4);
    rwda_eval_run_free(&run);
    rwda_evaluation_free(e);
}

/* AUROC of a: 1 and 0.5; of c: 1 and 0. */
static void two_seeds(void **state)
{
    const double     scores[2 * N] = { 1, 2, 3, 4, 5, 6, 9, 1, 2, /* */ 3, 3, 3, 3, 3, 3, 9, 2, 1 };
    rwda_evaluation *e             = evaluation();
    rwda_eval_run    run           = run_of(scores, 2);
    rwda_error       err           = { 0 };

    (void)state;
    assert_ok(rwda_eval_run_measure(&run, e, &err), err);
    assert_float_equal(run.cells[0].auroc.mean, 0.75, 1e-12);
    assert_float_equal(run.cells[0].auroc.std, sqrt(2 * 0.25 * 0.25), 1e-12);
    assert_float_equal(run.cells[2].auroc.mean, 0.5, 1e-12);
    assert_float_equal(run.mean.auroc.mean, (0.75 + 0.5) / 2, 1e-12);
    assert_float_equal(run.mean.auroc.std, sqrt(2 * 0.375 * 0.375), 1e-12); /* of the means 1 and 0.25 */
    rwda_eval_run_free(&run);
    rwda_evaluation_free(e);
}

/* A failed image counts in no metric; without one of a class there is none. */
static void failed_images(void **state)
{
    const double     scores[N] = { 1, NAN, 2, NAN, 6, 3, 9, NAN, 2 };
    rwda_evaluation *e         = evaluation();
    rwda_eval_run    run       = run_of(scores, 1);
    rwda_error       err       = { 0 };

    (void)state;
    assert_ok(rwda_eval_run_measure(&run, e, &err), err);
    assert_int_equal(run.cells[0].normal, 1);
    assert_int_equal(run.cells[0].anomalous, 3);
    assert_float_equal(run.cells[0].auroc.mean, 1, 1e-12);
    assert_string_equal(run.cells[2].missing, "no normal image");
    assert_int_equal(type_of(&run, "a", "cut")->anomalous, 1);
    assert_int_equal(type_of(&run, "c", "cut")->anomalous, 0);
    rwda_eval_run_free(&run);
    rwda_evaluation_free(e);
}

static void scores_that_are_not_finite(void **state)
{
    double           scores[N];
    rwda_evaluation *e   = evaluation();
    rwda_error       err = { 0 };
    rwda_eval_run    run;

    (void)state;
    for (int i = 0; i < N; i++)
        scores[i] = INFINITY;
    run = run_of(scores, 1);
    assert_ok(rwda_eval_run_measure(&run, e, &err), err);
    assert_string_equal(run.cells[0].missing, "scores are not finite");
    assert_string_equal(run.mean.missing, "no category has metrics");
    rwda_eval_run_free(&run);
    rwda_evaluation_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(categories_are_ranges), cmocka_unit_test(one_seed),
        cmocka_unit_test(defect_types),          cmocka_unit_test(two_seeds),
        cmocka_unit_test(failed_images),         cmocka_unit_test(scores_that_are_not_finite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_runs.c - are scores taken from the cache exactly when nothing they depend on has changed? */
#include "studies/runs.h"

#include "studies/corruption.h"
#include "tests/studies/small.h"

#include <math.h>

static void the_same_run_comes_from_the_cache(void **state)
{
    study_setting setting = { .method = "both", .parts = true };
    rwda_eval_run first, again;
    small         s;
    size_t        n = 2 * 4;
    rwda_error    err;

    (void)state;
    small_begin(&s);
    assert_ok(study_run(&first, s.c, &setting, "a run", &err), err);
    assert_int_equal(first.seeds, 2);
    assert_int_equal(s.c->failed, 0);
    assert_true(first.mean.auroc.mean >= 0 && first.mean.auroc.mean <= 1);
    assert_int_equal(first.mean.anomalous, 2);
    s.only_cache = true;
    small_open(&s);
    assert_ok(study_run(&again, s.c, &setting, "a run", &err), err);
    assert_int_equal(s.reports, 0);
    for (size_t i = 0; i < n; i++) { /* cached as float32 */
        assert_true((float)first.scores[i] == (float)again.scores[i]);
        assert_true((float)first.fnn[i] == (float)again.fnn[i] && (float)first.clip[i] == (float)again.clip[i]);
    }
    assert_memory_equal(&first.mean.auroc, &again.mean.auroc, sizeof first.mean.auroc);
    rwda_eval_run_free(&first);
    rwda_eval_run_free(&again);
    small_end(&s);
}

/* Each field of the recipe that differs is another run.  With a cache only, work stops: that it is asked for is what is seen. */
static void another_recipe_is_another_run(void **state)
{
    rwda_train_options others[8];
    study_setting      setting = { .method = "fnn" };
    rwda_eval_run      run;
    small              s;
    rwda_error         err;

    (void)state;
    small_begin(&s);
    assert_ok(study_run(&run, s.c, &setting, "a run", &err), err);
    rwda_eval_run_free(&run);
    for (size_t i = 0; i < RW_COUNTOF(others); i++)
        others[i] = s.options.recipe;
    others[0].pairs++;
    others[1].words_max++;
    others[2].word_position = RWDA_WORD_BEFORE;
    others[3].normal_words  = "fine";
    others[4].word_list     = "one two three";
    others[5].noise += 0.01f;
    others[6].learning_rate *= 2;
    others[7].ensemble = 2;
    s.only_cache       = true;
    for (size_t i = 0; i < RW_COUNTOF(others); i++) {
        setting.recipe = &others[i];
        small_open(&s);
        assert_refused("recipe", study_run(&run, s.c, &setting, "a run", &err), RWDA_ECANCELLED, &err, "");
        assert_null(run.scores);
    }
    setting.recipe = &s.options.recipe; /* the same one, given by value */
    assert_ok(study_run(&run, s.c, &setting, "a run", &err), err);
    rwda_eval_run_free(&run);
    small_end(&s);
}

static void other_data_or_another_view_are_another_run(void **state)
{
    rwda_eval_corruption noise   = { "noise", corruption_apply, &corruptions[4] };
    study_setting        setting = { .method = "clip" };
    rwda_eval_run        plain, noisy;
    small                s;
    rwda_error           err;

    (void)state;
    small_begin(&s);
    assert_ok(study_run(&plain, s.c, &setting, "a run", &err), err);
    assert_int_equal(plain.seeds, 1);
    setting.corruption = &noise;
    assert_ok(study_run(&noisy, s.c, &setting, "a run", &err), err);
    assert_memory_not_equal(plain.scores, noisy.scores, 4 * sizeof *plain.scores);
    rwda_eval_run_free(&noisy);
    setting.corruption = NULL;
    s.reports          = 0;
    assert_ok(study_run(&noisy, s.c, &setting, "a run", &err),
              err); /* the name is taken by now: scored again, to the same */
    assert_memory_equal(plain.scores, noisy.scores, 4 * sizeof *plain.scores);
    rwda_eval_run_free(&plain);
    rwda_eval_run_free(&noisy);
    small_end(&s);
}

static void a_run_becomes_a_point(void **state)
{
    study_setting setting = { .method = "lda" };
    study         example = { .name = "example" };
    study_point  *p       = POISON;
    small         s;
    rwda_error    err;

    (void)state;
    small_begin(&s);
    assert_ok(study_run_point(&p, &example, s.c, &setting, "a run", "as it is", 7, &err), err);
    assert_string_equal(p->series, "LDA");
    assert_string_equal(p->label, "as it is");
    assert_true(p->x == 7 && p->seeds == 2 && !isnan(p->auroc.mean) && p->cells != NULL);
    setting.method = "none";
    assert_refused("method", study_run_point(&p, &example, s.c, &setting, "b run", "x", 0, &err), RWDA_ENOTFOUND, &err,
                   "b run: no method \"none\"");
    assert_null(p);
    assert_int_equal(example.n_points, 1);
    study_free(&example);
    small_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_run_comes_from_the_cache),
        cmocka_unit_test(another_recipe_is_another_run),
        cmocka_unit_test(other_data_or_another_view_are_another_run),
        cmocka_unit_test(a_run_becomes_a_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

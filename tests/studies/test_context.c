/* test_context.c - does a context make what studies share once, and anew for another model? */
#include "tests/studies/small.h"

static void a_context_knows_its_data_and_model(void **state)
{
    small s;
    char  sum[65];

    (void)state;
    small_begin(&s);
    assert_int_equal(s.c->e->data->count, 4);
    assert_int_equal(s.c->e->n_categories, 1);
    assert_ptr_equal(s.c->e->model, rwda_model_get_info(s.c->model));
    assert_int_equal(s.c->e->resize, s.c->e->model->resize); /* in effect, not CONFIG */
    assert_int_equal(strlen(s.c->data_sha256), 64);
    memcpy(sum, s.c->data_sha256, sizeof sum);
    small_open(&s);
    assert_string_equal(s.c->data_sha256, sum);
    s.data->items[3].anomalous = 0;
    small_open(&s);
    assert_string_not_equal(s.c->data_sha256, sum);
    small_end(&s);
}

static void embeddings_and_detectors_are_made_once(void **state)
{
    small                       s;
    const rwda_eval_embeddings *x, *again, *crops;
    const rwda_detector *const *own, *const *same;
    const rwda_detector *first;
    rwda_error           err;
    int                  reports;

    (void)state;
    small_begin(&s);
    assert_ok(study_context_embeddings(&x, s.c, RWDA_CROPS_ONE, &err), err);
    assert_int_equal(x->first[4], 4);
    assert_ok(study_context_embeddings(&crops, s.c, RWDA_CROPS_2X2, &err), err);
    assert_int_equal(crops->first[4], 4 * 5);
    assert_ok(study_context_detectors(&own, s.c, &err), err);
    first   = own[0];
    reports = s.reports;
    assert_true(reports > 0 && first != NULL && own[1] != NULL && own[2] == NULL);
    assert_ok(study_context_embeddings(&again, s.c, RWDA_CROPS_ONE, &err), err);
    assert_ok(study_context_detectors(&same, s.c, &err), err);
    assert_ptr_equal(again, x);
    assert_ptr_equal(same[0], first);
    assert_int_equal(s.reports, reports);
    assert_ok(study_context_embeddings(&again, s.c, RWDA_CROPS_3X3, &err), err);
    assert_null(s.c->plans[RWDA_CROPS_2X2].first); /* one plan of several crops at a time */
    small_end(&s);
}

static void another_model_starts_anew(void **state)
{
    small                       s;
    const rwda_detector *const *own;
    rwda_error                  err;

    (void)state;
    small_begin(&s);
    assert_ok(study_context_detectors(&own, s.c, &err), err);
    assert_ok(study_context_open_model(s.c, MODEL, &err), err);
    assert_int_equal(s.opened, 2);
    assert_string_equal(s.c->model_name, MODEL);
    assert_null(s.c->own[0]);
    assert_refused("model", study_context_open_model(s.c, "/dev/null/model", &err), RWDA_ENOTFOUND, &err, "/dev/null/model");
    assert_null(s.c->model);
    assert_null(s.c->e->model);
    small_end(&s);
}

static void a_context_without_a_model_is_none(void **state)
{
    static const char *const models[] = { "/dev/null/model" };
    small                    s;
    study_context           *c = POISON;
    rwda_error               err;

    (void)state;
    small_begin(&s);
    s.options.models = models;
    assert_refused("model", study_context_new(&c, &s.options, &err), RWDA_ENOTFOUND, &err, "/dev/null/model");
    assert_null(c);
    small_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_context_knows_its_data_and_model),
        cmocka_unit_test(embeddings_and_detectors_are_made_once),
        cmocka_unit_test(another_model_starts_anew),
        cmocka_unit_test(a_context_without_a_model_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

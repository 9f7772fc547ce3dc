/* test_draws.c - which normal images does a draw take, and from where? */
#include "eval/draws.h"
#include "tests/eval/tree.h"

static rwda_dataset    *data;
static rwda_evaluation *evaluation;

/* `trained` has 6 normal training images, `tested` none, and 5 normal test images. */
static int open_data(void **state)
{
    rwda_error err = { 0 };

    assert_int_equal(scratch_new(state), 0);
    TREE("trained/train/good/0.png", "trained/train/good/1.png", "trained/train/good/2.png", "trained/train/good/3.png",
         "trained/train/good/4.png", "trained/train/good/5.png", "trained/test/good/0.png", "trained/test/bad/0.png",
         "tested/test/good/0.png", "tested/test/good/1.png", "tested/test/good/2.png", "tested/test/good/3.png",
         "tested/test/good/4.png", "tested/test/bad/0.png", "nothing/train/good/0.png", "zero/test/good/a.txt",
         "zero/test/bad/0.png");
    assert_ok(rwda_dataset_open(&data, scratch, "mvtec", NULL, &err), err);
    assert_ok(rwda_evaluation_new(&evaluation, data, &err), err);
    return 0;
}

static int close_data(void **state)
{
    rwda_evaluation_free(evaluation);
    rwda_dataset_free(data);
    return scratch_free(state);
}

static rw_normals normals_of(const char *category)
{
    for (size_t c = 0; c < evaluation->n_categories; c++)
        if (strcmp(evaluation->categories[c].name, category) == 0)
            return rw_normals_of(evaluation, &evaluation->categories[c]);
    fail_msg("no category %s", category);
    return (rw_normals){ 0 };
}

static void normals_are_for_training_where_there_are_some(void **state)
{
    rw_normals trained = normals_of("trained"), tested = normals_of("tested"), zero = normals_of("zero");

    (void)state;
    assert_int_equal(trained.count, 6);
    assert_false(trained.from_test);
    assert_true(rw_path_ends_in(trained.items[5].path, "trained/train/good/5.png"));
    assert_int_equal(tested.count, 5);
    assert_true(tested.from_test);
    assert_true(rw_path_ends_in(tested.items[4].path, "tested/test/good/4.png"));
    assert_int_equal(zero.count, 0);
    assert_false(rw_normals_suffice(&zero, 1));
}

/* Of test images one at least is left to test with. */
static void the_last_test_image_is_not_drawn(void **state)
{
    rw_normals trained = normals_of("trained"), tested = normals_of("tested");

    (void)state;
    assert_true(rw_normals_suffice(&trained, 6));
    assert_false(rw_normals_suffice(&trained, 7));
    assert_true(rw_normals_suffice(&tested, 4));
    assert_false(rw_normals_suffice(&tested, 5));
    evaluation->n_shots  = 3;
    evaluation->shots[0] = 2;
    evaluation->shots[1] = 4;
    evaluation->shots[2] = 5;
    assert_int_equal(rw_normals_most(&tested, evaluation, 1), 4);
    assert_int_equal(rw_normals_most(&trained, evaluation, 6), 6);
    assert_int_equal(rw_normals_most(&trained, evaluation, 16), 5);
}

/* Draws are data: the same on every machine, for ever. */
static void draws_stay_the_same(void **state)
{
    static const uint32_t wanted[3][6] = { { 3, 5, 4, 0, 2, 1 }, { 0, 2, 1, 5, 3, 4 }, { 0, 5, 2, 4, 1, 3 } };
    rw_normals            trained      = normals_of("trained");
    uint32_t              order[6], again[6];

    (void)state;
    for (int draw = 0; draw < 3; draw++) {
        bool taken[6] = { false };

        rw_normals_draw(order, &trained, draw);
        rw_normals_draw(again, &trained, draw);
        assert_memory_equal(order, again, sizeof order);
        for (int i = 0; i < 6; i++) {
            assert_true(order[i] < 6 && !taken[order[i]]); /* each once */
            taken[order[i]] = true;
        }
        assert_memory_equal(order, wanted[draw], sizeof order);
    }
}

/* Every image is as likely to be the first as any other. */
static void draws_are_even(void **state)
{
    rw_normals trained  = normals_of("trained");
    int        first[6] = { 0 };
    uint32_t   order[6];

    (void)state;
    for (int draw = 0; draw < 6000; draw++) {
        rw_normals_draw(order, &trained, draw);
        first[order[0]]++;
    }
    for (int i = 0; i < 6; i++)
        assert_true(first[i] > 850 && first[i] < 1150); /* 1,000 +- 29 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normals_are_for_training_where_there_are_some),
        cmocka_unit_test(the_last_test_image_is_not_drawn),
        cmocka_unit_test(draws_stay_the_same),
        cmocka_unit_test(draws_are_even),
    };

    return cmocka_run_group_tests(tests, open_data, close_data);
}

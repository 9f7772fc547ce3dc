/* test_linear_discriminant.c - do the linear discriminants solve what their header says? */
#include "anomaly/linear_discriminant.h"

#include "base/random.h"
#include "tests/tolerance.h"
#include "tests/unit/check.h"

#include <math.h>

#define DIM   12
#define PAIRS 300

static const rw_kernels *kernels;
static float             x[2 * PAIRS * DIM];

/* Pairs with a shared part, apart along axis 0, with much noise on axis 1 that leaks into axis 0. */
static int set_up(void **state)
{
    rw_random  random = rw_random_init(9, 9);
    rwda_error err;

    (void)state;
    for (size_t i = 0; i < PAIRS; i++)
        for (size_t j = 0; j < DIM; j++) {
            float shared = rw_random_normal(&random);

            for (size_t side = 0; side < 2; side++)
                x[(2 * i + side) * DIM + j] = shared + (j == 0 ? (float)side : 0.0f) + 0.1f * rw_random_normal(&random);
        }
    for (size_t r = 0; r < 2 * PAIRS; r++)
        x[r * DIM] += 2.0f * x[r * DIM + 1];
    return rw_kernels_find(&kernels, RWDA_CPU_AUTO, &err) != RWDA_OK;
}

static void class_means(double mean[2][DIM])
{
    memset(mean, 0, 2 * DIM * sizeof(double));
    for (size_t r = 0; r < 2 * PAIRS; r++)
        for (size_t j = 0; j < DIM; j++)
            mean[r % 2][j] += (double)x[r * DIM + j] / PAIRS;
}

static void mean_difference_is_that_of_the_class_means(void **state)
{
    rw_direction d   = { 0 };
    rwda_error   err = { 0 };
    double       mean[2][DIM], length = 0, dot = 0, other = 0;

    (void)state;
    class_means(mean);
    assert_ok(rw_direction_mean_difference(&d, x, PAIRS, DIM, &err), err);
    for (size_t j = 0; j < DIM; j++) {
        dot += (double)d.weight[j] * (mean[1][j] - mean[0][j]);
        length += (double)d.weight[j] * (double)d.weight[j];
        other += (mean[1][j] - mean[0][j]) * (mean[1][j] - mean[0][j]);
    }
    assert_true(dot / sqrt(length * other) > 1 - TOLERANCE_DIRECTION);
    rw_direction_free(&d);
}

/* (S + lambda I) w must be parallel to the difference of the means, and the logit 0 half-way between them. */
static void lda_solves_its_equation(void **state)
{
    rw_direction d     = { 0 };
    rw_arena     arena = RW_ARENA_INIT;
    rwda_error   err   = { 0 };
    double mean[2][DIM], covariance[DIM][DIM] = { { 0 } }, trace = 0, dot = 0, a = 0, b = 0, middle, sides[2] = { 0, 0 };

    (void)state;
    class_means(mean);
    for (size_t r = 0; r < 2 * PAIRS; r++)
        for (size_t j = 0; j < DIM; j++)
            for (size_t k = 0; k < DIM; k++)
                covariance[j][k] +=
                    ((double)x[r * DIM + j] - mean[r % 2][j]) * ((double)x[r * DIM + k] - mean[r % 2][k]) / (2 * PAIRS);
    for (size_t j = 0; j < DIM; j++)
        trace += covariance[j][j];
    assert_ok(rw_direction_lda(&d, x, PAIRS, DIM, kernels, &arena, NULL, &err), err);
    middle = (double)d.bias;
    for (size_t j = 0; j < DIM; j++) {
        double left = RW_LDA_SHRINKAGE * trace / DIM * (double)d.weight[j], right = mean[1][j] - mean[0][j];

        for (size_t k = 0; k < DIM; k++)
            left += covariance[j][k] * (double)d.weight[k];
        dot += left * right;
        a += left * left;
        b += right * right;
        middle += (double)d.weight[j] * (mean[0][j] + mean[1][j]) / 2;
        sides[0] += (double)d.weight[j] * mean[0][j];
        sides[1] += (double)d.weight[j] * mean[1][j];
    }
    assert_true(dot / sqrt(a * b) > 1 - TOLERANCE_DIRECTION);
    assert_true(fabs(middle) < 1e-4 * fabs(sides[1] - sides[0]));
    assert_true(sides[1] > sides[0]);
    rw_direction_free(&d);
    rw_arena_done(&arena);
}

static void classes_that_do_not_differ_are_refused(void **state)
{
    static float same[2 * 4 * DIM];
    rw_direction d     = { 0 };
    rw_arena     arena = RW_ARENA_INIT;
    rwda_error   err   = { 0 };

    (void)state;
    assert_int_equal(rw_direction_mean_difference(&d, same, 4, DIM, &err), RWDA_EINVAL);
    assert_null(d.weight);
    assert_int_equal(rw_direction_lda(&d, same, 4, DIM, kernels, &arena, NULL, &err), RWDA_EINVAL);
    assert_null(d.weight);
    rw_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_difference_is_that_of_the_class_means),
        cmocka_unit_test(lda_solves_its_equation),
        cmocka_unit_test(classes_that_do_not_differ_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}

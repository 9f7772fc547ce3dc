/* test_diversity.c - do variance, effective rank and distance of prompts have the values that can be told by hand? */
#include "studies/diversity.h"

#include "tests/unit/check.h"

#include <math.h>

#define DIM 3

static void spread_along_axes_counts_them(void **state)
{
    /* normal prompts at +-1 on one axis, then on two; each twin 2 away on the third */
    static const float line[4][DIM]  = { { 1, 0, 0 }, { 1, 0, 2 }, { -1, 0, 0 }, { -1, 0, 2 } };
    static const float cross[8][DIM] = { { 1, 0, 0 }, { 1, 0, 2 }, { -1, 0, 0 }, { -1, 0, 2 },
                                         { 0, 1, 0 }, { 0, 1, 2 }, { 0, -1, 0 }, { 0, -1, 2 } };
    prompt_diversity   d;

    (void)state;
    assert_int_equal(prompt_diversity_of(&d, &line[0][0], 2, DIM, NULL), RWDA_OK);
    assert_true(fabs(d.variance - 1) < 1e-12 && fabs(d.rank - 1) < 1e-12 && fabs(d.distance - 2) < 1e-12);
    assert_int_equal(prompt_diversity_of(&d, &cross[0][0], 4, DIM, NULL), RWDA_OK);
    assert_true(fabs(d.variance - 1) < 1e-12 && fabs(d.rank - 2) < 1e-12 && fabs(d.distance - 2) < 1e-12);
}

static void prompts_all_alike_are_one_point(void **state)
{
    static const float same[4][DIM] = { { 0.6f, 0.8f, 0 }, { 0, 1, 0 }, { 0.6f, 0.8f, 0 }, { 0, 1, 0 } };
    prompt_diversity   d;

    (void)state;
    assert_int_equal(prompt_diversity_of(&d, &same[0][0], 2, DIM, NULL), RWDA_OK);
    assert_true(d.variance < 1e-9 && d.rank == 1 && fabs(d.distance - sqrt(0.4)) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spread_along_axes_counts_them),
        cmocka_unit_test(prompts_all_alike_are_one_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

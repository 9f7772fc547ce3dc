/* test_score_map.c - do enlarging, averaging and smoothing give the values one works out by hand? */
#include "image/score_map.h"

#include "base/random.h"
#include "tests/unit/check.h"

#include <math.h>

static void bilinear_follows_the_half_pixel_rule(void **state)
{
    /* F.interpolate(tensor([[0, 1], [2, 4]]), (4, 4), mode="bilinear", align_corners=False), worked out by hand: output i lies at
     * (i + 0.5) / 2 - 0.5 = -0.25, 0.25, 0.75, 1.25, held at 0 and 1. */
    static const float  grid[]     = { 0, 1, 2, 4 };
    static const double at[]       = { 0, 0.25, 0.75, 1 };
    float               values[16] = { 0 };
    rw_score_map        field      = { values, 4, 4 };

    (void)state;
    rw_score_map_add_grid(&field, (rw_box){ 0, 0, 4, 4 }, grid, 2, 2.0, NULL);
    for (int y = 0; y < 4; y++)
        for (int x = 0; x < 4; x++) {
            double top = at[x], bottom = 2 + 2 * at[x];

            assert_true(fabs((double)values[4 * y + x] - (top + at[y] * (bottom - top))) < 1e-6);
        }
}

static void a_box_touches_nothing_outside(void **state)
{
    static const float grid[] = { 0.5f };
    float              values[5 * 7];
    rw_score_map       field = { values, 7, 5 };

    (void)state;
    for (int i = 0; i < 35; i++)
        values[i] = 2.0f;
    rw_score_map_add_grid(&field, (rw_box){ 2, 1, 3, 2 }, grid, 1, 1.0, NULL);
    for (int y = 0; y < 5; y++)
        for (int x = 0; x < 7; x++)
            assert_true(values[7 * y + x] == (x >= 2 && x < 5 && y >= 1 && y < 3 ? 2.5f : 2.0f));
}

static void crops_are_averaged_where_they_overlap(void **state)
{
    /* Two by two crops of 3 x 2 pixels in a box of 4 x 2: columns 0..2 and 1..3, rows 0..1 twice. */
    static const float scores[]  = { 0.0f, 1.0f, 0.5f, 1.0f };
    float              values[8] = { 0 };
    rw_score_map       field     = { values, 4, 2 };

    (void)state;
    rw_score_map_add_crops(&field, (rw_box){ 0, 0, 4, 2 }, scores, 2, 3, 2, NULL);
    for (int y = 0; y < 2; y++) {
        assert_true(fabsf(values[4 * y] - 0.25f) < 1e-6f);
        assert_true(fabsf(values[4 * y + 1] - 0.625f) < 1e-6f);
        assert_true(fabsf(values[4 * y + 2] - 0.625f) < 1e-6f);
        assert_true(fabsf(values[4 * y + 3] - 1.0f) < 1e-6f);
    }
}

static void a_mean_divides_by_what_covers(void **state)
{
    float          values[6] = { 1, 2, 3, 4, 5, 6 };
    const uint32_t across[] = { 1, 2, 1 }, down[] = { 1, 3 };
    rw_score_map   field = { values, 3, 2 };

    (void)state;
    rw_score_map_divide(&field, across, down, NULL);
    assert_true(values[0] == 1.0f && values[1] == 1.0f && values[2] == 3.0f);
    assert_true(fabsf(values[4] - 5.0f / 6.0f) < 1e-6f && values[5] == 2.0f);
}

static void smoothing_keeps_what_is_even(void **state)
{
    float        values[9 * 11];
    rw_score_map field = { values, 11, 9 };
    rwda_error   err   = { 0 };

    (void)state;
    for (int i = 0; i < 99; i++)
        values[i] = 0.3f;
    assert_ok(rw_score_map_blur(&field, 2.0f, NULL, &err), err);
    for (int i = 0; i < 99; i++)
        assert_true(fabsf(values[i] - 0.3f) < 1e-6f);
}

static void smoothing_is_a_gaussian(void **state)
{
    float        values[41 * 41] = { 0 };
    rw_score_map field           = { values, 41, 41 };
    rwda_error   err             = { 0 };
    double       total           = 0.0;

    (void)state;
    values[41 * 20 + 20] = 1.0f;
    assert_ok(rw_score_map_blur(&field, 2.5f, NULL, &err), err);
    for (int y = 0; y < 41; y++)
        for (int x = 0; x < 41; x++) {
            double r2 = (x - 20) * (x - 20) + (y - 20) * (y - 20);

            total += (double)values[41 * y + x];
            if (abs(x - 20) <= 10 && abs(y - 20) <= 10)
                assert_true(fabs((double)(values[41 * y + x] / values[41 * 20 + 20]) - exp(-r2 / (2 * 2.5 * 2.5))) < 1e-5);
            else
                assert_true(values[41 * y + x] == 0.0f); /* cut at 4 sigma */
        }
    assert_true(fabs(total - 1.0) < 1e-5);
}

static void threads_change_no_bit(void **state)
{
    enum { W = 67, H = 45 };
    static float first[W * H], values[W * H];
    float        grid[25];
    rw_random    random = rw_random_init(3, 1);

    (void)state;
    for (int i = 0; i < 25; i++)
        grid[i] = rw_random_unit(&random);
    for (int threads = 1; threads <= 3; threads++) {
        rw_score_map    field = { values, W, H };
        rwda_error      err   = { 0 };
        rw_thread_pool *pool  = NULL;

        assert_ok(rw_thread_pool_new(&pool, threads, &err), err);
        memset(values, 0, sizeof values);
        rw_score_map_add_grid(&field, (rw_box){ 0, 0, W, H }, grid, 5, 5.0, pool);
        rw_score_map_add_crops(&field, (rw_box){ 3, 4, 50, 40 }, grid, 5, 12, 9, pool);
        assert_ok(rw_score_map_blur(&field, 3.0f, pool, &err), err);
        if (threads == 1)
            memcpy(first, values, sizeof first);
        assert_memory_equal(first, values, sizeof first);
        rw_thread_pool_free(pool);
    }
}

/* 384 pixels with patches of 14: 27 cells and 6 pixels.  A cell's middle lies where its pixels are, and the rest has the last cell's value. */
static void cells_that_do_not_fill_the_box_stay_where_they_are(void **state)
{
    enum { SIDE = 384, PATCH = 14, N = SIDE / PATCH };
    static float       values[SIDE * SIDE];
    float              grid[N * N];
    const rw_score_map field = { values, SIDE, SIDE };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(grid); i++)
        grid[i] = (float)(i % N + i / N);
    rw_score_map_add_grid(&field, (rw_box){ 0, 0, SIDE, SIDE }, grid, N, (double)SIDE / PATCH, NULL);
    for (size_t v = 0; v < N; v++)
        for (size_t u = 0; u < N; u++) { /* between the two middle pixels of a patch; the outer cells level off */
            size_t at     = (v * PATCH + PATCH / 2) * SIDE + u * PATCH + PATCH / 2;
            float  middle = 0.25f * (values[at] + values[at - 1] + values[at - SIDE] + values[at - SIDE - 1]);

            assert_true(fabsf(middle - grid[v * N + u]) < (u % (N - 1) == 0 || v % (N - 1) == 0 ? 0.05f : 1e-4f));
        }
    assert_true(values[SIDE * SIDE - 1] == grid[N * N - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_that_do_not_fill_the_box_stay_where_they_are),
        cmocka_unit_test(bilinear_follows_the_half_pixel_rule),
        cmocka_unit_test(a_box_touches_nothing_outside),
        cmocka_unit_test(crops_are_averaged_where_they_overlap),
        cmocka_unit_test(a_mean_divides_by_what_covers),
        cmocka_unit_test(smoothing_keeps_what_is_even),
        cmocka_unit_test(smoothing_is_a_gaussian),
        cmocka_unit_test(threads_change_no_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

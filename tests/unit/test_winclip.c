/* test_winclip.c - are window scores put together as WinCLIP says? */
#include "anomaly/winclip.h"

#include "tests/unit/check.h"

#include <math.h>

static bool near(float got, double want)
{
    return fabs((double)got - want) < 1e-6;
}

/* 3 x 3 patches, four windows of 2 x 2: a corner has one window, an edge two, the centre all four. */
static void a_patch_has_the_harmonic_mean_of_its_windows(void **state)
{
    static const float scores[] = { 0.5f, 0.25f, 0.2f, 1.0f }; /* reciprocals 2, 4, 5, 1 */
    float              map[9];

    (void)state;
    rw_winclip_aggregate(map, scores, 3, 2);
    assert_true(near(map[0], 0.5) && near(map[2], 0.25) && near(map[6], 0.2) && near(map[8], 1.0));
    assert_true(near(map[1], 2.0 / 6) && near(map[3], 2.0 / 7) && near(map[5], 2.0 / 5) && near(map[7], 2.0 / 6));
    assert_true(near(map[4], 4.0 / 12));
}

/* Each score is met as often as its window has patches: with scores all different, every patch is checked by counting. */
static void every_patch_meets_the_windows_that_cover_it(void **state)
{
    enum { GRID = 7 };

    (void)state;
    for (size_t side = 1; side <= GRID; side++) {
        size_t across = GRID - side + 1;
        float  scores[GRID * GRID], map[GRID * GRID];

        for (size_t i = 0; i < across * across; i++)
            scores[i] = 1.0f / (float)(1 + i);
        rw_winclip_aggregate(map, scores, GRID, side);
        for (size_t y = 0; y < GRID; y++)
            for (size_t x = 0; x < GRID; x++) {
                double sum = 0.0;
                size_t n   = 0;

                for (size_t w = 0; w < across * across; w++)
                    if (w / across <= y && y < w / across + side && w % across <= x && x < w % across + side) {
                        sum += (double)(1 + w);
                        n++;
                    }
                assert_true(n >= 1);
                assert_true(near(map[y * GRID + x], (double)n / sum));
            }
    }
}

static void scales_are_combined_harmonically(void **state)
{
    const float maps[] = { 0.5f, 1.0f, 0.25f, 0.5f, 0.5f, 0.0f };
    float       map[2];

    (void)state;
    rw_winclip_combine(map, maps, 3, 2);
    assert_true(near(map[0], 3.0 / (2 + 4 + 2)));
    assert_true(map[1] == 0.0f); /* a scale that says 0 */
}

static void a_score_of_zero_is_no_accident(void **state)
{
    static const float scores[] = { 0.0f, 0.5f, 0.5f, 0.5f };
    float              map[9];

    (void)state;
    rw_winclip_aggregate(map, scores, 3, 2);
    assert_true(map[0] == 0.0f && map[1] == 0.0f && map[4] == 0.0f && near(map[8], 0.5) && near(map[2], 0.5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_patch_has_the_harmonic_mean_of_its_windows),
        cmocka_unit_test(every_patch_meets_the_windows_that_cover_it),
        cmocka_unit_test(scales_are_combined_harmonically),
        cmocka_unit_test(a_score_of_zero_is_no_accident),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

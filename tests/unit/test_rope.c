/* test_rope.c - are pairs turned by the angles of their column and row? */
#include "clip/rope.h"

#include "base/random.h"
#include "tests/unit/check.h"

#include <complex.h>
#include <math.h>

/* HD: whole vectors and a rest in every kernel set. */
enum { GRID = 3, HD = 36, HEADS = 2, ROWS = 1 + GRID * GRID, LD = HEADS * HD + 5 };

/* Pair k of a head as a complex number, times exp(i angle). */
static void check(int own_grid, int first, const rw_kernels *kernels)
{
    float     table[GRID * GRID * HD], x[ROWS * LD], was[ROWS * LD];
    uint32_t  cells[ROWS];
    rw_random random = rw_random_init(1, 2);

    for (size_t i = 0; i < RW_COUNTOF(x); i++)
        x[i] = was[i] = rw_random_unit(&random) - 0.5f;
    for (uint32_t row = 0; row < ROWS; row++)
        cells[row] = row == 0 ? RW_NO_CELL : (row - 1) * 2 % (GRID * GRID); /* in any order */
    rw_rope_table(table, GRID, HD, own_grid, first);
    rw_rope_turn(x, LD, ROWS, HEADS, HD, cells, table, kernels, NULL);
    for (size_t row = 0; row < ROWS; row++)
        for (size_t j = 0; j < LD; j += 2) {
            size_t         pair = j % HD / 2, band = pair % (HD / 4);
            double         cell = cells[row], column = fmod(cell, GRID), line = floor(cell / GRID);
            double         place = (pair < HD / 4 ? column : line) + first;
            double         angle = place * own_grid / GRID * pow(10000.0, -(double)band / (HD / 4));
            double complex want;

            if (row == 0 || j >= HEADS * HD) { /* the class token, and what lies between rows */
                assert_true(x[row * LD + j] == was[row * LD + j]);
                continue;
            }
            want = ((double)was[row * LD + j] + I * (double)was[row * LD + j + 1]) * cexp(I * angle);
            assert_true(fabs((double)x[row * LD + j] - creal(want)) < 1e-6);
            assert_true(fabs((double)x[row * LD + j + 1] - cimag(want)) < 1e-6);
        }
}

static void pairs_are_turned_as_complex_numbers(void **state)
{
    const rw_kernels *kernels;

    (void)state;
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++)
        if (rw_kernels_find(&kernels, (rwda_cpu)cpu, NULL) == RWDA_OK) {
            check(GRID, 0, kernels);
            check(GRID, 1, kernels);
            check(7, 1, kernels);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_turned_as_complex_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_nearest.c - does the search find the largest product of every segment, however the work is cut? */
#include "kernels/nearest.h"

#include "base/memory.h"
#include "base/random.h"
#include "tests/tolerance.h"
#include "tests/unit/check.h"

#include <math.h>

#define GUARD 12345.0f

static const rw_kernels *sets[8];
static size_t            n_sets;

static int find_sets(void **state)
{
    (void)state;
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++)
        if (rw_kernels_find(&sets[n_sets], (rwda_cpu)cpu, NULL) == RWDA_OK)
            print_message("kernel set %s\n", sets[n_sets++]->name);
    return 0;
}

/* n random unit vectors of k values, one every `stride` floats. */
static float *units(size_t n, size_t k, size_t stride, uint64_t seed)
{
    rw_random random = rw_random_init(seed, 7);
    float    *x      = rw_new_array(n * stride + 1, sizeof *x);

    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        double square = 0;

        for (size_t j = 0; j < k; j++) {
            x[i * stride + j] = rw_random_normal(&random);
            square += (double)x[i * stride + j] * (double)x[i * stride + j];
        }
        for (size_t j = 0; j < k; j++)
            x[i * stride + j] = (float)((double)x[i * stride + j] / sqrt(square));
    }
    return x;
}

/* tokens [n, k] as columns. */
static rw_matrix pack(void **memory, rwda_precision dtype, const rw_kernels *set, const float *tokens, size_t n, size_t k)
{
    size_t bytes = 0;

    assert_true(rw_matrix_bytes(&bytes, dtype, set, n, k));
    *memory = rw_new_array(bytes, 1);
    assert_non_null(*memory);
    return rw_matrix_pack(*memory, dtype, set, tokens, n, k, k, 1);
}

/* best [rows, segments], a guard behind it. */
static float *search(const float *x, size_t ldx, size_t rows, const rw_bank *bank, const rw_kernels *set, int threads)
{
    rw_thread_pool *pool  = NULL;
    size_t          bytes = 0;
    float          *best  = rw_new_array(rows * bank->segments + 1, sizeof *best);
    uint8_t        *scratch;

    if (threads > 1)
        assert_int_equal(rw_thread_pool_new(&pool, threads, NULL), RWDA_OK);
    assert_true(rw_nearest_scratch(&bytes, bank, rows, set, pool));
    scratch = rw_new_array(bytes + 1, 1);
    assert_true(best != NULL && scratch != NULL);
    memset(best, 0x5a, rows * bank->segments * sizeof *best); /* what was there does not count */
    best[rows * bank->segments] = GUARD;
    scratch[bytes]              = 99;
    rw_nearest(best, x, ldx, rows, bank, scratch, set, pool);
    assert_true(best[rows * bank->segments] == GUARD);
    assert_int_equal(scratch[bytes], 99);
    free(scratch);
    rw_thread_pool_free(pool);
    return best;
}

/* Shapes: k a multiple of nothing and longer than a slice of a product; segments ragged, of one column, empty at either end and between. */
typedef struct {
    size_t rows, k, segments, starts[9];
} shape;
static const shape shapes[] = {
    { 1, 1, 1, { 0, 1 } },
    { 2, 7, 1, { 0, 129 } },
    { 13, 37, 3, { 0, 1, 33, 64 } },
    { 30, 100, 8, { 0, 0, 5, 5, 5, 40, 41, 300, 300 } },
    { 131, 257, 5, { 0, 225, 450, 451, 675, 900 } },
    { 5, 1030, 4, { 0, 31, 32, 96, 101 } },
    { 17, 64, 2, { 3, 50, 77 } },
    { 121, 640, 4, { 7, 1200, 1500, 1500, 1750 } }, /* more than one group on one thread, more than one block of rows */
};

static const double bounds[] = { [RWDA_PRECISION_F32]  = TOLERANCE_NEAREST_F32,
                                 [RWDA_PRECISION_F16]  = TOLERANCE_NEAREST_F16,
                                 [RWDA_PRECISION_BF16] = TOLERANCE_NEAREST_BF16,
                                 [RWDA_PRECISION_INT8] = TOLERANCE_NEAREST_INT8 };

static void the_largest_product_of_every_segment_is_found(void **state)
{
    double worst[RW_COUNTOF(bounds)] = { 0 };

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(shapes); s++) {
        const shape *of = &shapes[s];
        size_t       n = of->starts[of->segments] + s, k = of->k, ldx = k + s % 3;
        size_t       rows = SANITIZED && of->rows > 20 ? 20 : of->rows;
        float       *x = units(rows, k, ldx, s), *tokens = units(n, k, k, s + 50);
        double      *want = rw_new_array(rows * of->segments, sizeof *want);

        for (size_t i = 0; i < rows; i++)
            for (size_t segment = 0; segment < of->segments; segment++) {
                double most = -INFINITY;

                for (size_t j = of->starts[segment]; j < of->starts[segment + 1]; j++) {
                    double sum = 0;

                    for (size_t p = 0; p < k; p++)
                        sum += (double)x[i * ldx + p] * (double)tokens[j * k + p];
                    most = sum > most ? sum : most;
                }
                want[i * of->segments + segment] = most;
            }
        for (size_t t = 0; t < n_sets; t++)
            for (int dtype = RWDA_PRECISION_F32; dtype <= RW_PRECISION_LAST; dtype++) {
                void   *memory;
                rw_bank bank = { pack(&memory, (rwda_precision)dtype, sets[t], tokens, n, k), of->starts, of->segments };
                float  *best = search(x, ldx, rows, &bank, sets[t], 1);

                for (size_t i = 0; i < rows * of->segments; i++) {
                    double d = isinf(want[i]) ? 0.0 : fabs((double)best[i] - want[i]);

                    if (isinf(want[i]) ? best[i] != -INFINITY : !(d <= bounds[dtype]))
                        fail_msg("%s, %s, shape %zu: best %zu is %g, want %g", sets[t]->name,
                                 rwda_enum_name(RWDA_ENUM_PRECISION, dtype), s, i, (double)best[i], want[i]);
                    worst[dtype] = d > worst[dtype] ? d : worst[dtype];
                }
                free(best);
                free(memory);
            }
        free(x);
        free(tokens);
        free(want);
    }
    for (int dtype = RWDA_PRECISION_F32; dtype <= RW_PRECISION_LAST; dtype++)
        print_message("%s: largest error %.2g\n", rwda_enum_name(RWDA_ENUM_PRECISION, dtype), worst[dtype]);
}

/* The whole matrix of products by rw_gemm(), and its maxima: the same bytes, with any number of threads. */
static void best_is_the_largest_of_the_product_of_matrices(void **state)
{
    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(shapes); s++)
        for (size_t t = 0; t < n_sets; t++)
            for (int dtype = RWDA_PRECISION_F32; dtype <= RW_PRECISION_LAST; dtype++) {
                const shape *of = &shapes[s];
                size_t       n = of->starts[of->segments] + 1, k = of->k, bytes = 0;
                size_t       rows = SANITIZED && of->rows > 20 ? 20 : of->rows;
                float       *x = units(rows, k, k, s), *tokens = units(n, k, k, s + 50);
                float  *all = rw_new_array(rows * n, sizeof *all), *want = rw_new_array(rows * of->segments, sizeof *want);
                void   *memory;
                rw_bank bank = { pack(&memory, (rwda_precision)dtype, sets[t], tokens, n, k), of->starts, of->segments };
                rw_gemm_args args = { .c = all, .ldc = n, .a = x, .lda = k, .b = bank.columns, .m = rows };

                assert_true(rw_gemm_scratch(&bytes, &args.b, rows));
                args.scratch = rw_new_array(bytes, 1);
                rw_gemm(&args, sets[t], NULL);
                for (size_t i = 0; i < rows * of->segments; i++) {
                    size_t row = i / of->segments, segment = i % of->segments;

                    want[i] = -INFINITY;
                    for (size_t j = of->starts[segment]; j < of->starts[segment + 1]; j++)
                        want[i] = all[row * n + j] > want[i] ? all[row * n + j] : want[i];
                }
                for (int threads = 1; threads <= 3; threads++) {
                    float *best = search(x, k, rows, &bank, sets[t], threads);

                    assert_memory_equal(best, want, rows * of->segments * sizeof *best);
                    free(best);
                }
                free(args.scratch);
                free(memory);
                free(x);
                free(tokens);
                free(all);
                free(want);
            }
}

/* Rows in two calls, a segment alone, and all segments as one. */
static void neither_rows_nor_segments_depend_on_others(void **state)
{
    static const size_t starts[] = { 0, 70, 71, 71, 200, 333 };
    const size_t        rows = 61, k = 75, segments = RW_COUNTOF(starts) - 1, cut = 23;
    float              *x = units(rows, k, k, 1), *tokens = units(starts[segments], k, k, 2);

    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (int dtype = RWDA_PRECISION_F32; dtype <= RW_PRECISION_LAST; dtype++) {
            void   *memory;
            rw_bank bank = { pack(&memory, (rwda_precision)dtype, sets[t], tokens, starts[segments], k), starts, segments };
            size_t  ends[2] = { starts[0], starts[segments] };
            rw_bank whole   = { bank.columns, ends, 1 };
            float  *best = search(x, k, rows, &bank, sets[t], 2), *over = search(x, k, rows, &whole, sets[t], 3);
            float  *upper = search(x, k, cut, &bank, sets[t], 2),
                  *lower  = search(x + cut * k, k, rows - cut, &bank, sets[t], 1);

            assert_memory_equal(upper, best, cut * segments * sizeof *best);
            assert_memory_equal(lower, best + cut * segments, (rows - cut) * segments * sizeof *best);
            for (size_t segment = 0; segment < segments; segment++) {
                rw_bank one   = { bank.columns, starts + segment, 1 };
                float  *alone = search(x, k, rows, &one, sets[t], 1);

                for (size_t i = 0; i < rows; i++) {
                    assert_memory_equal(alone + i, best + i * segments + segment, sizeof *best);
                    assert_true(over[i] >= alone[i]);
                }
                free(alone);
            }
            for (size_t i = 0; i < rows; i++) {
                float most = -INFINITY;

                for (size_t segment = 0; segment < segments; segment++)
                    most = fmaxf(most, best[i * segments + segment]);
                assert_true(over[i] == most);
            }
            free(best);
            free(over);
            free(upper);
            free(lower);
            free(memory);
        }
    free(x);
    free(tokens);
}

/* No segments, no rows, no columns; products that are not numbers. */
static void nothing_to_find_is_minus_infinity(void **state)
{
    static const size_t starts[] = { 0, 0, 20, 21, 40, 40 };
    const size_t        rows = 3, k = 9, n = 40, segments = RW_COUNTOF(starts) - 1;
    float              *x = units(rows, k, k, 1), *tokens = units(n, k, k, 2);

    (void)state;
    x[2 * k + 4]      = NAN;
    tokens[20 * k]    = NAN;
    tokens[3 * k + 1] = NAN;
    for (size_t t = 0; t < n_sets; t++) {
        void   *memory;
        rw_bank bank  = { pack(&memory, RWDA_PRECISION_F32, sets[t], tokens, n, k), starts, segments };
        rw_bank none  = { bank.columns, starts, 1 };
        rw_bank empty = { bank.columns, starts, 0 };

        for (int threads = 1; threads <= 2; threads++) {
            float *best    = search(x, k, rows, &bank, sets[t], threads),
                  *nothing = search(x, k, rows, &none, sets[t], threads);

            for (size_t i = 0; i < rows; i++) {
                for (size_t segment = 0; segment < segments; segment++)
                    assert_true(i < 2 && (segment == 1 || segment == 3) ? isfinite(best[i * segments + segment])
                                                                        : best[i * segments + segment] == -INFINITY);
                assert_true(nothing[i] == -INFINITY);
            }
            free(best);
            free(nothing);
            free(search(x, k, rows, &empty, sets[t], threads));
            free(search(x, k, 0, &bank, sets[t], threads));
        }
        free(memory);
    }
    free(x);
    free(tokens);
}

/* Two zeros are equal, and which of them comes first depends on how the work is cut: the answer is always the positive one. */
static void zero_is_positive(void **state)
{
    static const size_t starts[] = { 0, 100 };
    float               x[]      = { 1e-30f };
    float               tokens[100];

    (void)state;
    for (size_t j = 0; j < RW_COUNTOF(tokens); j++)
        tokens[j] = -1e-30f; /* the product is below every number: -0 */
    for (size_t t = 0; t < n_sets; t++)
        for (int threads = 1; threads <= 2; threads++) {
            void   *memory;
            rw_bank bank = { pack(&memory, RWDA_PRECISION_F32, sets[t], tokens, 100, 1), starts, 1 };
            float  *best = search(x, 1, 1, &bank, sets[t], threads);

            assert_true(best[0] == 0.0f && !signbit(best[0]));
            free(best);
            free(memory);
        }
}

static void scratch_that_does_not_fit_is_refused(void **state)
{
    static const size_t starts[] = { 0, 64 };
    float              *tokens   = units(64, 64, 64, 1);
    void               *memory;
    rw_bank             bank  = { pack(&memory, RWDA_PRECISION_INT8, sets[0], tokens, 64, 64), starts, 1 };
    size_t              bytes = 0;

    (void)state;
    assert_false(rw_nearest_scratch(&bytes, &bank, SIZE_MAX, sets[0], NULL));
    assert_false(rw_nearest_scratch(&bytes, &bank, SIZE_MAX / 64, sets[0], NULL));
    bank.columns = rw_matrix_at(NULL, RWDA_PRECISION_F32, 64, 64);
    assert_false(rw_nearest_scratch(&bytes, &bank, SIZE_MAX, sets[0], NULL));
    free(tokens);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_product_of_every_segment_is_found),
        cmocka_unit_test(best_is_the_largest_of_the_product_of_matrices),
        cmocka_unit_test(neither_rows_nor_segments_depend_on_others),
        cmocka_unit_test(nothing_to_find_is_minus_infinity),
        cmocka_unit_test(zero_is_positive),
        cmocka_unit_test(scratch_that_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests(tests, find_sets, NULL);
}

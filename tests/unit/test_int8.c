/* test_int8.c - do all INT8 kernels give the same bytes, and the right ones? */
#include "base/memory.h"
#include "base/random.h"
#include "kernels/int8.h"
#include "kernels/kernel_sets.h"
#include "tests/tolerance.h"
#include "tests/unit/check.h"

#include <math.h>

static const size_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 101, 257 };

static const rw_int8_kernels *all[4];
static size_t                 n_all;
static const rw_kernels      *sets[4];
static size_t                 n_sets;

static int find_kernels(void **state)
{
    (void)state;
    all[n_all++] = &rw_int8_ref;
#if RW_SETS_X86
    const rw_kernels *set;

    if (rw_kernels_find(&set, RWDA_CPU_AVX2, NULL) == RWDA_OK) {
        all[n_all++] = &rw_int8_avx2;
        if (rw_int8_find(set) != &rw_int8_avx2)
            all[n_all++] = rw_int8_find(set);
    }
    if (rw_kernels_find(&set, RWDA_CPU_AVX512, NULL) == RWDA_OK && rw_int8_find(set) == &rw_int8_avx512vnni)
        all[n_all++] = &rw_int8_avx512vnni;
#endif
    for (size_t i = 0; i < n_all; i++)
        print_message("integers: %s\n", all[i]->name);
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++)
        n_sets += rw_kernels_find(&sets[n_sets], (rwda_cpu)cpu, NULL) == RWDA_OK;
    return 0;
}

static float *values(size_t n, float low, float high, uint64_t seed)
{
    rw_random random = rw_random_init(seed, 9);
    float    *x      = rw_new_array(n + 1, sizeof *x);

    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = low + (high - low) * rw_random_unit(&random);
    return x;
}

static rw_int8_rows new_rows(size_t m, size_t k)
{
    rw_int8_rows rows = { .pitch = (k + RW_ALIGNMENT - 1) / RW_ALIGNMENT * RW_ALIGNMENT };

    rows.values = rw_new_array(m, rows.pitch);
    rows.scales = rw_new_array(m, sizeof *rows.scales);
    rows.zeros  = rw_new_array(m, sizeof *rows.zeros);
    assert_true(rows.values != NULL && rows.scales != NULL && rows.zeros != NULL);
    return rows;
}

static void free_rows(rw_int8_rows *rows)
{
    free(rows->values);
    free(rows->scales);
    free(rows->zeros);
}

static void rows_are_quantised_alike(void **state)
{
    static const float ranges[][2] = { { -1, 1 },         { 0, 5 },         { -3, 0 },   { -0.17f, 20 },
                                       { 2, 3 },          { -9, -8 },       { 0, 0 },    { 1e-35f, 2e-35f },
                                       { -1e30f, 1e30f }, { -INFINITY, 1 }, { NAN, NAN } };

    (void)state;
    for (size_t r = 0; r < RW_COUNTOF(ranges); r++)
        for (size_t s = 0; s < RW_COUNTOF(sizes); s++) {
            size_t       k    = sizes[s];
            float       *x    = values(k, ranges[r][0], ranges[r][1], r * 100 + s);
            rw_int8_rows want = new_rows(2, k), got = new_rows(2, k);

            if (isinf(ranges[r][0]))
                for (size_t p = 0; p < k; p++)
                    x[p] = p == k / 2 ? -INFINITY : (float)p;
            else if (isnan(ranges[r][0]))
                for (size_t p = 0; p < k; p++)
                    x[p] = p % 3 == 1 ? NAN : (float)p;
            rw_int8_ref.quantise(&want, 1, x, k);
            for (size_t p = 0; p < k && fabsf(ranges[r][0]) < 1e10f && want.scales[1] > 0; p++)
                assert_true(fabsf(((float)want.values[want.pitch + p] - (float)want.zeros[1]) * want.scales[1] - x[p]) <=
                            1.0001f * want.scales[1]); /* half a step for the value, half a step for the zero point */
            for (size_t i = 0; i < n_all; i++) {
                all[i]->quantise(&got, 1, x, k);
                assert_memory_equal(got.values + got.pitch, want.values + want.pitch, k);
                assert_memory_equal(&got.scales[1], &want.scales[1], sizeof(float));
                assert_int_equal(got.zeros[1], want.zeros[1]);
                assert_int_equal(got.scales[0], 0); /* the row before is left alone */
            }
            free_rows(&want);
            free_rows(&got);
            free(x);
        }
}

/* Zero is exact: what ReLU cut off stays 0. */
static void zero_comes_back_as_zero(void **state)
{
    float        x[]  = { 0.0f, 3.0f, -1.7f, 0.0f, 0.01f };
    rw_int8_rows rows = new_rows(1, RW_COUNTOF(x));

    (void)state;
    rw_int8_ref.quantise(&rows, 0, x, RW_COUNTOF(x));
    assert_int_equal(rows.values[0], rows.zeros[0]);
    assert_int_equal(rows.values[3], rows.zeros[0]);
    assert_int_equal(rows.values[1], 255);
    assert_int_equal(rows.values[2], 0);
    free_rows(&rows);
}

static rw_matrix pack(const float *b, size_t n, size_t k, void **memory)
{
    size_t bytes = 0;

    assert_true(rw_matrix_bytes(&bytes, RWDA_PRECISION_INT8, sets[0], n, k));
    *memory = rw_new_array(bytes, 1);
    assert_non_null(*memory);
    return rw_matrix_pack(*memory, RWDA_PRECISION_INT8, sets[0], b, n, k, k, 1);
}

/* Integers in, integers out: with whole scales every kernel must give the sum itself, at the ends of the range too. */
static void sums_are_exact(void **state)
{
    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(sizes); s++)
        for (int ends = 0; ends < 3; ends++) {
            size_t       n = sizes[(s * 3 + 1) % RW_COUNTOF(sizes)], k = sizes[s], m = 14;
            float       *b    = values(n * k, -127, 127, s), c[14 * RW_INT8_COLUMNS];
            rw_int8_rows rows = new_rows(m, k);
            void        *memory;
            rw_matrix    matrix;
            rw_random    random = rw_random_init(s, 3);

            for (size_t i = 0; i < n * k; i++)
                b[i] = ends == 1 ? 127.0f : ends == 2 ? -127.0f : i % k == 0 ? 127.0f : rintf(b[i]); /* scale 1 */
            matrix = pack(b, n, k, &memory);
            for (size_t i = 0; i < m; i++) {
                rows.scales[i] = 1.0f;
                rows.zeros[i]  = (int32_t)(i * 18);
                for (size_t p = 0; p < rows.pitch; p++) /* bytes beyond k must not count */
                    rows.values[i * rows.pitch + p] = ends > 0 ? 255 : (uint8_t)(rw_random_u32(&random) >> 24);
            }
            for (size_t t = 0; t < n_all; t++)
                for (size_t col = 0; col < n; col += RW_INT8_COLUMNS)
                    for (size_t count = 1; count <= all[t]->mr; count++) {
                        size_t row = m - count;

                        all[t]->tile(c, &rows, row, count, &matrix, col, (rw_prefetch){ (const char *)memory, 16 });
                        for (size_t i = 0; i < count; i++)
                            for (size_t j = 0; j < RW_INT8_COLUMNS && col + j < n; j++) {
                                double sum = 0;

                                for (size_t p = 0; p < k; p++)
                                    sum += ((double)rows.values[(row + i) * rows.pitch + p] - rows.zeros[row + i]) *
                                           (double)b[(col + j) * k + p];
                                if ((double)c[i * RW_INT8_COLUMNS + j] != sum)
                                    fail_msg("%s: k %zu, row %zu, column %zu: %g, want %g", all[t]->name, k, row + i,
                                             col + j, (double)c[i * RW_INT8_COLUMNS + j], sum);
                            }
                    }
            free(memory);
            free_rows(&rows);
            free(b);
        }
}

/* The longest sum that is allowed, of the largest products, does not overflow. */
static void the_longest_sum_fits(void **state)
{
    size_t       k    = RW_INT8_K_MAX, bytes;
    float       *b    = values(k, 127, 127, 1), c[RW_INT8_COLUMNS];
    rw_int8_rows rows = new_rows(1, k);
    void        *memory;
    rw_matrix    matrix = pack(b, 1, k, &memory);

    (void)state;
    memset(rows.values, 255, k);
    rows.scales[0] = 1.0f;
    for (size_t t = 0; t < n_all; t++)
        for (int zero = 0; zero <= 255; zero += 255) {
            rows.zeros[0] = zero;
            all[t]->tile(c, &rows, 0, 1, &matrix, 0, (rw_prefetch){ (const char *)memory, 0 });
            assert_true(c[0] == (zero == 0 ? (float)(255.0 * 127.0 * (double)k) : 0.0f));
        }
    assert_false(rw_matrix_bytes(&bytes, RWDA_PRECISION_INT8, sets[0], 1, k + 1));
    free(memory);
    free_rows(&rows);
    free(b);
}

/* A byte a weight, and for each column a scale and a sum. */
static void a_matrix_takes_a_quarter_of_float32(void **state)
{
    size_t small, full;

    (void)state;
    assert_true(rw_matrix_bytes(&small, RWDA_PRECISION_INT8, sets[0], 3584, 896));
    assert_true(rw_matrix_bytes(&full, RWDA_PRECISION_F32, sets[0], 3584, 896));
    assert_int_equal(full, 4u * 3584 * 896);
    assert_int_equal(small, 3584u * (896 + 8));
    assert_false(rw_matrix_bytes(&small, RWDA_PRECISION_INT8, sets[0], SIZE_MAX - 5, 64));
}

static void multiply(float *c, const float *a, const rw_matrix *b, size_t m, const float *bias, const rw_kernels *set,
                     rw_thread_pool *pool)
{
    rw_gemm_args args = { .c = c, .ldc = b->n, .a = a, .lda = b->k, .b = *b, .m = m, .epilogue.bias = bias };
    size_t       bytes;

    assert_true(rw_gemm_scratch(&bytes, b, m));
    args.scratch = rw_new_array(bytes, 1);
    assert_non_null(args.scratch);
    rw_gemm(&args, set, pool);
    free(args.scratch);
}

/* A whole product without activation: near the sum in double, and the same bytes in every kernel set, for any number of threads and any batch. */
static void products_are_the_same_bytes_everywhere(void **state)
{
    double worst = 0.0;

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(sizes); s++) {
        size_t m = sizes[(s * 5 + 2) % RW_COUNTOF(sizes)], n = sizes[(s * 7 + 3) % RW_COUNTOF(sizes)],
               k = s % 3 == 0 ? 1000 : sizes[s];
        float *a = values(m * k, -1, 3, s), *b = values(n * k, -1, 1, s + 40), *bias = values(n, -1, 1, 3),
              *first = values(m * n, 0, 0, 1), *other = values(m * n, 0, 0, 1);
        void     *memory;
        rw_matrix matrix = pack(b, n, k, &memory);

        first[m * n] = other[m * n] = 12345.0f; /* guards after the last element */
        multiply(first, a, &matrix, m, bias, sets[0], NULL);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++) {
                double want = (double)bias[j], size = 0;

                for (size_t p = 0; p < k; p++) {
                    want += (double)a[i * k + p] * (double)b[j * k + p];
                    size += fabs((double)b[j * k + p]) * 4.0 / 255.0 + fabs((double)a[i * k + p]) / 254.0;
                }
                worst = fmax(worst, fabs((double)first[i * n + j] - want) / size);
            }
        for (size_t t = 0; t < n_sets; t++)
            for (int threads = 1; threads <= 3; threads++) {
                rw_thread_pool *pool = NULL;

                assert_int_equal(rw_thread_pool_new(&pool, threads, NULL), RWDA_OK);
                memset(other, 0, m * n * sizeof *other);
                multiply(other, a, &matrix, m, bias, sets[t], pool);
                assert_memory_equal(other, first, (m * n + 1) * sizeof *other);
                rw_thread_pool_free(pool);
            }
        for (size_t row = 0; row < m; row++) {
            multiply(other, a + row * k, &matrix, 1, bias, sets[n_sets - 1], NULL);
            assert_memory_equal(other, first + row * n, n * sizeof *other);
        }
        free(memory);
        free(a);
        free(b);
        free(bias);
        free(first);
        free(other);
    }
    print_message("largest error, in sums of one step a value: %.2g\n", worst);
    assert_true(worst <= 1.0); /* a step of the activation and half a step of the weight for each of the k products */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_quantised_alike),
        cmocka_unit_test(zero_comes_back_as_zero),
        cmocka_unit_test(sums_are_exact),
        cmocka_unit_test(the_longest_sum_fits),
        cmocka_unit_test(a_matrix_takes_a_quarter_of_float32),
        cmocka_unit_test(products_are_the_same_bytes_everywhere),
    };

    return cmocka_run_group_tests(tests, find_kernels, NULL);
}

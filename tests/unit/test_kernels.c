/* test_kernels.c - does every kernel set compute what ref computes, independently of batch, position and threads? */
#include "base/memory.h"
#include "base/random.h"
#include "kernels/kernels.h"
#include "tests/tolerance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const size_t sizes[] = { 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 101, 257 };

static const rw_kernels *ref;
static const rw_kernels *sets[8];
static size_t            n_sets;

static int find_sets(void **state)
{
    (void)state;
    assert_int_equal(rw_kernels_find(&ref, RWDA_CPU_REF, NULL), RWDA_OK);
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++)
        if (rw_kernels_find(&sets[n_sets], (rwda_cpu)cpu, NULL) == RWDA_OK)
            print_message("kernel set %s\n", sets[n_sets++]->name);
    return 0;
}

/* [n] values in -scale..scale, at an odd address when asked. */
static float *values(size_t n, float scale, uint64_t seed)
{
    rw_random random = rw_random_init(seed, 7);
    float    *x      = rw_new_array(n + 1, sizeof *x);

    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = (2.0f * rw_random_unit(&random) - 1.0f) * scale;
    return x;
}

static double difference(const float *a, const float *b, size_t n)
{
    double worst = 0.0;

    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)a[i] - (double)b[i]) / fmax(1.0, fabs((double)b[i]));

        worst = d > worst || isnan(d) ? d : worst;
    }
    return worst;
}

static void multiply(float *c, const float *a, const float *b, size_t m, size_t n, size_t k, const rw_kernels *t,
                     rw_thread_pool *pool)
{
    size_t       floats = 0;
    float       *packed;
    rw_gemm_args args = { .c = c, .ldc = n, .a = a, .lda = k, .m = m };

    assert_true(rw_packed_size(&floats, t, n, k));
    packed = rw_new_array(floats, sizeof *packed);
    rw_pack(packed, t, b, n, k, k, 1);
    args.b = rw_matrix_f32(packed, n, k);
    rw_gemm(&args, t, pool);
    free(packed);
}

static void products_equal_the_sum_in_double(void **state)
{
    double worst = 0.0;

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(sizes) * 3; s++) {
        size_t m = sizes[(s * 5 + 3) % RW_COUNTOF(sizes)], n = sizes[s % RW_COUNTOF(sizes)],
               k = s % 4 == 3 ? 1000 : sizes[(s * 3 + 1) % RW_COUNTOF(sizes)];
        float *a = values(m * k, 1, s), *b = values(n * k, 1, s + 99), *c = values(m * n, 1, 1), *want = values(m * n, 1, 2);

        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++) {
                double sum = 0;

                for (size_t p = 0; p < k; p++)
                    sum += (double)a[i * k + p] * (double)b[j * k + p];
                want[i * n + j] = (float)sum;
            }
        for (size_t t = 0; t < n_sets; t++) {
            double d;

            c[m * n] = 12345.0f; /* the guard after the last element */
            multiply(c, a, b, m, n, k, sets[t], NULL);
            d     = difference(c, want, m * n);
            worst = d > worst ? d : worst;
            if (!(d <= TOLERANCE_GEMM) || c[m * n] != 12345.0f)
                fail_msg("%s: %zu x %zu x %zu differs by %g", sets[t]->name, m, n, k, d);
        }
        free(a);
        free(b);
        free(c);
        free(want);
    }
    print_message("largest difference of a product: %.2g\n", worst);
}

/* However a product is cut, along k too: the bytes of one tile over all of k, and of its epilogue. */
static void a_long_sum_is_one_chain(void **state)
{
    static const size_t depths[] = { 1024, 1025, 2500 };
    const size_t        m = 131, n = 301;
    float *b = values(n * 2500, 1, 6), *a = values(m * 2500, 1, 5), *bias = values(n, 1, 7), *residual = values(m * n, 1, 8);
    float *got = values(m * n, 1, 1), *want = values(m * n, 1, 2);
    rw_thread_pool *pool = NULL;

    (void)state;
    assert_int_equal(rw_thread_pool_new(&pool, 2, NULL), RWDA_OK);
    for (size_t t = 0; t < n_sets; t++)
        for (size_t d = 0; d < RW_COUNTOF(depths); d++)
            for (int bare = 0; bare < 2; bare++) {
                const rw_kernels *set    = sets[t];
                size_t            floats = 0, k = depths[d];
                rw_epilogue       epilogue = { bias, residual, n, RW_ACT_GELU };
                rw_gemm_args      args     = { .c = got, .ldc = n, .a = a, .lda = k, .m = m };
                float            *packed;

                assert_true(rw_packed_size(&floats, set, n, k));
                packed = rw_new_array(floats, sizeof *packed);
                rw_pack(packed, set, b, n, k, k, 1);
                args.b = rw_matrix_f32(packed, n, k);
                if (!bare)
                    args.epilogue = epilogue;
                rw_gemm(&args, set, d == 2 ? pool : NULL);
                for (size_t row = 0; row < m; row++)
                    for (size_t col = 0; col < n; col += set->nr)
                        set->tile(want + row * n + col, n, a + row * k, k, packed + col * k, 1,
                                  n - col < set->nr ? n - col : set->nr, k, false, (rw_prefetch){ (const char *)packed, 0 });
                if (!bare)
                    set->apply_epilogue(want, n, want, n, &epilogue, m, n);
                assert_memory_equal(got, want, m * n * sizeof *got);
                free(packed);
            }
    rw_thread_pool_free(pool);
    free(a);
    free(b);
    free(bias);
    free(residual);
    free(got);
    free(want);
}

static void a_row_is_independent_of_its_batch(void **state)
{
    const size_t m = 61, n = 97, k = 130;
    float       *a = values(m * k, 1, 5), *b = values(n * k, 1, 6), *all = values(m * n, 1, 7), *other = values(m * n, 1, 8);

    (void)state;
    for (size_t t = 0; t < n_sets; t++) {
        multiply(all, a, b, m, n, k, sets[t], NULL);
        for (size_t row = 0; row < m; row++) {
            multiply(other, a + row * k, b, 1, n, k, sets[t], NULL);
            assert_memory_equal(other, all + row * n, n * sizeof *all);
        }
        for (int threads = 2; threads <= 4; threads++) {
            rw_thread_pool *pool = NULL;

            assert_int_equal(rw_thread_pool_new(&pool, threads, NULL), RWDA_OK);
            multiply(other, a, b, m, n, k, sets[t], pool);
            assert_memory_equal(other, all, m * n * sizeof *all);
            rw_thread_pool_free(pool);
        }
    }
    free(a);
    free(b);
    free(all);
    free(other);
}

/* F16 and BF16 panels are widened exactly: the same bytes as float32 panels of the rounded values. */
static void panels_of_16_bits_give_the_bytes_of_their_values(void **state)
{
    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(sizes); s++) {
        size_t m = sizes[(s * 5 + 2) % RW_COUNTOF(sizes)], n = sizes[s],
               k = s % 3 == 0 ? 1300 : sizes[(s * 3 + 1) % RW_COUNTOF(sizes)];
        float *a = values(m * k, 1, s), *b = values(n * k, 1, s + 5), *c = values(m * n, 1, 1), *want = values(m * n, 1, 2);

        for (size_t i = 0; i < n * k; i += 7) /* subnormal halves among them */
            b[i] *= 1e-6f;
        for (size_t t = 0; t < n_sets; t++)
            for (int dtype = RWDA_PRECISION_F16; dtype <= RWDA_PRECISION_BF16; dtype++) {
                size_t       bytes   = 0;
                float       *rounded = values(n * k, 1, 0);
                uint16_t    *halves  = rw_new_array(n * k, sizeof *halves);
                void        *memory;
                rw_gemm_args args = { .c = c, .ldc = n, .a = a, .lda = k, .m = m };

                rw_narrow(halves, (rwda_precision)dtype, b, n * k);
                rw_widen(rounded, (rwda_precision)dtype, halves, n * k);
                multiply(want, a, rounded, m, n, k, sets[t], NULL);
                assert_true(rw_matrix_bytes(&bytes, (rwda_precision)dtype, sets[t], n, k));
                memory   = rw_new_array(bytes, 1);
                args.b   = rw_matrix_pack(memory, (rwda_precision)dtype, sets[t], b, n, k, k, 1);
                c[m * n] = 12345.0f;
                rw_gemm(&args, sets[t], NULL);
                assert_memory_equal(c, want, m * n * sizeof *c);
                assert_true(c[m * n] == 12345.0f);
                free(memory);
                free(rounded);
                free(halves);
            }
        free(a);
        free(b);
        free(c);
        free(want);
    }
}

/* Columns from a panel's first on, inside the packed form: the bytes of the same columns of the whole product, in every precision. */
static void columns_of_a_matrix_multiply_alone(void **state)
{
    static const struct {
        size_t first, count;
    } parts[]      = { { 0, 1 }, { 0, 200 }, { 96, 96 }, { 96, 104 }, { 192, 8 }, { 192, 0 } };
    const size_t m = 19, n = 200, k = 37; /* 96: whole panels of every kernel set */
    float *a = values(m * k, 1, 5), *b = values(n * k, 1, 6), *whole = values(m * n, 1, 7), *part = values(m * n, 1, 8);

    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (int dtype = RWDA_PRECISION_F32; dtype <= RW_PRECISION_LAST; dtype++) {
            size_t       bytes = 0, needed = 0;
            void        *memory;
            rw_matrix    columns = { .n = 4711 };
            rw_gemm_args args    = { .c = whole, .ldc = n, .a = a, .lda = k, .m = m };

            assert_true(rw_matrix_bytes(&bytes, (rwda_precision)dtype, sets[t], n, k));
            memory = rw_new_array(bytes, 1);
            args.b = rw_matrix_pack(memory, (rwda_precision)dtype, sets[t], b, n, k, k, 1);
            assert_true(rw_gemm_scratch(&needed, &args.b, m));
            args.scratch = rw_new_array(needed, 1);
            rw_gemm(&args, sets[t], NULL);
            for (size_t p = 0; p < RW_COUNTOF(parts); p++) {
                rw_gemm_args some = args;

                assert_true(rw_matrix_columns(&some.b, &args.b, sets[t], parts[p].first, parts[p].count));
                some.c      = part;
                some.ldc    = parts[p].count;
                part[m * n] = part[m * parts[p].count] = 12345.0f;
                rw_gemm(&some, sets[t], NULL);
                for (size_t row = 0; row < m; row++)
                    assert_memory_equal(part + row * parts[p].count, whole + row * n + parts[p].first,
                                        parts[p].count * sizeof *part);
                assert_true(part[m * parts[p].count] == 12345.0f);
            }
            assert_false(rw_matrix_columns(&columns, &args.b, sets[t], 1, 4));
            assert_false(rw_matrix_columns(&columns, &args.b, sets[t], 96, 105));
            assert_false(rw_matrix_columns(&columns, &args.b, sets[t], 96, SIZE_MAX));
            assert_false(rw_matrix_columns(&columns, &args.b, sets[t], 288, 0));
            assert_int_equal(columns.n, 4711);
            free(args.scratch);
            free(memory);
        }
    free(a);
    free(b);
    free(whole);
    free(part);
}

static void the_epilogue_adds_bias_activation_and_residual(void **state)
{
    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (size_t s = 0; s < RW_COUNTOF(sizes); s++) {
            size_t n = sizes[s];
            float *x = values(n, 4, s), *y = values(n, 4, s), *want = values(n, 1, 1), *bias = values(n, 1, 3),
                  *rest = values(n, 1, 4);

            for (int act = RW_ACT_NONE; act <= RW_ACT_LAST; act++) {
                rw_epilogue epilogue = { bias, rest, n, (rw_activation)act };

                ref->apply_epilogue(want, n, x, n, &epilogue, 1, n);
                sets[t]->apply_epilogue(y, n, y, n, &epilogue, 1, n);
                for (size_t i = 0; i < n; i++)
                    assert_true(fabsf(y[i] - want[i]) <= (float)TOLERANCE_ACTIVATION * fmaxf(1.0f, fabsf(x[i] + bias[i])));
                memcpy(x, y, n * sizeof *x);
                memcpy(want, rest, n * sizeof *want); /* the blocks add to what is there */
                sets[t]->apply_epilogue(y, n, x, n, &epilogue, 1, n);
                epilogue.residual = want;
                sets[t]->apply_epilogue(want, n, x, n, &epilogue, 1, n);
                assert_memory_equal(want, y, n * sizeof *want);
                memcpy(y, x, n * sizeof *y);
            }
            free(x);
            free(y);
            free(want);
            free(bias);
            free(rest);
        }
}

/* Strided rows: what lies between them is untouched. */
static void an_epilogue_keeps_to_its_rows(void **state)
{
    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (size_t s = 0; s < RW_COUNTOF(sizes); s++) {
            size_t      n = sizes[s], rows = 3, ldx = n + 1, ldc = n + 2, ldr = n + 3;
            float      *x = values(rows * ldx, 4, s), *rest = values(rows * ldr, 1, 4), *bias = values(n, 1, 3);
            float      *c = values(rows * ldc, 1, 5), *row = values(n, 1, 6);
            rw_epilogue epilogue = { bias, rest, ldr, RW_ACT_GELU };

            for (size_t i = 0; i < rows * ldc; i++)
                c[i] = 12345.0f;
            sets[t]->apply_epilogue(c, ldc, x, ldx, &epilogue, rows, n);
            for (size_t i = 0; i < rows; i++) {
                epilogue.residual = rest + i * ldr;
                sets[t]->apply_epilogue(row, n, x + i * ldx, n, &epilogue, 1, n);
                assert_memory_equal(c + i * ldc, row, n * sizeof *row);
                assert_true(c[i * ldc + n] == 12345.0f && c[i * ldc + n + 1] == 12345.0f);
            }
            free(x);
            free(rest);
            free(bias);
            free(c);
            free(row);
        }
}

static void transpose_moves_every_value(void **state)
{
    static const size_t shapes[][2] = { { 1, 1 }, { 16, 16 }, { 17, 33 }, { 32, 64 }, { 5, 40 }, { 8, 7 } };

    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (size_t s = 0; s < RW_COUNTOF(shapes); s++) {
            size_t rows = shapes[s][0], columns = shapes[s][1], in_stride = columns + 3, out_stride = rows + 2;
            float *in = values(rows * in_stride, 1, s), *out = values(columns * out_stride, 1, 9),
                  *was = values(columns * out_stride, 1, 9);

            sets[t]->transpose(out, out_stride, in, in_stride, rows, columns);
            for (size_t j = 0; j < columns; j++) {
                for (size_t i = 0; i < rows; i++)
                    assert_true(out[j * out_stride + i] == in[i * in_stride + j]);
                for (size_t i = j * out_stride + rows; i < (j + 1) * out_stride; i++)
                    assert_true(out[i] == was[i]); /* between the rows nothing is touched */
            }
            free(was);
            free(in);
            free(out);
        }
}

static float activated(const rw_kernels *set, float x, rw_activation act)
{
    rw_epilogue epilogue = { .act = act };

    set->apply_epilogue(&x, 1, &x, 1, &epilogue, 1, 1);
    return x;
}

/* GELU over its whole range against erf in double. */
static void activations_are_exact_everywhere(void **state)
{
    double worst = 0.0;

    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (int i = -2000; i <= 2000; i++) {
            float  x = (float)i * 0.01f, gelu = x, quick = x, tanh_gelu;
            double want_gelu  = 0.5 * (double)x * (1.0 + erf((double)x / sqrt(2.0))),
                   want_quick = (double)x / (1.0 + exp(-1.702 * (double)x)),
                   want_tanh =
                       0.5 * (double)x * (1.0 + tanh(sqrt(2.0 / acos(-1.0)) * ((double)x + 0.044715 * pow((double)x, 3.0))));
            double d;

            gelu      = activated(sets[t], gelu, RW_ACT_GELU);
            quick     = activated(sets[t], quick, RW_ACT_QUICK_GELU);
            tanh_gelu = activated(sets[t], x, RW_ACT_GELU_TANH);
            d         = fmax(fabs((double)gelu - want_gelu), fabs((double)quick - want_quick));
            d         = fmax(d, fabs((double)tanh_gelu - want_tanh)) / fmax(1.0, fabs((double)x));
            if (!(d <= TOLERANCE_ACTIVATION))
                fail_msg("%s: at %g off by %g", sets[t]->name, (double)x, d);
            worst = d > worst ? d : worst;
        }
    print_message("largest error of an activation: %.2g\n", worst);
}

/* Two values v and -v have the variance v^2: the first becomes v / sqrt(v^2 + eps). */
static void layer_norm_adds_the_epsilon_it_is_given(void **state)
{
    const float x[2] = { 1e-3f, -1e-3f }, gain[2] = { 1.0f, 1.0f }, bias[2] = { 0.0f, 0.0f };
    float       out[2];

    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (double eps = 1e-7; eps < 1e-2; eps *= 10.0) {
            sets[t]->layer_norm(out, x, gain, bias, 1, 2, (float)eps);
            assert_true(fabs((double)out[0] - 1e-3 / sqrt(1e-6 + eps)) < 1e-6);
        }
}

static void layer_norm_and_softmax_agree_with_ref(void **state)
{
    double norm = 0.0, soft = 0.0;

    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (size_t s = 1; s < RW_COUNTOF(sizes); s++) {
            size_t n = sizes[s];
            float *x = values(3 * n, 3, s), *gain = values(n, 1, 11), *bias = values(n, 1, 12), *a = values(3 * n, 1, 0),
                  *b = values(3 * n, 1, 0);
            double d;

            ref->layer_norm(a, x, gain, bias, 3, n, s % 2 == 0 ? 1e-5f : 1e-6f);
            sets[t]->layer_norm(b, x, gain, bias, 3, n, s % 2 == 0 ? 1e-5f : 1e-6f);
            d    = difference(b, a, 3 * n);
            norm = d > norm ? d : norm;
            memcpy(a, x, n * sizeof *a);
            memcpy(b, x, n * sizeof *b);
            ref->softmax(a, n, 0.7f);
            sets[t]->softmax(b, n, 0.7f);
            d    = difference(b, a, n);
            soft = d > soft ? d : soft;
            free(x);
            free(gain);
            free(bias);
            free(a);
            free(b);
        }
    print_message("LayerNorm %.2g, softmax %.2g\n", norm, soft);
    assert_true(norm <= TOLERANCE_LAYER_NORM);
    assert_true(soft <= TOLERANCE_SOFTMAX);
}

/* Strided rows; NaN is passed over, infinities are not; what was there before counts, and what lies between the rows does not. */
static void row_max_is_the_largest_of_each_row(void **state)
{
    const size_t rows = 5;

    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (size_t s = 0; s < RW_COUNTOF(sizes); s++)
            for (size_t at = 0; at < sizes[s]; at++) { /* where the largest stands */
                size_t n = sizes[s], ldx = n + 3;
                float *x = values(rows * ldx, 1, s), most[6] = { -INFINITY, -INFINITY, 7.0f, -2.0f, -INFINITY, 12345.0f };

                for (size_t i = 0; i < rows; i++)
                    for (size_t j = n; j < ldx; j++)
                        x[i * ldx + j] = 99.0f;
                x[at]           = 3.0f;
                x[ldx + at]     = INFINITY;
                x[2 * ldx + at] = 6.0f;
                for (size_t j = 0; j < n; j++)
                    x[3 * ldx + j] = j == at ? -1.5f : j % 2 == 0 ? NAN : -INFINITY;
                for (size_t j = 0; j < n; j++)
                    x[4 * ldx + j] = NAN;
                sets[t]->row_max(most, x, ldx, rows, n);
                assert_true(most[0] == 3.0f && most[1] == INFINITY && most[2] == 7.0f && most[3] == -1.5f);
                assert_true(most[4] == -INFINITY && most[5] == 12345.0f);
                sets[t]->row_max(most, x, ldx, rows, 0);
                assert_true(most[0] == 3.0f && most[4] == -INFINITY);
                free(x);
            }
}

/* Kernels of training; a guard after the last element is untouched. */
static void training_agrees_with_ref(void **state)
{
    const rw_adamw_factors factors = { 0.99999f, 0.9f, 0.999f, 0.003f, 3.2f };
    double                 slopes = 0.0, steps = 0.0;

    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (size_t s = 0; s < RW_COUNTOF(sizes); s++) {
            size_t n = sizes[s];
            float *x = values(n, 6, s), *g = values(n, 1, 21), *a[3], *b[3];
            double d;

            for (size_t i = 0; i < 3; i++) {
                a[i]    = values(n, 1, 22 + i);
                b[i]    = values(n, 1, 22 + i);
                b[i][n] = 12345.0f;
            }
            for (int act = RW_ACT_NONE; act <= RW_ACT_LAST; act++) {
                ref->axpy(a[0], 0.3f, x, n);
                sets[t]->axpy(b[0], 0.3f, x, n);
                ref->multiply(a[0], g, n);
                sets[t]->multiply(b[0], g, n);
                ref->activation_backward(a[0], x, n, (rw_activation)act);
                sets[t]->activation_backward(b[0], x, n, (rw_activation)act);
                d      = difference(b[0], a[0], n);
                slopes = d > slopes ? d : slopes;
                memcpy(a[0], b[0], n * sizeof *x);
            }
            for (size_t i = 0; i < n; i++)
                a[2][i] = b[2][i] = fabsf(a[2][i]);
            ref->adamw(a[0], a[1], a[2], g, n, &factors);
            sets[t]->adamw(b[0], b[1], b[2], g, n, &factors);
            for (size_t i = 0; i < 3; i++) {
                d     = difference(b[i], a[i], n);
                steps = d > steps ? d : steps;
                assert_true(b[i][n] == 12345.0f);
                free(a[i]);
                free(b[i]);
            }
            free(x);
            free(g);
        }
    print_message("slopes %.2g, AdamW %.2g\n", slopes, steps);
    assert_true(slopes <= TOLERANCE_ACTIVATION && steps <= TOLERANCE_ADAMW);
}

/* Activation gradients against finite differences. */
static void activation_gradients_are_finite_differences(void **state)
{
    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (int act = RW_ACT_GELU; act <= RW_ACT_LAST; act++)
            for (int i = -79; i <= 80; i += 2) {
                float x = (float)i * 0.05f, up = x + 0.01f, down = x - 0.01f, slope = 1.0f;

                up   = activated(sets[t], up, (rw_activation)act);
                down = activated(sets[t], down, (rw_activation)act);
                sets[t]->activation_backward(&slope, &x, 1, (rw_activation)act);
                assert_true(fabsf((up - down) / 0.02f - slope) < 2e-4f);
            }
}

/* Over both ends of both ranges: u = 2^-24 (the longest tail) and 1 (radius 0), v a full period. */
static void box_muller_is_exact(void **state)
{
    enum { N = 4099 };
    float  u[N], v[N], out[N];
    double worst = 0.0;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        u[i] = i < 50    ? (float)(i + 1) * 0x1p-24f
               : i < 100 ? 1.0f - (float)(i - 50) * 0x1p-24f
                         : (float)(i * 4091 + 1) * 0x1p-24f;
        v[i] = (float)(i * 2654435761u >> 8 & 0xffffff) * 0x1p-24f;
    }
    for (size_t t = 0; t < n_sets; t++) {
        memcpy(out, u, sizeof out);
        sets[t]->box_muller(out, v, N);
        for (size_t i = 0; i < N; i++) {
            double d = fabs((double)out[i] - sqrt(-2 * log((double)u[i])) * cos(6.283185307179586 * (double)v[i]));

            worst = d > worst || isnan(d) ? d : worst;
        }
    }
    print_message("largest error of a normal number: %.2g\n", worst);
    assert_true(worst <= TOLERANCE_NORMAL);
}

static void halves_become_floats_exactly(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        uint8_t  bytes[2] = { (uint8_t)h, (uint8_t)(h >> 8) };
        uint32_t exponent = h >> 10 & 31, fraction = h & 1023, bits;
        float    half, brain;

        rw_f32_from_f16(&half, bytes, 1);
        rw_f32_from_bf16(&brain, bytes, 1);
        memcpy(&bits, &brain, sizeof bits);
        assert_int_equal(bits, h << 16);
        if (exponent == 31) {
            assert_true(fraction != 0 ? isnan(half) : isinf(half) && (half < 0) == (h >> 15));
        } else {
            double want = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + (double)fraction, (int)exponent - 25);

            assert_true((double)half == (h >> 15 ? -want : want));
        }
    }
}

static float from_bits(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Every half comes back as itself; between two halves the nearer one is taken, half-way the even one. */
static void floats_are_rounded_to_the_nearest_half(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        uint8_t  bytes[2] = { (uint8_t)h, (uint8_t)(h >> 8) }, after[2] = { (uint8_t)(h + 1), (uint8_t)((h + 1) >> 8) };
        float    half, next, brain = from_bits(h << 16), middle;
        uint16_t even = (uint16_t)(h % 2 == 0 ? h : h + 1);

        rw_f32_from_f16(&half, bytes, 1);
        rw_f32_from_f16(&next, after, 1);
        if (!isnan(half))
            assert_int_equal(rw_f16_from_f32(half), h);
        else
            assert_true((rw_f16_from_f32(half) & 0x7fff) > 0x7c00);
        if (!isnan(brain))
            assert_int_equal(rw_bf16_from_f32(brain), h);
        else
            assert_true((rw_bf16_from_f32(brain) & 0x7fff) > 0x7f80);
        if ((h & 0x7fff) >= 0x7bff) /* the largest number and what is beyond it */
            continue;
        middle = 0.5f * (half + next);
        assert_int_equal(rw_f16_from_f32(middle), even);
        assert_int_equal(rw_f16_from_f32(nextafterf(middle, half)), h);
        assert_int_equal(rw_f16_from_f32(nextafterf(middle, next)), h + 1);
        middle = from_bits(h << 16 | 0x8000u);
        assert_int_equal(rw_bf16_from_f32(middle), even);
        assert_int_equal(rw_bf16_from_f32(from_bits(h << 16 | 0x7fffu)), h);
        assert_int_equal(rw_bf16_from_f32(from_bits(h << 16 | 0x8001u)), h + 1);
    }
    assert_int_equal(rw_f16_from_f32(65519.996f), 0x7bff);
    assert_int_equal(rw_f16_from_f32(65520.0f), 0x7c00);
    assert_int_equal(rw_f16_from_f32(-1e9f), 0xfc00);
}

/* The first numbers of PCG32's demonstration program: seed 42, stream 54. */
static void random_numbers_are_pcg32(void **state)
{
    static const uint32_t want[] = { 0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e };
    rw_random             random = rw_random_init(42, 54);

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(want); i++)
        assert_int_equal(rw_random_u32(&random), want[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_equal_the_sum_in_double),
        cmocka_unit_test(a_long_sum_is_one_chain),
        cmocka_unit_test(a_row_is_independent_of_its_batch),
        cmocka_unit_test(panels_of_16_bits_give_the_bytes_of_their_values),
        cmocka_unit_test(columns_of_a_matrix_multiply_alone),
        cmocka_unit_test(the_epilogue_adds_bias_activation_and_residual),
        cmocka_unit_test(an_epilogue_keeps_to_its_rows),
        cmocka_unit_test(transpose_moves_every_value),
        cmocka_unit_test(activations_are_exact_everywhere),
        cmocka_unit_test(layer_norm_adds_the_epsilon_it_is_given),
        cmocka_unit_test(layer_norm_and_softmax_agree_with_ref),
        cmocka_unit_test(row_max_is_the_largest_of_each_row),
        cmocka_unit_test(training_agrees_with_ref),
        cmocka_unit_test(activation_gradients_are_finite_differences),
        cmocka_unit_test(box_muller_is_exact),
        cmocka_unit_test(halves_become_floats_exactly),
        cmocka_unit_test(floats_are_rounded_to_the_nearest_half),
        cmocka_unit_test(random_numbers_are_pcg32),
    };

    return cmocka_run_group_tests(tests, find_sets, NULL);
}

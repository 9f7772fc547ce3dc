/* test_coreset.c - are the rows picked that the greedy rule says, and do they cover the others? */
#include "anomaly/coreset.h"

#include "base/random.h"
#include "tests/unit/check.h"

#include <math.h>

#define N    400
#define K    37
#define M    5
#define WANT 90

static const rw_kernels *sets[8];
static size_t            n_sets;
static float             x[N * K], centres[M * K];

/* Unit vectors around a dozen directions, as patches of an object lie; every seventh is a copy of the one before: ties. */
static void fill(float *out, size_t n, uint64_t seed)
{
    rw_random random = rw_random_init(seed, 3);
    float     middle[12 * K];

    for (size_t i = 0; i < RW_COUNTOF(middle); i++)
        middle[i] = rw_random_normal(&random);
    for (size_t i = 0; i < n; i++) {
        double       square = 0;
        const float *around = middle + rw_random_below(&random, 12) * K;

        for (size_t j = 0; j < K; j++) {
            out[i * K + j] = around[j] + 0.4f * rw_random_normal(&random);
            square += (double)out[i * K + j] * (double)out[i * K + j];
        }
        for (size_t j = 0; j < K; j++)
            out[i * K + j] = (float)((double)out[i * K + j] / sqrt(square));
        if (i % 7 == 6)
            memcpy(out + i * K, out + (i - 1) * K, K * sizeof *out);
    }
}

static int set_up(void **state)
{
    (void)state;
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++)
        n_sets += rw_kernels_find(&sets[n_sets], (rwda_cpu)cpu, NULL) == RWDA_OK;
    fill(x, N, 1);
    fill(centres, M, 2);
    memcpy(centres + 2 * K, x + 11 * K, K * sizeof *x); /* one of the rows */
    return 0;
}

/* products [N, n] of all rows with those of b [n, K], as the kernel set multiplies. */
static void multiply(float *products, const float *b, size_t n, const rw_kernels *set)
{
    size_t       floats = 0;
    float       *packed;
    rw_gemm_args args = { .c = products, .ldc = n, .a = x, .lda = K, .m = N };

    assert_true(rw_packed_size(&floats, set, n, K));
    packed = rw_new_array(floats, sizeof *packed);
    assert_non_null(packed);
    rw_pack(packed, set, b, n, K, K, 1);
    args.b = rw_matrix_f32(packed, n, K);
    rw_gemm(&args, set, NULL);
    free(packed);
}

/* The rule as it reads: every row, every time. */
static void plain(bool *picked, size_t want, size_t m, const rw_kernels *set)
{
    static float with_rows[N * N], with_centres[N * M];
    float        nearest[N];

    multiply(with_rows, x, N, set);
    multiply(with_centres, centres, M, set);
    memset(picked, 0, N * sizeof *picked);
    for (size_t i = 0; i < N; i++) {
        nearest[i] = -INFINITY;
        for (size_t c = 0; c < m; c++)
            nearest[i] = fmaxf(nearest[i], with_centres[i * M + c]);
    }
    for (size_t number = 0; number < want; number++) {
        size_t farthest = N;

        for (size_t i = 0; i < N; i++)
            if (!picked[i] && (farthest == N || nearest[i] < nearest[farthest]))
                farthest = i;
        picked[farthest] = true;
        for (size_t i = 0; i < N; i++)
            nearest[i] = fmaxf(nearest[i], with_rows[i * N + farthest]);
    }
}

static rwda_status pick(uint32_t *picked, size_t *count, size_t n, size_t want, size_t m, const rw_kernels *set, int threads,
                        rwda_progress_fn progress, void *user, rwda_error *err)
{
    rw_arena        arena = RW_ARENA_INIT;
    rw_thread_pool *pool  = NULL;
    rwda_status     status;

    if (threads > 1)
        assert_int_equal(rw_thread_pool_new(&pool, threads, NULL), RWDA_OK);
    status = rw_coreset(picked, count, x, n, K, want, m > 0 ? centres : NULL, m, set, &arena, pool, progress, user, err);
    assert_int_equal(rw_arena_bytes(&arena), 0);
    rw_thread_pool_free(pool);
    rw_arena_done(&arena);
    return status;
}

static void rows_are_picked_as_the_rule_says(void **state)
{
    static const size_t wants[] = { 1, 2, 17, WANT, N };

    (void)state;
    for (size_t t = 0; t < n_sets; t++)
        for (size_t w = 0; w < RW_COUNTOF(wants); w++)
            for (size_t m = 0; m <= M; m += M) {
                bool want[N];

                plain(want, wants[w], m, sets[t]);
                for (int threads = 1; threads <= 3; threads++) {
                    uint32_t   picked[N + 1], last = 0;
                    size_t     count;
                    rwda_error err = { 0 };

                    picked[wants[w]] = 4711;
                    assert_ok(pick(picked, &count, N, wants[w], m, sets[t], threads, NULL, NULL, &err), err);
                    assert_int_equal(count, wants[w]);
                    assert_int_equal(picked[wants[w]], 4711);
                    for (size_t i = 0; i < count; i++) {
                        assert_true(picked[i] < N && want[picked[i]]);
                        assert_true(i == 0 || picked[i] > last);
                        last = picked[i];
                    }
                    assert_true(m > 0 || picked[0] == 0);
                }
            }
}

/* 1 - the smallest of all rows' largest dot products with the picked ones. */
static double largest_distance(const uint32_t *picked, size_t count)
{
    double largest = 0;

    for (size_t i = 0; i < N; i++) {
        double nearest = -1;

        for (size_t p = 0; p < count; p++)
            nearest = fmax(nearest, (double)sets[0]->dot(x + i * K, x + picked[p] * K, K));
        largest = fmax(largest, 1 - nearest);
    }
    return largest;
}

static void random_rows_cover_less(void **state)
{
    uint32_t   picked[N];
    size_t     count;
    rwda_error err    = { 0 };
    rw_random  random = rw_random_init(5, 5);
    double     greedy, best = 2;

    (void)state;
    assert_ok(pick(picked, &count, N, WANT, 0, sets[n_sets - 1], 2, NULL, NULL, &err), err);
    greedy = largest_distance(picked, count);
    for (int draw = 0; draw < 50; draw++) {
        for (size_t i = 0; i < N; i++)
            picked[i] = (uint32_t)i;
        for (size_t i = 0; i < WANT; i++) {
            size_t   j    = i + rw_random_below(&random, (uint32_t)(N - i));
            uint32_t swap = picked[i];

            picked[i] = picked[j];
            picked[j] = swap;
        }
        best = fmin(best, largest_distance(picked, WANT));
    }
    print_message("largest distance left: greedy %.3f, best of 50 random choices %.3f\n", greedy, best);
    assert_true(greedy < 0.9 * best);
}

/* Copies come last, and the lowest number of them first. */
static void of_equal_rows_the_lowest_is_picked(void **state)
{
    static float backup[N * K];
    uint32_t     picked[N];
    size_t       count;
    rwda_error   err = { 0 };

    (void)state;
    memcpy(backup, x, sizeof x);
    for (size_t i = 0; i < N; i++)
        memcpy(x + i * K, backup + (i == 300 ? 300 : 0) * K, K * sizeof *x);
    for (int threads = 1; threads <= 2; threads++) {
        assert_ok(pick(picked, &count, N, 4, 0, sets[n_sets - 1], threads, NULL, NULL, &err), err);
        assert_int_equal(count, 4);
        assert_true(picked[0] == 0 && picked[1] == 1 && picked[2] == 2 && picked[3] == 300);
    }
    memcpy(x, backup, sizeof x);
}

static void no_more_rows_are_picked_than_there_are(void **state)
{
    uint32_t   picked[N];
    size_t     count = 9;
    rwda_error err   = { 0 };

    (void)state;
    assert_ok(pick(picked, &count, 20, 1000, 0, sets[0], 1, NULL, NULL, &err), err);
    assert_int_equal(count, 20);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(picked[i], i);
    assert_ok(pick(picked, &count, 20, 0, 0, sets[0], 1, NULL, NULL, &err), err);
    assert_int_equal(count, 0);
    assert_ok(pick(picked, &count, 0, 20, M, sets[0], 2, NULL, NULL, &err), err);
    assert_int_equal(count, 0);
    assert_ok(pick(picked, &count, 1, 1, M, sets[0], 2, NULL, NULL, &err), err);
    assert_true(count == 1 && picked[0] == 0);
}

typedef struct {
    size_t calls, done, total, stop;
} progress_seen;

static int watch(void *user, const char *stage, size_t done, size_t total)
{
    progress_seen *seen = user;

    assert_string_equal(stage, "coreset");
    seen->calls++;
    seen->done  = done;
    seen->total = total;
    return done == seen->stop;
}

static void progress_counts_and_cancels(void **state)
{
    uint32_t      picked[N];
    size_t        count = 9;
    rwda_error    err   = { 0 };
    progress_seen whole = { 0 }, stopped = { .stop = 7 };

    (void)state;
    assert_ok(pick(picked, &count, N, 30, M, sets[0], 1, watch, &whole, &err), err);
    assert_true(whole.calls == 30 && whole.done == 30 && whole.total == 30);
    assert_refused("stopped", pick(picked, &count, N, 30, 0, sets[0], 2, watch, &stopped, &err), RWDA_ECANCELLED, &err,
                   "after row 7 of 30");
    assert_int_equal(stopped.calls, 7);
    assert_int_equal(count, 0);
}

static void more_rows_than_numbers_are_refused(void **state)
{
    uint32_t   picked[1];
    size_t     count = 9;
    rwda_error err   = { 0 };

    (void)state;
    assert_refused("rows", pick(picked, &count, (size_t)UINT32_MAX + 1, 1, 0, sets[0], 1, NULL, NULL, &err), RWDA_EINVAL,
                   &err, "4294967296 rows");
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_picked_as_the_rule_says),   cmocka_unit_test(random_rows_cover_less),
        cmocka_unit_test(of_equal_rows_the_lowest_is_picked), cmocka_unit_test(no_more_rows_are_picked_than_there_are),
        cmocka_unit_test(progress_counts_and_cancels),        cmocka_unit_test(more_rows_than_numbers_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}

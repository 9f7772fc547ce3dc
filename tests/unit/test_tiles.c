/* test_tiles.c - does a tile touch what it is given, and nothing behind it? */
#include "base/memory.h"
#include "base/random.h"
#include "kernels/kernels.h"
#include "tests/tolerance.h"
#include "tests/unit/check.h"

#include <math.h>
#include <sys/wait.h>

#define ROWS_MAX 16
#define NR_MAX   64

static const size_t depths[] = { 1, 2, 3, 8, 17 };
#define DEPTH_MAX 17

static const rw_kernels *sets[8];
static size_t            n_sets;

static int find_sets(void **state)
{
    (void)state;
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++)
        n_sets += rw_kernels_find(&sets[n_sets], (rwda_cpu)cpu, NULL) == RWDA_OK;
    for (size_t i = 0; i < n_sets; i++)
        assert_true(sets[i]->mr <= ROWS_MAX && sets[i]->nr <= NR_MAX && RW_PACK_ROWS % sets[i]->nr == 0);
    return 0;
}

static rw_tile_fn tile_of(const rw_kernels *set, rwda_precision dtype)
{
    return dtype == RWDA_PRECISION_F32 ? set->tile : dtype == RWDA_PRECISION_F16 ? set->tile_f16 : set->tile_bf16;
}

/* The last `len` bytes before a page that cannot be touched. */
static void *last(const guarded *g, size_t len)
{
    return g->bytes + g->len - len;
}

/* a [rows, k], panel [k, nr] and c [rows, cols], each ending where memory ends. */
static void check(const rw_kernels *set, rwda_precision dtype, size_t rows, size_t cols, size_t k, const guarded g[3],
                  const float *numbers)
{
    const size_t nr = set->nr, element = rw_element_bytes(dtype);
    const bool   more = (rows + cols) % 2 == 1; /* accumulate */
    float       *a = last(&g[0], rows * k * sizeof *a), *c = last(&g[2], rows * cols * sizeof *c), want[ROWS_MAX * NR_MAX];
    float        wide[DEPTH_MAX * NR_MAX];
    void        *panel = last(&g[1], k * nr * element);

    memcpy(a, numbers, rows * k * sizeof *a);
    rw_narrow(panel, dtype, numbers + 1, k * nr);
    rw_widen(wide, dtype, panel, k * nr);
    memcpy(c, numbers + 2, rows * cols * sizeof *c);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            double sum = more ? (double)c[i * cols + j] : 0.0;

            for (size_t p = 0; p < k; p++)
                sum += (double)a[i * k + p] * (double)wide[p * nr + j];
            want[i * cols + j] = (float)sum;
        }
    tile_of(set, dtype)(c, cols, a, k, panel, rows, cols, k, more, (rw_prefetch){ panel, 0 });
    for (size_t i = 0; i < rows * cols; i++)
        if (!(fabsf(c[i] - want[i]) <= (float)TOLERANCE_GEMM))
            fail_msg("%s, panel of %s: %zu x %zu x %zu, %zu: %g, want %g", set->name, rwda_precision_name(dtype), rows, cols,
                     k, i, (double)c[i], (double)want[i]);
}

static void a_tile_ends_where_memory_ends(void **state)
{
    enum { NUMBERS = DEPTH_MAX * NR_MAX + 2 };
    float     numbers[NUMBERS];
    rw_random random = rw_random_init(1, 5);
    guarded   g[3];

    (void)state;
    for (size_t i = 0; i < NUMBERS; i++)
        numbers[i] = 2.0f * rw_random_unit(&random) - 1.0f;
    for (size_t i = 0; i < RW_COUNTOF(g); i++)
        g[i] = guarded_copy(numbers, DEPTH_MAX * NR_MAX * sizeof *numbers);
    for (size_t s = 0; s < n_sets; s++)
        for (rwda_precision dtype = RWDA_PRECISION_F32; dtype <= RWDA_PRECISION_BF16; dtype++)
            for (size_t d = 0; d < RW_COUNTOF(depths); d++)
                for (size_t rows = 1; rows <= sets[s]->mr; rows++)
                    for (size_t cols = 1; cols <= sets[s]->nr; cols++)
                        check(sets[s], dtype, rows, cols, depths[d], g, numbers);
    for (size_t i = 0; i < RW_COUNTOF(g); i++)
        guarded_free(&g[i]);
}

/* AddressSanitizer does not see into a tile: rw_tile_touches() must see what it is given too little of. */
static void what_is_too_short_is_reported(void **state)
{
    (void)state;
#if !defined(__SANITIZE_ADDRESS__)
    skip();
#endif
    for (size_t s = 0; s < n_sets; s++)
        for (rwda_precision dtype = RWDA_PRECISION_F32; dtype <= RWDA_PRECISION_BF16; dtype++)
            for (int cut = 0; cut <= 3; cut++) { /* 0: all is there */
                const size_t rows = 2, cols = 3, k = 5, element = rw_element_bytes(dtype);
                int          how = 0;
                pid_t        child;

                fflush(NULL);
                child = fork();
                assert_true(child >= 0);
                if (child == 0) {
                    float *a     = calloc(rows * k - (cut == 1), sizeof *a);
                    char  *panel = calloc(k * sets[s]->nr * element - (cut == 2 ? element : 0), 1);
                    float *c     = calloc(rows * cols - (cut == 3), sizeof *c);

                    (void)freopen("/dev/null", "w", stderr); /* the report */
                    tile_of(sets[s], dtype)(c, cols, a, k, panel, rows, cols, k, false, (rw_prefetch){ panel, 0 });
                    _exit(0);
                }
                assert_int_equal(waitpid(child, &how, 0), child);
                if ((how == 0) != (cut == 0))
                    fail_msg("%s, panel of %s, case %d: ended with %d", sets[s]->name, rwda_precision_name(dtype), cut, how);
            }
}

/* Piece by piece a matrix has the bytes of one that is packed at once, for every width of panels. */
static void pieces_are_the_whole(void **state)
{
    enum { N = 2 * RW_PACK_ROWS + 5, K = 9 };
    static float rows[N * K];

    (void)state;
    for (size_t i = 0; i < N * K; i++)
        rows[i] = sinf((float)i);
    for (size_t set = 0; set < n_sets; set++)
        for (rwda_precision dtype = RWDA_PRECISION_F32; dtype <= RWDA_PRECISION_INT8; dtype++) {
            size_t    bytes;
            char     *whole, *parts;
            rw_matrix to;

            assert_true(rw_matrix_bytes(&bytes, dtype, sets[set], N, K));
            whole = rw_new_array(bytes, 1);
            parts = rw_new_array(bytes, 1);
            assert_true(whole != NULL && parts != NULL);
            memset(whole, 0, bytes);
            memset(parts, 0, bytes);
            (void)rw_matrix_pack(whole, dtype, sets[set], rows, N, K, K, 1);
            to = rw_matrix_at(parts, dtype, N, K);
            for (size_t first = 0; first < N; first += RW_PACK_ROWS)
                rw_matrix_pack_rows(&to, sets[set], rows + first * K, first,
                                    N - first < RW_PACK_ROWS ? N - first : RW_PACK_ROWS);
            assert_memory_equal(whole, parts, bytes);
            free(whole);
            free(parts);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(a_tile_ends_where_memory_ends),
        cmocka_unit_test(what_is_too_short_is_reported),
    };

    return cmocka_run_group_tests(tests, find_sets, NULL);
}

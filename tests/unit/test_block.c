/* test_block.c - do shared prefixes and the last block give the bytes of the plain block? */
#include "clip/block.h"

#include "base/random.h"
#include "tests/unit/check.h"

#define D_MOST    64
#define ROWS_MOST 64

/* Widths that whole panels of every kernel set make up, and widths that end within a panel of some. */
static const int widths[] = { 64, 24, 32 };

static float *random_floats(size_t n, float around, uint64_t seed)
{
    rw_random random = rw_random_init(seed, 5);
    float    *x      = rw_new_array(n, sizeof *x);

    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = around + rw_random_unit(&random) - 0.5f;
    return x;
}

typedef struct {
    rw_tower_config  config;
    rw_block_weights weights;
    void            *memory[16];
    size_t           count;
} block;

static rw_matrix matrix(block *b, rwda_precision precision, const rw_kernels *kernels, size_t n, size_t k)
{
    float *w = random_floats(n * k, 0, b->count + 100);
    size_t bytes;
    void  *packed;

    assert_true(rw_matrix_bytes(&bytes, precision, kernels, n, k));
    packed = b->memory[b->count++] = rw_new_array(bytes, 1);
    assert_non_null(packed);
    rw_matrix made = rw_matrix_pack(packed, precision, kernels, w, n, k, k, 1);
    free(w);
    return made;
}

static const float *vector(block *b, size_t n, float around)
{
    float *x = random_floats(n, around, b->count + 200);

    b->memory[b->count++] = x;
    return x;
}

static void block_new(block *b, int width, rwda_precision precision, const rw_kernels *kernels)
{
    size_t d = (size_t)width;

    *b         = (block){ { width, 1, 4, 3 * width, RW_ACT_GELU, 1e-5f }, { 0 }, { NULL }, 0 };
    b->weights = (rw_block_weights){ .ln1_gain  = vector(b, d, 1),
                                     .ln1_bias  = vector(b, d, 0),
                                     .ln2_gain  = vector(b, d, 1),
                                     .ln2_bias  = vector(b, d, 0),
                                     .qkv       = matrix(b, precision, kernels, 3 * d, d),
                                     .out       = matrix(b, precision, kernels, d, d),
                                     .fc        = matrix(b, precision, kernels, 3 * d, d),
                                     .proj      = matrix(b, precision, kernels, d, 3 * d),
                                     .qkv_bias  = vector(b, 3 * d, 0),
                                     .out_bias  = vector(b, d, 0),
                                     .fc_bias   = vector(b, 3 * d, 0),
                                     .proj_bias = vector(b, d, 0) };
}

static void block_free(block *b)
{
    for (size_t i = 0; i < b->count; i++)
        free(b->memory[i]);
}

/* Calls `check` for every kernel set, precision and width. */
static void for_every_block(void (*check)(const block *b, const rw_kernels *kernels, rw_thread_pool *pool, rw_arena *arena))
{
    rw_thread_pool *pool  = NULL;
    rw_arena        arena = RW_ARENA_INIT;
    rwda_error      err   = { 0 };

    assert_ok(rw_thread_pool_new(&pool, 2, &err), err);
    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++) {
        const rw_kernels *kernels = NULL;

        if (rw_kernels_find(&kernels, (rwda_cpu)cpu, NULL) != RWDA_OK)
            continue;
        for (int precision = RWDA_PRECISION_F32; precision <= RW_PRECISION_LAST; precision++)
            for (size_t w = 0; w < RW_COUNTOF(widths); w++) {
                block b;

                block_new(&b, widths[w], (rwda_precision)precision, kernels);
                check(&b, kernels, pool, &arena);
                block_free(&b);
            }
    }
    rw_arena_done(&arena);
    rw_thread_pool_free(pool);
}

/* Out of order on purpose: a prefix may stand anywhere.  Paths: 0 after 3 after 5 after 2, 1 after 5 after 2, 4 alone. */
static const size_t start[]  = { 0, 3, 4, 9, 12, 29, 31 };
static const size_t parent[] = { 3, 5, RW_NO_PARENT, 5, RW_NO_PARENT, 2 };
#define SEQUENCES RW_COUNTOF(parent)

/* Rows of x of the whole of sequence s, root first -> how many. */
static size_t whole_text(float *out, const float *x, size_t s, size_t d)
{
    size_t rows = parent[s] != RW_NO_PARENT ? whole_text(out, x, parent[s], d) : 0;

    memcpy(out + rows * d, x + start[s] * d, (start[s + 1] - start[s]) * d * sizeof *x);
    return rows + start[s + 1] - start[s];
}

static void check_chains(const block *b, const rw_kernels *kernels, rw_thread_pool *pool, rw_arena *arena)
{
    size_t     d      = (size_t)b->config.width, rows;
    rw_batch   shared = { kernels, pool, &b->config, true, start, SEQUENCES, parent, NULL, NULL };
    float     *x = random_floats(start[SEQUENCES] * d, 0, 9), *own = random_floats(start[SEQUENCES] * d, 0, 9);
    float      alone[ROWS_MOST * D_MOST], last[SEQUENCES * D_MOST];
    rwda_error err             = { 0 };
    size_t     pick[SEQUENCES] = { 2, 0, 3, 0, 16 };

    assert_ok(rw_block_run(own, &shared, &b->weights, arena, &err), err);
    for (size_t s = 0; s < SEQUENCES; s++) {
        size_t   whole[2] = { 0, rows = whole_text(alone, x, s, d) }, count = start[s + 1] - start[s];
        rw_batch one = { kernels, NULL, &b->config, true, whole, 1, NULL, NULL, NULL };

        assert_ok(rw_block_run(alone, &one, &b->weights, arena, &err), err);
        assert_memory_equal(alone + (rows - count) * d, own + start[s] * d, count * d * sizeof *own);
    }
    for (size_t n_pick = 1; n_pick <= 5; n_pick++) { /* the last ones have no query, but keys and values */
        last[n_pick * d] = 12345.0f;
        assert_ok(rw_block_run_last(last, x, pick, n_pick, &shared, &b->weights, arena, &err), err);
        for (size_t s = 0; s < n_pick; s++)
            assert_memory_equal(last + s * d, own + (start[s] + pick[s]) * d, d * sizeof *own);
        assert_true(last[n_pick * d] == 12345.0f);
    }
    free(x);
    free(own);
}

static void chains_give_the_bytes_of_whole_texts(void **state)
{
    (void)state;
    for_every_block(check_chains);
}

/* Without and with rotary positions. */
static void check_last(const block *b, const rw_kernels *kernels, rw_thread_pool *pool, rw_arena *arena)
{
    size_t          d = (size_t)b->config.width, hd = d / (size_t)b->config.heads, pick[SEQUENCES] = { 0, 0, 4, 1, 0, 1 };
    rw_tower_config config = b->config;
    rw_batch        apart  = { kernels, pool, &config, false, start, SEQUENCES, NULL, NULL, NULL };
    float          *x = random_floats(start[SEQUENCES] * d, 0, 9), *all = random_floats(start[SEQUENCES] * d, 0, 9);
    float          *table = random_floats(7 * hd, 0, 11);
    uint32_t        cells[ROWS_MOST];
    float           last[SEQUENCES * D_MOST];
    rwda_error      err = { 0 };

    config.activation = RW_ACT_QUICK_GELU;
    for (uint32_t i = 0; i < start[SEQUENCES]; i++)
        cells[i] = i % 5 == 0 ? RW_NO_CELL : i % 7;
    for (int turned = 0; turned < (hd % 2 == 0 ? 2 : 1); turned++) {
        apart.rope  = turned ? table : NULL;
        apart.cells = turned ? cells : NULL;
        memcpy(all, x, start[SEQUENCES] * d * sizeof *all);
        assert_ok(rw_block_run(all, &apart, &b->weights, arena, &err), err);
        assert_ok(rw_block_run_last(last, x, pick, SEQUENCES, &apart, &b->weights, arena, &err), err);
        for (size_t s = 0; s < SEQUENCES; s++)
            assert_memory_equal(last + s * d, all + (start[s] + pick[s]) * d, d * sizeof *all);
    }
    free(x);
    free(all);
    free(table);
}

static void the_last_block_gives_the_bytes_of_the_picked_rows(void **state)
{
    (void)state;
    for_every_block(check_last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_give_the_bytes_of_whole_texts),
        cmocka_unit_test(the_last_block_gives_the_bytes_of_the_picked_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* gemm.c - how is a large product cut into tiles and threads?
 *
 * A pool item is a block of rows times a group of panels.  Within it, each panel is read once for all row tiles of the block, so it
 * comes from the L2 cache; the rows of A (block * k floats) stay there too.  While the tiles of one panel are computed they fetch the
 * next, each its share: the weights of a tower fit no cache, and waiting for them was 7 to 10 % of a picture's time.  k is not
 * cut: an element is one chain of multiply-adds held in a register from first to last.  For integers, A's rows are quantised first,
 * once for all panels.
 *
 * The residual may be C itself: a tile is computed aside and joined with it by finish().  A bare product goes straight to C. */
#include "base/memory.h"
#include "kernels/int8.h"
#include "kernels/tables.h"

#include <string.h>

#define TILE_FLOATS_MAX  512 /* mr * nr of any table, of integers too */
#define ROW_BLOCK_TILES  8   /* row tiles of an item: A's block of 112 rows x 896 floats is 400 KB */
#define ITEMS_PER_THREAD 16
#define QUANTISE_ROWS    16 /* rows of a pool item */

typedef struct {
    const rw_gemm_args    *args;
    const rw_kernels      *kernels;
    size_t                 mr, nr;
    rw_tile_fn             tile;                                    /* of float panels */
    size_t                 column_bytes;                            /* a column of a panel takes this much */
    size_t                 steps;                                   /* of a tile through k */
    const rw_int8_kernels *int8;                                    /* or integers ... */
    rw_int8_rows           rows;                                    /* ... with A's rows as such */
    bool                   plain;                                   /* floats, and nothing comes after the product */
    size_t                 row_tiles, row_blocks, panels_per_group; /* tiles and blocks are as even as whole numbers allow */
} gemm_job;

/* A tile of C: its place, and what its rows of A are multiplied with. */
typedef struct {
    size_t   row, rows, col, cols; /* the panel starts at column `col` */
    rw_ahead ahead;
} place;

/* out [rows, cols; ld] = the bare product.  Integers: ld is the panel's width. */
static void compute(float *out, size_t ld, const gemm_job *job, const place *at)
{
    const rw_gemm_args *g = job->args;

    if (job->int8 != NULL)
        job->int8->tile(out, &job->rows, at->row, at->rows, &g->b, at->col, at->ahead);
    else
        job->tile(out, ld, g->a + at->row * g->lda, g->lda, (const char *)g->b.panels + at->col * job->column_bytes,
                  at->rows, at->cols, g->b.k, at->ahead);
}

static void compute_and_finish(const gemm_job *job, const place *at)
{
    const rw_gemm_args *g      = job->args;
    float              *c      = g->c + at->row * g->ldc + at->col, aside[TILE_FLOATS_MAX];
    rw_ending           ending = g->ending;

    if (job->plain) {
        compute(c, g->ldc, job, at);
        return;
    }
    compute(aside, job->nr, job, at);
    ending.bias     = ending.bias != NULL ? ending.bias + at->col : NULL;
    ending.residual = ending.residual != NULL ? ending.residual + at->row * ending.ldr + at->col : NULL;
    job->kernels->finish(c, g->ldc, aside, job->nr, &ending, at->rows, at->cols);
}

/* The share that tile `number` of `tiles` fetches of the panel after the one at column `col`. */
static rw_ahead share_of_next(const gemm_job *job, size_t col, size_t number, size_t tiles)
{
    size_t next = (col + job->nr < job->args->b.n ? job->nr : 0) * job->column_bytes; /* the last panel: itself, at hand */
    size_t step = job->nr * job->column_bytes / (job->steps * tiles);
    const char *panel = (const char *)job->args->b.panels + col * job->column_bytes;

    return (rw_ahead){ panel + next + number * job->steps * step, step };
}

static void gemm_item(void *context, size_t item, int thread)
{
    const gemm_job     *job   = context;
    const rw_gemm_args *g     = job->args;
    size_t              nr    = job->nr;
    size_t              block = item % job->row_blocks;
    size_t first = block * job->row_tiles / job->row_blocks, end = (block + 1) * job->row_tiles / job->row_blocks;
    size_t col0    = item / job->row_blocks * job->panels_per_group * nr;
    size_t col_end = col0 + job->panels_per_group * nr < g->b.n ? col0 + job->panels_per_group * nr : g->b.n;

    (void)thread;
    for (size_t col = col0; col < col_end; col += nr)
        for (size_t tile = first; tile < end; tile++) {
            place at = { .row = tile * g->m / job->row_tiles, .col = col };

            at.rows  = (tile + 1) * g->m / job->row_tiles - at.row;
            at.cols  = g->b.n - col < nr ? g->b.n - col : nr;
            at.ahead = share_of_next(job, col, tile - first, end - first);
            compute_and_finish(job, &at);
        }
}

/* ---- Integers ----------------------------------------------------------------------------------------------------- */

/* Scratch: bytes [m, pitch], scales [m], zero points [m]. */
static bool row_pitch(size_t *pitch, size_t k)
{
    if (!rw_size_add(pitch, k, RW_ALIGNMENT - 1))
        return false;
    *pitch &= ~(size_t)(RW_ALIGNMENT - 1);
    return true;
}

bool rw_gemm_scratch(size_t *bytes, const rw_matrix *b, size_t m)
{
    size_t row;

    *bytes = 0;
    if (b->kind != RWDA_PRECISION_INT8)
        return true;
    return row_pitch(&row, b->k) && rw_size_add(&row, row, sizeof(float) + sizeof(int32_t)) && rw_size_mul(bytes, m, row);
}

static void quantise_item(void *context, size_t item, int thread)
{
    const gemm_job     *job = context;
    const rw_gemm_args *g   = job->args;
    size_t              end = (item + 1) * QUANTISE_ROWS < g->m ? (item + 1) * QUANTISE_ROWS : g->m;

    (void)thread;
    for (size_t row = item * QUANTISE_ROWS; row < end; row++)
        job->int8->quantise(&job->rows, row, g->a + row * g->lda, g->b.k);
}

static void quantise(gemm_job *job, rw_pool *pool)
{
    const rw_gemm_args *g = job->args;

    job->rows.values = g->scratch;
    (void)row_pitch(&job->rows.pitch, g->b.k); /* rw_gemm_scratch() has seen that it fits */
    job->rows.scales = (float *)(void *)(job->rows.values + g->m * job->rows.pitch);
    job->rows.zeros  = (int32_t *)(void *)(job->rows.scales + g->m);
    rw_pool_run(pool, quantise_item, job, (g->m + QUANTISE_ROWS - 1) / QUANTISE_ROWS);
}

/* ---- The product -------------------------------------------------------------------------------------------------- */

/* What multiplies: float tiles of the table, or integers. */
static gemm_job choose(const rw_gemm_args *args, const rw_kernels *kernels)
{
    gemm_job job = { .args = args, .kernels = kernels, .mr = kernels->mr, .nr = kernels->nr, .tile = kernels->tile };

    job.column_bytes = args->b.k * rw_number_bytes(args->b.kind);
    job.steps        = args->b.k;
    if (args->b.kind == RWDA_PRECISION_F16 || args->b.kind == RWDA_PRECISION_BF16) {
        job.tile = args->b.kind == RWDA_PRECISION_F16 ? kernels->tile_f16 : kernels->tile_bf16;
    } else if (args->b.kind == RWDA_PRECISION_INT8) {
        job.int8         = rw_int8_find(kernels);
        job.mr           = job.int8->mr;
        job.nr           = RW_INT8_COLUMNS;
        job.steps        = rw_int8_groups(args->b.k);
        job.column_bytes = 4 * job.steps;
    }
    job.plain =
        job.int8 == NULL && args->ending.bias == NULL && args->ending.residual == NULL && args->ending.act == RW_ACT_NONE;
    return job;
}

void rw_gemm(const rw_gemm_args *args, const rw_kernels *kernels, rw_pool *pool)
{
    gemm_job job     = choose(args, kernels);
    size_t   panels  = (args->b.n + job.nr - 1) / job.nr;
    size_t   threads = (size_t)rw_pool_threads(pool);
    size_t   groups  = 1;

    if (args->m == 0 || args->b.n == 0)
        return;
    if (job.int8 != NULL)
        quantise(&job, pool);
    job.row_tiles  = (args->m + job.mr - 1) / job.mr;
    job.row_blocks = (job.row_tiles + ROW_BLOCK_TILES - 1) / ROW_BLOCK_TILES;
    while (groups * job.row_blocks < ITEMS_PER_THREAD * threads && groups < panels && threads > 1)
        groups *= 2; /* a thread that has nothing left waits for one item at most */
    job.panels_per_group = (panels + groups - 1) / groups;
    groups               = (panels + job.panels_per_group - 1) / job.panels_per_group;
    rw_pool_run(pool, gemm_item, &job, groups * job.row_blocks);
}

/* gemm.c - how is a large product cut into tiles and threads?
 *
 * A pool item is a block of rows times a group of panels.  Within it, each panel is read once for all row tiles of the block, so it
 * comes from the L2 cache; the rows of A (block * k floats) stay there too, or, where k is large, the slice of them that is being
 * multiplied: some panels are then taken slice by slice, and their sums so far stand aside.  While the tiles of one piece of a panel
 * are computed they fetch the next, each its share: the weights of a tower fit no cache, and waiting for them was 7 to 10 % of a
 * picture's time.  An element is one chain of multiply-adds from first to last, whatever the slices: to set a sum down rounds nothing.
 * For integers, A's rows are quantised first, once for all panels.
 *
 * The residual may be C itself: sums stand aside until finish() joins them with it.  A bare product goes straight to C. */
#include "base/memory.h"
#include "kernels/int8.h"
#include "kernels/tables.h"

#include <string.h>

#define ROW_BLOCK_TILES  8    /* row tiles of an item: A's block of 112 rows x 896 floats is 400 KB */
#define ROW_BLOCK_MAX    112  /* its rows, for any table */
#define SLICE_MAX        1024 /* rows of a panel in a slice */
#define SPAN_MAX         128  /* columns whose sums stand aside, at least a panel of any table */
#define ITEMS_PER_THREAD 16
#define QUANTISE_ROWS    16 /* rows of a pool item */

typedef struct {
    const rw_gemm_args    *args;
    const rw_kernels      *kernels;
    size_t                 mr, nr;
    rw_tile_fn             tile;              /* of float panels */
    const rw_int8_kernels *int8;              /* or integers ... */
    rw_int8_rows           rows;              /* ... with A's rows as such */
    bool                   plain;             /* floats, and nothing comes after the product */
    size_t                 steps, step_bytes; /* through a panel; what it has for each */
    size_t                 slices, span;      /* of the steps; columns between two calls of finish() */
    size_t                 row_tiles, row_blocks, panels_per_group;
} gemm_job;

/* Rows (in tiles) and columns that are multiplied together, and where their sums go. */
typedef struct {
    size_t first_tile, end_tile, first_col, end_col;
    float *sums; /* of the first row and column */
    size_t ld;
} block;

/* n things in `parts` as even as whole numbers allow: where part i begins. */
static size_t part(size_t n, size_t parts, size_t i)
{
    size_t longer = n % parts;

    return n / parts * i + (i < longer ? i : longer);
}

static const char *piece(const gemm_job *job, size_t col, size_t slice)
{
    size_t step = col / job->nr * job->steps + part(job->steps, job->slices, slice);

    return (const char *)job->args->b.panels + step * job->step_bytes;
}

/* What is read after this piece of a panel; behind the last, that one again: it is at hand. */
static const char *next_piece(const gemm_job *job, const block *b, size_t col, size_t slice)
{
    if (col + job->nr < b->end_col)
        return piece(job, col + job->nr, slice);
    if (slice + 1 < job->slices)
        return piece(job, b->first_col, slice + 1);
    return piece(job, col + job->nr < job->args->b.n ? col + job->nr : col, 0);
}

/* Every row tile of the block times one piece of a panel. */
static void multiply_piece(const gemm_job *job, const block *b, size_t col, size_t slice)
{
    const rw_gemm_args *g    = job->args;
    size_t              from = part(job->steps, job->slices, slice), depth = part(job->steps, job->slices, slice + 1) - from;
    size_t              first = part(g->m, job->row_tiles, b->first_tile), end, tiles = b->end_tile - b->first_tile;
    size_t              cols  = job->plain && g->b.n - col < job->nr ? g->b.n - col : job->nr;
    const char         *panel = piece(job, col, slice);
    rw_ahead            ahead = { next_piece(job, b, col, slice), job->step_bytes / tiles };

    for (size_t tile = b->first_tile, row = first; tile < b->end_tile; tile++, row = end, ahead.at += depth * ahead.stride) {
        float *sums = b->sums + (row - first) * b->ld + (col - b->first_col);

        end = part(g->m, job->row_tiles, tile + 1);
        if (job->int8 != NULL)
            job->int8->tile(sums, &job->rows, row, end - row, &g->b, col, ahead);
        else
            job->tile(sums, b->ld, g->a + row * g->lda + from, g->lda, panel, end - row, cols, depth, slice > 0, ahead);
    }
}

static void gemm_item(void *context, size_t item, int thread)
{
    const gemm_job     *job = context;
    const rw_gemm_args *g   = job->args;
    float               aside[ROW_BLOCK_MAX * SPAN_MAX];
    size_t              number = item % job->row_blocks, col = item / job->row_blocks * job->panels_per_group * job->nr;
    size_t end = g->b.n - col < job->panels_per_group * job->nr ? g->b.n : col + job->panels_per_group * job->nr;
    block  b   = { .first_tile = part(job->row_tiles, job->row_blocks, number),
                   .end_tile   = part(job->row_tiles, job->row_blocks, number + 1),
                   .ld         = job->plain ? g->ldc : job->span };
    size_t row = part(g->m, job->row_tiles, b.first_tile), rows = part(g->m, job->row_tiles, b.end_tile) - row;

    (void)thread;
    for (; col < end; col = b.end_col) {
        float    *c      = g->c + row * g->ldc + col;
        rw_ending ending = g->ending;

        b.first_col = col;
        b.end_col   = end - col < job->span ? end : col + job->span;
        b.sums      = job->plain ? c : aside;
        for (size_t slice = 0; slice < job->slices; slice++)
            for (size_t at = col; at < b.end_col; at += job->nr)
                multiply_piece(job, &b, at, slice);
        if (job->plain)
            continue;
        ending.bias     = ending.bias != NULL ? ending.bias + col : NULL;
        ending.residual = ending.residual != NULL ? ending.residual + row * ending.ldr + col : NULL;
        job->kernels->finish(c, g->ldc, aside, job->span, &ending, rows, b.end_col - col);
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

    job.steps      = args->b.k;
    job.step_bytes = job.nr * rw_number_bytes(args->b.kind);
    if (args->b.kind == RWDA_PRECISION_F16 || args->b.kind == RWDA_PRECISION_BF16) {
        job.tile = args->b.kind == RWDA_PRECISION_F16 ? kernels->tile_f16 : kernels->tile_bf16;
    } else if (args->b.kind == RWDA_PRECISION_INT8) {
        job.int8       = rw_int8_find(kernels);
        job.mr         = job.int8->mr;
        job.nr         = RW_INT8_COLUMNS;
        job.steps      = rw_int8_groups(args->b.k);
        job.step_bytes = 4 * RW_INT8_COLUMNS;
    }
    /* Sums of integers are not set down: a byte of A takes a quarter of a float's place. */
    job.slices = job.int8 == NULL && args->b.k > SLICE_MAX ? (args->b.k + SLICE_MAX - 1) / SLICE_MAX : 1;
    job.span   = job.slices > 1 ? SPAN_MAX / job.nr * job.nr : job.nr;
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

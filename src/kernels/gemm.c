/* gemm.c - blocked, multithreaded matrix product
 *
 * A work item is a block of rows times a group of panels.  Each panel is read once for all row tiles of the block and stays in L2,
 * and so does the block of A.  Where k is large, k is cut into slices whose part of A fits L2; between slices the partial sums of some
 * panels are spilled.  The tiles of one panel slice prefetch the next: a tower's weights exceed every cache, and waiting for them took
 * 7 to 10 % of an image's time.  Slices do not break an element's chain of multiply-adds: spilling a float32 sum rounds nothing.
 * INT8: the rows of A are quantised first, once for all panels.
 *
 * C may be the residual too, so sums are spilled until the epilogue adds it.  Without an epilogue tiles write to C. */
#include "kernels/tiles.h"

#define ROW_BLOCK_TILES  8    /* row tiles of a work item: a block of A of 112 rows x 896 floats is 400 KB */
#define ROW_BLOCK_MAX    112  /* its rows, in any kernel set */
#define SLICE_MAX        1024 /* rows of a panel in a slice */
#define SPAN_MAX         128  /* columns of spilled sums: at least one panel of any kernel set */
#define ITEMS_PER_THREAD 16

typedef struct {
    const rw_gemm_args *args;
    const rw_kernels   *kernels;
    rw_tiles            tiles;
    rw_int8_rows        rows;         /* INT8: A, quantised */
    bool                direct;       /* tiles write to C: float panels, no epilogue */
    size_t              slices, span; /* of k; columns between two epilogues */
    size_t              row_tiles, row_blocks, panels_per_group;
} gemm_job;

/* Row tiles and columns whose sums are computed together, and where the sums go. */
typedef struct {
    size_t first_tile, end_tile, first_col, end_col;
    float *sums; /* of the first row and column */
    size_t ld;
} block;

static const char *panel_slice(const gemm_job *job, size_t col, size_t slice)
{
    size_t step = col / job->tiles.nr * job->tiles.steps + rw_split(job->tiles.steps, job->slices, slice);

    return (const char *)job->args->b.panels + step * job->tiles.step_bytes;
}

/* The panel slice that is multiplied after this one, to be prefetched; after the last one, itself. */
static const char *next_panel_slice(const gemm_job *job, const block *b, size_t col, size_t slice)
{
    if (col + job->tiles.nr < b->end_col)
        return panel_slice(job, col + job->tiles.nr, slice);
    if (slice + 1 < job->slices)
        return panel_slice(job, b->first_col, slice + 1);
    return panel_slice(job, col + job->tiles.nr < job->args->b.n ? col + job->tiles.nr : col, 0);
}

/* All row tiles of the block times one panel slice. */
static void multiply_panel_slice(const gemm_job *job, const block *b, size_t col, size_t slice)
{
    const rw_gemm_args *g     = job->args;
    const rw_tiles     *t     = &job->tiles;
    size_t              from  = rw_split(t->steps, job->slices, slice);
    size_t              depth = rw_split(t->steps, job->slices, slice + 1) - from;
    size_t              first = rw_split(g->m, job->row_tiles, b->first_tile), end, tiles = b->end_tile - b->first_tile;
    size_t              cols     = job->direct && g->b.n - col < t->nr ? g->b.n - col : t->nr;
    const char         *panel    = panel_slice(job, col, slice);
    rw_prefetch         prefetch = { next_panel_slice(job, b, col, slice), t->step_bytes / tiles };

    for (size_t tile = b->first_tile, row = first; tile < b->end_tile;
         tile++, row                      = end, prefetch.at += depth * prefetch.stride) {
        float *sums = b->sums + (row - first) * b->ld + (col - b->first_col);

        end = rw_split(g->m, job->row_tiles, tile + 1);
        if (t->int8 != NULL)
            t->int8->tile(sums, &job->rows, row, end - row, &g->b, col, prefetch);
        else
            t->tile(sums, b->ld, g->a + row * g->lda + from, g->lda, panel, end - row, cols, depth, slice > 0, prefetch);
    }
}

static void gemm_item(void *context, size_t item, int thread)
{
    const gemm_job     *job = context;
    const rw_gemm_args *g   = job->args;
    float               spill[ROW_BLOCK_MAX * SPAN_MAX];
    size_t number = item % job->row_blocks, col = item / job->row_blocks * job->panels_per_group * job->tiles.nr;
    size_t end = g->b.n - col < job->panels_per_group * job->tiles.nr ? g->b.n : col + job->panels_per_group * job->tiles.nr;
    block  b   = { .first_tile = rw_split(job->row_tiles, job->row_blocks, number),
                   .end_tile   = rw_split(job->row_tiles, job->row_blocks, number + 1),
                   .ld         = job->direct ? g->ldc : job->span };
    size_t row = rw_split(g->m, job->row_tiles, b.first_tile), rows = rw_split(g->m, job->row_tiles, b.end_tile) - row;

    (void)thread;
    for (; col < end; col = b.end_col) {
        float      *c        = g->c + row * g->ldc + col;
        rw_epilogue epilogue = g->epilogue;

        b.first_col = col;
        b.end_col   = end - col < job->span ? end : col + job->span;
        b.sums      = job->direct ? c : spill;
        for (size_t slice = 0; slice < job->slices; slice++)
            for (size_t at = col; at < b.end_col; at += job->tiles.nr)
                multiply_panel_slice(job, &b, at, slice);
        if (job->direct)
            continue;
        epilogue.bias     = epilogue.bias != NULL ? epilogue.bias + col : NULL;
        epilogue.residual = epilogue.residual != NULL ? epilogue.residual + row * epilogue.ldr + col : NULL;
        job->kernels->apply_epilogue(c, g->ldc, spill, job->span, &epilogue, rows, b.end_col - col);
    }
}

/* ---- The product -------------------------------------------------------------------------------------------------- */

/* Chooses the tile kernel for B's dtype, and the slices of k. */
static gemm_job plan(const rw_gemm_args *args, const rw_kernels *kernels)
{
    gemm_job job = { .args = args, .kernels = kernels, .tiles = rw_tiles_of(&args->b, kernels) };

    /* INT8 is not sliced: its rows of A take a quarter of the space. */
    job.slices = job.tiles.int8 == NULL && args->b.k > SLICE_MAX ? (args->b.k + SLICE_MAX - 1) / SLICE_MAX : 1;
    job.span   = job.slices > 1 ? SPAN_MAX / job.tiles.nr * job.tiles.nr : job.tiles.nr;
    job.direct = job.tiles.int8 == NULL && args->epilogue.bias == NULL && args->epilogue.residual == NULL &&
                 args->epilogue.act == RW_ACT_NONE;
    return job;
}

void rw_gemm(const rw_gemm_args *args, const rw_kernels *kernels, rw_thread_pool *pool)
{
    gemm_job job     = plan(args, kernels);
    size_t   panels  = (args->b.n + job.tiles.nr - 1) / job.tiles.nr;
    size_t   threads = (size_t)rw_thread_pool_threads(pool);
    size_t   groups  = 1;

    if (args->m == 0 || args->b.n == 0)
        return;
    if (job.tiles.int8 != NULL)
        job.rows = rw_quantise_rows(args->scratch, args->a, args->lda, args->m, args->b.k, job.tiles.int8, pool);
    job.row_tiles  = (args->m + job.tiles.mr - 1) / job.tiles.mr;
    job.row_blocks = (job.row_tiles + ROW_BLOCK_TILES - 1) / ROW_BLOCK_TILES;
    while (groups * job.row_blocks < ITEMS_PER_THREAD * threads && groups < panels && threads > 1)
        groups *= 2; /* load balance: an idle thread waits for one item at most */
    job.panels_per_group = (panels + groups - 1) / groups;
    groups               = (panels + job.panels_per_group - 1) / job.panels_per_group;
    rw_thread_pool_run(pool, gemm_item, &job, groups * job.row_blocks);
}

/* gemm.c - how is a large product cut into tiles and threads?
 *
 * A pool item is a block of rows times a group of panels.  Within it, each panel (k * nr floats) is read once for all row
 * tiles of the block, so it comes from the L2 cache; the rows of A (block * k floats) stay there too.  k is not cut: an
 * element is one chain of multiply-adds held in a register from first to last.
 *
 * The residual may be C itself: a tile is computed aside and joined with it by finish_row. */
#include "kernels/tables.h"

#include <string.h>

#define TILE_FLOATS_MAX 512 /* mr * nr of any table */
#define ROW_BLOCK_TILES 8   /* row tiles of an item: A's block of 112 rows x 896 floats is 400 KB */

typedef struct {
    const rw_gemm_args *args;
    const rw_kernels   *kernels;
    rw_tile_fn          tile;
    size_t              column_bytes; /* that a column takes in its panel */
    size_t              row_blocks, rows_per_block, panels_per_group;
} gemm_job;

static void gemm_item(void *context, size_t item, int thread)
{
    const gemm_job     *job     = context;
    const rw_gemm_args *g       = job->args;
    const rw_kernels   *kernels = job->kernels;
    size_t              nr      = kernels->nr;
    size_t              row0    = item % job->row_blocks * job->rows_per_block;
    size_t              row_end = row0 + job->rows_per_block < g->m ? row0 + job->rows_per_block : g->m;
    size_t              col0    = item / job->row_blocks * job->panels_per_group * nr;
    size_t              col_end = col0 + job->panels_per_group * nr < g->b.n ? col0 + job->panels_per_group * nr : g->b.n;
    float               aside[TILE_FLOATS_MAX];

    (void)thread;
    for (size_t col = col0; col < col_end; col += nr) {
        size_t cols = g->b.n - col < nr ? g->b.n - col : nr;

        for (size_t row = row0; row < row_end; row += kernels->mr) {
            size_t rows = row_end - row < kernels->mr ? row_end - row : kernels->mr;

            job->tile(aside, nr, g->a + row * g->lda, g->lda, (const char *)g->b.panels + col * job->column_bytes, rows,
                      cols, g->b.k, false);
            for (size_t i = 0; i < rows; i++) {
                kernels->finish_row(aside + i * nr, g->bias != NULL ? g->bias + col : NULL,
                                    g->residual != NULL ? g->residual + (row + i) * g->ldr + col : NULL, cols, g->act);
                memcpy(g->c + (row + i) * g->ldc + col, aside + i * nr, cols * sizeof *aside);
            }
        }
    }
}

void rw_gemm(const rw_gemm_args *args, const rw_kernels *kernels, rw_pool *pool)
{
    size_t   panels  = (args->b.n + kernels->nr - 1) / kernels->nr;
    size_t   threads = (size_t)rw_pool_threads(pool);
    bool     wide    = args->b.kind == RWDA_PRECISION_F32;
    gemm_job job     = {
            .args           = args,
            .kernels        = kernels,
            .tile           = wide                                 ? kernels->tile
                              : args->b.kind == RWDA_PRECISION_F16 ? kernels->tile_f16
                                                                   : kernels->tile_bf16,
            .column_bytes   = args->b.k * (wide ? sizeof(float) : sizeof(uint16_t)),
            .rows_per_block = ROW_BLOCK_TILES * kernels->mr,
    };
    size_t groups = 1;

    if (args->m == 0 || args->b.n == 0)
        return;
    job.row_blocks = (args->m + job.rows_per_block - 1) / job.rows_per_block;
    while (groups * job.row_blocks < 4 * threads && groups < panels && threads > 1) /* few rows: split the columns */
        groups *= 2;
    job.panels_per_group = (panels + groups - 1) / groups;
    groups               = (panels + job.panels_per_group - 1) / job.panels_per_group;
    rw_pool_run(pool, gemm_item, &job, groups * job.row_blocks);
}

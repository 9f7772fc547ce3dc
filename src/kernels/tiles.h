/* tiles.h - tile kernel by what a matrix's panels store, with quantised rows                      rank 1: kernels
 *
 * Shared by what multiplies with a packed matrix: the matrix product (gemm.c) and the nearest-neighbour search (nearest.c). */
#ifndef RW_TILES_H
#define RW_TILES_H

#include "kernels/int8.h"

typedef struct {
    size_t                 mr, nr;
    rw_tile_fn             tile;              /* float panels */
    const rw_int8_kernels *int8;              /* INT8 panels; else NULL */
    size_t                 steps, step_bytes; /* of a tile's loop over k; bytes of a panel read in each */
} rw_tiles;

rw_tiles rw_tiles_of(const rw_matrix *b, const rw_kernels *kernels);

/* memory of rw_gemm_scratch() bytes -> the rows of a [m, k; lda], quantised. */
rw_int8_rows rw_quantise_rows(void *memory, const float *a, size_t lda, size_t m, size_t k, const rw_int8_kernels *int8,
                              rw_thread_pool *pool);

/* First element of part i when n elements are split as evenly as possible into `parts`. */
static inline size_t rw_split(size_t n, size_t parts, size_t i)
{
    size_t longer = n % parts;

    return n / parts * i + (i < longer ? i : longer);
}

#endif

/* rope.h - rotary position embedding in two dimensions                                            rank 2: clip
 *
 * Queries and keys of a patch are turned, pair by pair, by angles that grow with its place: of the hd / 2 pairs of a head the first half by
 * column * f_k, the second half by row * f_k, f_k = 10000^(-k / (hd / 4)).  The class token is not turned.
 * Source: J. Su et al., "RoFormer", arXiv:2104.09864; timm's pos_embed_sincos.py ("cat", grid indexing "xy", not rotate-half). */
#ifndef RW_ROPE_H
#define RW_ROPE_H

#include "kernels/kernels.h"

#include <stddef.h>
#include <stdint.h>

#define RW_NO_CELL UINT32_MAX

/* table [grid*grid, hd]: cosine and sine of each pair, patches row by row.  A patch's column is (first + its number) * own_grid / grid:
 * at another input size positions keep the range of the model's own.  hd is a multiple of 4. */
void rw_rope_table(float *table, size_t grid, size_t hd, int own_grid, int first);

/* x [rows, heads * hd; ld] is turned in place; cells [rows]: each row's patch, or RW_NO_CELL. */
void rw_rope_turn(float *x, size_t ld, size_t rows, size_t heads, size_t hd, const uint32_t *cells, const float *table,
                  const rw_kernels *kernels, rw_thread_pool *pool);

#endif

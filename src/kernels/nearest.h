/* nearest.h - nearest neighbours by dot product                                                   rank 1: kernels
 *
 * For each row of x the largest dot product with the columns of a packed matrix, segment by segment: with unit vectors, 1 minus it is
 * the cosine distance to the nearest.  Panels are multiplied one at a time and reduced to running maxima at once: the products of all
 * rows with all columns, four bytes each, exist at no time.
 *
 * A product is the chain of multiply-adds of rw_gemm() (INT8: its exact sum), and a maximum of the same numbers is the same in any order:
 * the same bytes for any number of threads or rows, and for a segment wherever it lies. */
#ifndef RW_NEAREST_H
#define RW_NEAREST_H

#include "kernels/kernels.h"

/* What is searched: the columns of a packed matrix (tokens of a memory), in segments (images) that follow each other.
 * starts [segments + 1]: segment s has columns starts[s] .. starts[s + 1] - 1, none where both are equal.  Columns before the first start
 * and from the last on are not searched. */
typedef struct {
    rw_matrix     columns; /* packed for the same kernel set */
    const size_t *starts;
    size_t        segments;
} rw_bank;

/* Scratch bytes for `rows` rows; false: more than fits size_t. */
bool rw_nearest_scratch(size_t *bytes, const rw_bank *bank, size_t rows, const rw_kernels *kernels,
                        const rw_thread_pool *pool);

/* best [rows, segments] := the largest dot product of each row of x [rows, k; ldx] with the columns of each segment, -INFINITY where it has
 * none; a product that is not a number counts as -INFINITY.  scratch: rw_nearest_scratch() bytes for the same arguments, aligned to
 * RW_ALIGNMENT.  Splits rows and panels over the pool (NULL: the caller alone). */
void rw_nearest(float *best, const float *x, size_t ldx, size_t rows, const rw_bank *bank, void *scratch,
                const rw_kernels *kernels, rw_thread_pool *pool);

#endif

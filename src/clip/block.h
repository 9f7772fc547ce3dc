/* block.h - what does one transformer block do?                                                   rank 2: clip
 *
 *     x += out_proj(attention(LN1(x)));  x += proj(act(fc(LN2(x))))             (pre-norm, both towers)
 *
 * A batch is ragged: sequence i is rows start[i] .. start[i+1]-1 of x [rows, d]; attention stays within a sequence, the one that
 * stands before it, if any, the one before that, and so on: texts that begin alike share the rows of their beginning.
 * Source: OpenCLIP's ResidualAttentionBlock; attention scale 1/sqrt(d/heads), softmax over keys. */
#ifndef RW_BLOCK_H
#define RW_BLOCK_H

#include "clip/clip.h"

typedef struct {
    const rw_kernels      *kernels;
    rw_pool               *pool;
    const rw_tower_config *config;
    rw_activation          activation;
    bool                   causal; /* row t sees rows 0..t of its sequence (text); else all of them (vision) */
    const size_t          *start;  /* [n + 1] */
    size_t                 n;      /* sequences */
    const size_t
        *before; /* [n] the sequence whose rows come first in each one's attention, or RW_NONE: a forest; NULL: none */
} rw_batch;

#define RW_NONE SIZE_MAX

/* All rows: x [start[n], d] is updated in place.  Scratch comes from `arena` and goes back. */
rwda_status rw_block_run(float *x, const rw_batch *batch, const rw_block_weights *weights, rw_arena *arena, rwda_error *err);

/* The same, and dense [start[n], d] += out_proj(softmax(v v^T / sqrt(d / heads)) v), with v from LN1 of x as it came in: patches
 * ask by their values, so a patch takes in what looks like it; the MLP is left out of this stream.
 * Source: Y. Li et al., "CLIP Surgery", arXiv:2304.05653. */
rwda_status rw_block_run_dense(float *x, float *dense, const rw_batch *batch, const rw_block_weights *weights,
                               rw_arena *arena, rwda_error *err);

/* The last block, of which only row pick[i] of the first `asking` sequences is read: out [asking, d] = those rows of the result.  Only
 * they have queries; the other rows have keys and values for them. */
rwda_status rw_block_run_last(float *out, const float *x, const size_t *pick, size_t asking, const rw_batch *batch,
                              const rw_block_weights *weights, rw_arena *arena, rwda_error *err);

/* out [rows, d] = LayerNorm of x [rows, d], rows split over the pool; out may be x. */
void rw_layer_norm(float *out, const float *x, const float *gain, const float *bias, size_t rows, size_t d,
                   const rw_kernels *kernels, rw_pool *pool);

/* out [n, D] = unit(x [n, d] @ projection), the end of both towers. */
void rw_project_unit(float *out, const float *x, const rw_matrix *proj, size_t n, const rw_kernels *kernels, rw_pool *pool);

#endif

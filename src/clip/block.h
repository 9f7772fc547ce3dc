/* block.h - transformer block                                                                     rank 2: clip
 *
 *     x += out_proj(attention(LN1(x)));  x += proj(act(fc(LN2(x))))             (pre-norm, both towers)
 *
 * A batch is ragged: sequence i is rows start[i] .. start[i+1]-1 of x [rows, d].  A sequence attends to itself and to its ancestors in
 * the prefix tree (`parent`), whose rows several texts share.
 * Source: OpenCLIP's ResidualAttentionBlock; attention scale 1/sqrt(d/heads), softmax over keys. */
#ifndef RW_BLOCK_H
#define RW_BLOCK_H

#include "clip/clip.h"
#include "clip/rope.h"

typedef struct {
    const rw_kernels      *kernels;
    rw_thread_pool        *pool;
    const rw_tower_config *config;
    bool                   causal; /* row t sees rows 0..t of its sequence (text); else all of them (vision) */
    const size_t          *start;  /* [n + 1] */
    size_t                 n;      /* sequences */
    const size_t   *parent; /* [n] the sequence that precedes each one, or RW_NO_PARENT: a forest; NULL: none has a parent */
    const float    *rope;   /* the table of rotary positions (rope.h), or NULL: none */
    const uint32_t *cells;  /* [start[n]] the patch in each row, with `rope` only */
} rw_batch;

#define RW_NO_PARENT SIZE_MAX

/* All rows: x [start[n], d] is updated in place.  Scratch comes from `arena` and goes back. */
rwda_status rw_block_run(float *x, const rw_batch *batch, const rw_block_weights *weights, rw_arena *arena, rwda_error *err);

/* The same, and vv [start[n], d] += out_proj(softmax(v v^T / sqrt(d / heads)) v), v from LN1 of the input x: v-v attention, in which a
 * patch attends to similar patches.  This stream has no MLP.
 * Source: Y. Li et al., "CLIP Surgery", arXiv:2304.05653. */
rwda_status rw_block_run_vv(float *x, float *vv, const rw_batch *batch, const rw_block_weights *weights, rw_arena *arena,
                            rwda_error *err);

/* The last block, where only row pick[i] of the first n_pick sequences is needed: out [n_pick, d] = these rows of the result.  Queries are
 * computed for them alone, keys and values for all rows. */
rwda_status rw_block_run_last(float *out, const float *x, const size_t *pick, size_t n_pick, const rw_batch *batch,
                              const rw_block_weights *weights, rw_arena *arena, rwda_error *err);

/* y [rows, n] = act(x [rows, k] W^T + bias) + residual, W [n, k]; bias and residual [rows, n] may be NULL.  scratch: rw_gemm_scratch(). */
void rw_linear(float *y, const float *x, const rw_matrix *w, const float *bias, const float *residual, size_t rows,
               rw_activation act, void *scratch, const rw_kernels *kernels, rw_thread_pool *pool);

/* out [rows, d] = LayerNorm of x [rows, d], rows split over the pool; out may be x. */
void rw_layer_norm(float *out, const float *x, const float *gain, const float *bias, size_t rows,
                   const rw_tower_config *config, const rw_kernels *kernels, rw_thread_pool *pool);

/* out [n, D] = x [n, d] @ projection + bias (NULL: none), L2-normalised: the end of both towers.  An empty projection is none: D = d. */
void rw_project_unit(float *out, const float *x, const rw_matrix *proj, const float *bias, size_t n, size_t d,
                     const rw_kernels *kernels, rw_thread_pool *pool);

#endif

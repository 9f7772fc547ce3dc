/* attention_pool.h - attention pooling: one learned query over all tokens (SigLIP's MAP head)     rank 2: clip
 *
 *     y = out_proj(softmax(q k^T / sqrt(hd)) v);  y + proj(act(fc(LN(y))))          q from the probe, k and v from the tokens
 *
 * The query is the same for every image, so what head h asks of a token x, q_h . (K_h x + b), is a_h . x with a_h = K_h^T q_h and a constant
 * that softmax does not see; and since weights add up to 1, values are projected after they are averaged.  That is the same function for
 * a tenth of the products.  Source: timm's AttentionPoolLatent; transformers' SiglipMultiheadAttentionPoolingHead. */
#ifndef RW_ATTENTION_POOL_H
#define RW_ATTENTION_POOL_H

#include "clip/clip.h"

/* Sequence i is rows start[i] .. start[i + 1] - 1 of x [start[n], d], normed -> out [n, d].  RWDA_ENOMEM. */
rwda_status rw_attention_pool(float *out, const float *x, const size_t *start, size_t n, const rw_clip *clip,
                              rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

/* The same for each row as the only token of a sequence: x [rows, d] -> out [rows, d]. */
rwda_status rw_attention_pool_rows(float *out, const float *x, size_t rows, const rw_clip *clip, rw_arena *arena,
                                   rw_thread_pool *pool, rwda_error *err);

#endif

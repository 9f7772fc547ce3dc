/* towers.h - vision and text towers: pixels and token ids to unit embeddings                      rank 2: clip
 *
 * Both towers run pre-norm blocks (block.c).  Only what the embedding needs is computed: causal text up to its end token (later positions
 * cannot matter), and in the last layer only the row that is read (end token, last position; class token). */
#ifndef RW_TOWERS_H
#define RW_TOWERS_H

#include "clip/block.h"
#include "clip/clip.h"
#include "clip/prefix_tree.h"

/* pixels [n, 3, S, S] normalised -> out [n, D], unit length.  Scratch comes from `arena`, which is left as it was.  RWDA_ENOMEM. */
rwda_status rw_vision_encode(float *out, const rw_clip *clip, const float *pixels, size_t n, rw_arena *arena,
                             rw_thread_pool *pool, rwda_error *err);

/* ---- Its parts, for passes over some of the tokens (window_pass.c) or for all of them (patch_tower.c) ---- */

size_t rw_vision_grid(const rw_clip *clip); /* patches along a side */
double
rw_vision_across(const rw_clip *clip); /* the input's side in patches: more than the grid where pixels are left over */
size_t rw_vision_prefix(const rw_clip *clip);      /* tokens before the patches: 1 with a class token, else 0 */
size_t rw_vision_token_count(const rw_clip *clip); /* the class token, if there is one, then patches row by row */

/* Sequence i is rows start[i] .. start[i + 1] - 1, the class token first where the model has one. */
typedef struct {
    const size_t   *start; /* [n + 1] */
    const uint32_t *cells; /* [start[n]] the patch in each row (rope.h); NULL where the model has no rotary positions */
    size_t          n;
} rw_sequences;

/* n whole images; arrays come from `arena`.  RWDA_ENOMEM. */
rwda_status rw_sequences_whole(rw_sequences *out, const rw_clip *clip, size_t n, rw_arena *arena, rwda_error *err);

/* These sequences as the tower's blocks take them. */
rw_batch rw_vision_batch(const rw_clip *clip, const rw_sequences *sequences, rw_thread_pool *pool);

/* pixels [n, 3, S, S] -> x [n, tokens, d]: the first block's input (embedded, positions added, ln_pre). */
rwda_status rw_vision_tokens(float *x, const rw_clip *clip, const float *pixels, size_t n, rw_arena *arena,
                             rw_thread_pool *pool, rwda_error *err);

/* Runs every block over x [rows, d], which is overwritten -> out [n, D], unit length, a sequence's embedding each. */
rwda_status rw_vision_encode_sequences(float *out, float *x, const rw_sequences *sequences, const rw_clip *clip,
                                       rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

/* x [rows, d] after the last block -> out [n, D]: what rw_vision_encode_sequences() ends with. */
rwda_status rw_vision_pool(float *out, const float *x, const rw_sequences *sequences, const rw_clip *clip, rw_arena *arena,
                           rw_thread_pool *pool, rwda_error *err);

/* x [rows, d] after the last block -> out [rows, D]: each row as if it were what the embedding is read from, the class token or the only
 * token; x is overwritten. */
rwda_status rw_vision_project(float *out, float *x, const rw_clip *clip, size_t rows, rw_arena *arena, rw_thread_pool *pool,
                              rwda_error *err);

/* n texts of at most context_length tokens (all of them, pads included, where attention is not causal) as one batch -> out [n, D], unit
 * length.  Sorted texts share most (prefix_tree.h); the order changes no byte. */
rwda_status rw_text_encode(float *out, const rw_clip *clip, const rw_text *texts, size_t n, rw_arena *arena,
                           rw_thread_pool *pool, rwda_error *err);

#endif

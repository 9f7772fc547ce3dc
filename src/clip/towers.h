/* towers.h - CLIP's vision and text towers: pixels and token ids to unit embeddings               rank 2: clip
 *
 * Both towers run pre-norm blocks (block.c).  Only what the embedding needs is computed: text up to its end token (attention is
 * causal, so later positions cannot matter), and in the last layer only the row that is read (end token; class token). */
#ifndef RW_TOWERS_H
#define RW_TOWERS_H

#include "clip/prefix_tree.h"
#include "clip/clip.h"

/* pixels [n, 3, S, S] normalised -> out [n, D], unit length.  Scratch comes from `arena`, which is left as it was.  RWDA_ENOMEM. */
rwda_status rw_vision_encode(float *out, const rw_clip *clip, const float *pixels, size_t n, rw_arena *arena,
                             rw_thread_pool *pool, rwda_error *err);

/* ---- Its parts, for passes over some of the tokens (window_pass.c) or for all of them (patch_tower.c) ---- */

size_t rw_vision_grid(const rw_clip *clip);        /* patches along a side */
size_t rw_vision_token_count(const rw_clip *clip); /* 1 + grid * grid: the class token, then patches row by row */

/* pixels [n, 3, S, S] -> x [n, tokens, d]: the first block's input (embedded, positions added, ln_pre). */
rwda_status rw_vision_tokens(float *x, const rw_clip *clip, const float *pixels, size_t n, rw_arena *arena,
                             rw_thread_pool *pool, rwda_error *err);

/* Sequence i is rows start[i] .. start[i + 1] - 1 of x [start[n], d], its first row the class token; runs every block (x is
 * overwritten) -> out [n, D], unit length, of the class tokens. */
rwda_status rw_vision_encode_classes(float *out, float *x, const size_t *start, size_t n, const rw_clip *clip,
                                     rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

/* x [rows, d] after the last block -> out [rows, D] = unit(ln_post(x) proj); x is overwritten. */
void rw_vision_project(float *out, float *x, const rw_clip *clip, size_t rows, rw_thread_pool *pool);

/* n texts of at most context_length tokens as one ragged batch -> out [n, D], unit length.  Sorted texts share most (prefix_tree.h); the
 * order changes no byte. */
rwda_status rw_text_encode(float *out, const rw_clip *clip, const rw_text *texts, size_t n, rw_arena *arena,
                           rw_thread_pool *pool, rwda_error *err);

#endif

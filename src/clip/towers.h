/* towers.h - from pixels and token ids to unit embeddings?                                        rank 2: clip
 *
 * Both towers run pre-norm blocks (block.c).  Only what the embedding needs is computed: text up to its end token (attention is
 * causal, so later positions cannot matter), and in the last layer only the row that is read (end token; class token). */
#ifndef RW_TOWERS_H
#define RW_TOWERS_H

#include "clip/clip.h"

/* pixels [n, 3, S, S] normalised -> out [n, D], unit length.  Scratch comes from `arena`, which is left as it was.  RWDA_ENOMEM. */
rwda_status rw_vision_encode(float *out, const rw_clip *clip, const float *pixels, size_t n, rw_arena *arena, rw_pool *pool,
                             rwda_error *err);

/* n texts as one ragged batch: ids of text i are ids[start[i]] .. ids[start[i + 1] - 1], first SOT, last EOT, at most
 * context_length of them -> out [n, D], unit length. */
rwda_status rw_text_encode(float *out, const rw_clip *clip, const int32_t *ids, const size_t *start, size_t n,
                           rw_arena *arena, rw_pool *pool, rwda_error *err);

#endif

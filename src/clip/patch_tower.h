/* patch_tower.h - patch embeddings with v-v attention (CLIP Surgery)                              rank 2: clip
 *
 * CLIP is trained on its class token only; its patch tokens mix distant parts of the image.  Two residual streams run through the last
 * vv_blocks blocks: the usual one, and a second one that starts as a copy of it and adds v-v attention without MLPs (rw_block_run_vv).
 * Patches are read from the second stream.  Source: Y. Li et al., "CLIP Surgery", arXiv:2304.05653. */
#ifndef RW_PATCH_TOWER_H
#define RW_PATCH_TOWER_H

#include "clip/clip.h"

/* tokens [rw_vision_token_count(), d] by rw_vision_tokens() -> out [grid*grid, D], unit length, patches row by row.  vv_blocks 0..layers; 0:
 * the patch tokens of the usual stream.  class_token [D] (NULL: not wanted): the crop's embedding.
 * RWDA_ENOMEM. */
rwda_status rw_patches_encode(float *out, float *class_token, const rw_clip *clip, const float *tokens, int vv_blocks,
                              rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

#endif

/* patch_tower.h - what does CLIP see in each patch?                                               rank 2: clip
 *
 * CLIP was trained to say something with its class token only; its patch tokens mix far parts of the picture.  Two residual streams
 * run through the last `value_blocks` blocks: the usual one, from which attention reads, and a dense one, which starts as a copy of
 * it and takes in attention by values without MLPs (rw_block_run_dense).  Patches are read from the dense stream.  Source: Y. Li et
 * al., "CLIP Surgery", arXiv:2304.05653. */
#ifndef RW_PATCH_TOWER_H
#define RW_PATCH_TOWER_H

#include "clip/clip.h"

/* tokens [1 + grid*grid, d] by rw_vision_tokens() -> out [grid*grid, D], unit length, patches row by row.  value_blocks 0..layers; 0:
 * the patch tokens of the usual stream.  whole [D] (NULL: not wanted): the class token's embedding, which is the crop's.
 * RWDA_ENOMEM. */
rwda_status rw_patches_encode(float *out, float *whole, const rw_clip *clip, const float *tokens, int value_blocks,
                              rw_arena *arena, rw_pool *pool, rwda_error *err);

#endif

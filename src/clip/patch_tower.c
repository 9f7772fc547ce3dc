/* patch_tower.c - what does CLIP see in each patch? */
#include "clip/patch_tower.h"

#include "clip/block.h"
#include "clip/towers.h"

#include <string.h>

rwda_status rw_patches_encode(float *out, float *whole, const rw_clip *clip, const float *tokens, int value_blocks,
                              rw_arena *arena, rw_pool *pool, rwda_error *err)
{
    const rw_tower_config *config = &clip->config.vision;
    size_t                 d = (size_t)config->width, rows = rw_vision_token_count(clip);
    size_t                 start[] = { 0, rows };
    rw_arena_mark          mark    = rw_arena_save(arena);
    float                 *x       = rw_arena_array(arena, rows, d * sizeof *x);
    float                 *second  = rw_arena_array(arena, rows, d * sizeof *second);
    float                 *dense   = NULL; /* until the two streams part */
    rw_batch               batch   = { clip->kernels, pool, config, clip->config.activation, false, start, 1, NULL };
    rwda_status            status  = RWDA_OK;

    if (x == NULL || second == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "patch tower: %zu tokens of width %zu", rows, d);
        goto done;
    }
    memcpy(x, tokens, rows * d * sizeof *x);
    for (int layer = 0; layer < config->layers; layer++) {
        if (layer == config->layers - value_blocks) {
            dense = second;
            memcpy(dense, x, rows * d * sizeof *x);
        }
        if (dense != NULL)
            RW_TRY(rw_block_run_dense(x, dense, &batch, &clip->vision.blocks[layer], arena, err));
        else
            RW_TRY(rw_block_run(x, &batch, &clip->vision.blocks[layer], arena, err));
    }
    rw_vision_project(out, (dense != NULL ? dense : x) + d, clip, rows - 1, pool);
    if (whole != NULL)
        rw_vision_project(whole, x, clip, 1, pool);
done:
    rw_arena_rewind(arena, mark);
    return status;
}

#include "clip/patch_tower.h"

#include "clip/towers.h"

#include <string.h>

rwda_status rw_patches_encode(float *out, float *class_token, const rw_clip *clip, const float *tokens, int vv_blocks,
                              rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    const rw_tower_config *config = &clip->config.vision;
    size_t                 d = (size_t)config->width, rows = rw_vision_token_count(clip);
    rw_arena_mark          mark   = rw_arena_save(arena);
    float                 *x      = rw_arena_array(arena, rows, d * sizeof *x);
    float                 *second = rw_arena_array(arena, rows, d * sizeof *second);
    float                 *vv     = NULL; /* until the streams split */
    size_t                 prefix = rw_vision_prefix(clip);
    rw_sequences           whole;
    rw_batch               batch;
    rwda_status            status = RWDA_OK;

    if (x == NULL || second == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "patch tower: %zu tokens of width %zu", rows, d);
        goto done;
    }
    RW_TRY(rw_sequences_whole(&whole, clip, 1, arena, err));
    batch = rw_vision_batch(clip, &whole, pool);
    memcpy(x, tokens, rows * d * sizeof *x);
    for (int layer = 0; layer < config->layers; layer++) {
        if (layer == config->layers - vv_blocks) {
            vv = second;
            memcpy(vv, x, rows * d * sizeof *x);
        }
        if (vv != NULL)
            RW_TRY(rw_block_run_vv(x, vv, &batch, &clip->vision.blocks[layer], arena, err));
        else
            RW_TRY(rw_block_run(x, &batch, &clip->vision.blocks[layer], arena, err));
    }
    if (class_token != NULL)
        RW_TRY(rw_vision_pool(class_token, x, &whole, clip, arena, pool, err));
    RW_TRY(rw_vision_project(out, (vv != NULL ? vv : x) + prefix * d, clip, rows - prefix, arena, pool, err));
done:
    rw_arena_rewind(arena, mark);
    return status;
}

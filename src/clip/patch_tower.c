#include "clip/patch_tower.h"

#include "clip/block.h"
#include "clip/towers.h"

#include <string.h>

rwda_status rw_patches_encode(float *out, float *class_token, const rw_clip *clip, const float *tokens, int vv_blocks,
                              rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    const rw_tower_config *config = &clip->config.vision;
    size_t                 d = (size_t)config->width, rows = rw_vision_token_count(clip);
    size_t                 start[] = { 0, rows };
    rw_arena_mark          mark    = rw_arena_save(arena);
    float                 *x       = rw_arena_array(arena, rows, d * sizeof *x);
    float                 *second  = rw_arena_array(arena, rows, d * sizeof *second);
    float                 *vv      = NULL; /* until the streams split */
    rw_batch               batch   = { clip->kernels, pool, config, clip->config.activation, false, start, 1, NULL };
    rwda_status            status  = RWDA_OK;

    if (x == NULL || second == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "patch tower: %zu tokens of width %zu", rows, d);
        goto done;
    }
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
    rw_vision_project(out, (vv != NULL ? vv : x) + d, clip, rows - 1, pool);
    if (class_token != NULL)
        rw_vision_project(class_token, x, clip, 1, pool);
done:
    rw_arena_rewind(arena, mark);
    return status;
}

/* vision_tower.c - from [n, 3, S, S] pixels to [n, D] unit embeddings? */
#include "clip/block.h"
#include "clip/towers.h"

#include <string.h>

/* Patches of one crop as rows, in the order of conv1.weight: columns [3, p, p], patches row by row. */
static void cut_patches(float *rows, const float *pixels, size_t side, size_t patch)
{
    size_t grid = side / patch;

    for (size_t gy = 0; gy < grid; gy++)
        for (size_t gx = 0; gx < grid; gx++)
            for (size_t channel = 0; channel < 3; channel++)
                for (size_t y = 0; y < patch; y++, rows += patch)
                    memcpy(rows, pixels + (channel * side + gy * patch + y) * side + gx * patch, patch * sizeof *rows);
}

/* x [1 + grid*grid, d] = class embedding and patch embeddings, plus positions. */
static void embed_crop(float *x, float *patches, const rw_clip *clip, const float *pixels, rw_pool *pool)
{
    const rw_vision_weights *w     = &clip->vision;
    size_t                   d     = (size_t)clip->config.vision.width;
    size_t                   side  = (size_t)clip->config.image_size;
    size_t                   patch = (size_t)clip->config.patch_size;
    size_t                   grid  = side / patch;
    rw_gemm_args             args  = {
                     .c        = x + d,
                     .ldc      = d,
                     .a        = patches,
                     .lda      = 3 * patch * patch,
                     .packed   = w->patch_packed,
                     .m        = grid * grid,
                     .n        = d,
                     .k        = 3 * patch * patch,
                     .residual = w->positions + d,
                     .ldr      = d,
    };

    cut_patches(patches, pixels, side, patch);
    rw_gemm(&args, clip->kernels, pool);
    for (size_t i = 0; i < d; i++)
        x[i] = w->class_embedding[i] + w->positions[i];
}

rwda_status rw_vision_encode(float *out, const rw_clip *clip, const float *pixels, size_t n, rw_arena *arena, rw_pool *pool,
                             rwda_error *err)
{
    const rw_vision_weights *w      = &clip->vision;
    size_t                   d      = (size_t)clip->config.vision.width;
    size_t                   side   = (size_t)clip->config.image_size;
    size_t                   grid   = side / (size_t)clip->config.patch_size;
    size_t                   tokens = 1 + grid * grid;
    rw_arena_mark            mark   = rw_arena_save(arena);
    rwda_status              status = RWDA_OK;
    float                   *x      = rw_arena_array(arena, n * tokens, d * sizeof *x);
    float                   *last   = rw_arena_array(arena, n, d * sizeof *last);
    float                   *patch  = rw_arena_array(arena, 3 * side, side * sizeof *patch);
    size_t                  *start  = rw_arena_array(arena, n + 1, sizeof *start);
    size_t                  *pick   = rw_arena_array(arena, n, sizeof *pick);
    rw_batch                 batch = { clip->kernels, pool, &clip->config.vision, clip->config.activation, false, start, n };

    if (x == NULL || last == NULL || patch == NULL || start == NULL || pick == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "vision tower: %zu crops of %zu tokens", n, tokens);
        goto done;
    }
    for (size_t i = 0; i <= n; i++)
        start[i] = i * tokens;
    for (size_t i = 0; i < n; i++) {
        pick[i] = 0; /* the class token */
        embed_crop(x + i * tokens * d, patch, clip, pixels + i * 3 * side * side, pool);
    }
    rw_layer_norm(x, x, w->ln_pre_gain, w->ln_pre_bias, n * tokens, d, clip->kernels, pool);
    for (int layer = 0; layer + 1 < clip->config.vision.layers; layer++)
        RW_TRY(rw_block_run(x, &batch, &w->blocks[layer], arena, err));
    RW_TRY(rw_block_run_last(last, x, pick, &batch, &w->blocks[clip->config.vision.layers - 1], arena, err));
    rw_layer_norm(last, last, w->ln_post_gain, w->ln_post_bias, n, d, clip->kernels, pool);
    rw_project_unit(out, last, w->proj_packed, n, d, (size_t)clip->config.embed_dim, clip->kernels, pool);
done:
    rw_arena_rewind(arena, mark);
    return status;
}

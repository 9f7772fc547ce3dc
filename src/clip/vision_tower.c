/* vision_tower.c - CLIP's vision tower: pixels [n, 3, S, S] to unit embeddings [n, D] */
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
static void embed_crop(float *x, float *patches, const rw_clip *clip, const float *pixels, rw_thread_pool *pool)
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
                     .b        = w->patch,
                     .m        = grid * grid,
                     .epilogue = { .residual = w->positions + d, .ldr = d },
    };

    cut_patches(patches, pixels, side, patch);
    rw_gemm(&args, clip->kernels, pool);
    for (size_t i = 0; i < d; i++)
        x[i] = w->class_embedding[i] + w->positions[i];
}

rwda_status rw_vision_tokens(float *x, const rw_clip *clip, const float *pixels, size_t n, rw_arena *arena,
                             rw_thread_pool *pool, rwda_error *err)
{
    const rw_vision_weights *w      = &clip->vision;
    size_t                   d      = (size_t)clip->config.vision.width;
    size_t                   side   = (size_t)clip->config.image_size;
    size_t                   tokens = rw_vision_token_count(clip);
    rw_arena_mark            mark   = rw_arena_save(arena);
    float                   *patch  = rw_arena_array(arena, 3 * side, side * sizeof *patch);

    if (patch == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "patches of a crop of %zu pixels", side);
    for (size_t i = 0; i < n; i++)
        embed_crop(x + i * tokens * d, patch, clip, pixels + i * 3 * side * side, pool);
    rw_layer_norm(x, x, w->ln_pre_gain, w->ln_pre_bias, n * tokens, d, clip->kernels, pool);
    rw_arena_rewind(arena, mark);
    return RWDA_OK;
}

size_t rw_vision_grid(const rw_clip *clip)
{
    return (size_t)(clip->config.image_size / clip->config.patch_size);
}

size_t rw_vision_token_count(const rw_clip *clip)
{
    return 1 + rw_vision_grid(clip) * rw_vision_grid(clip);
}

void rw_vision_project(float *out, float *x, const rw_clip *clip, size_t rows, rw_thread_pool *pool)
{
    const rw_vision_weights *w = &clip->vision;
    size_t                   d = (size_t)clip->config.vision.width;

    rw_layer_norm(x, x, w->ln_post_gain, w->ln_post_bias, rows, d, clip->kernels, pool);
    rw_project_unit(out, x, &w->proj, rows, clip->kernels, pool);
}

rwda_status rw_vision_encode_classes(float *out, float *x, const size_t *start, size_t n, const rw_clip *clip,
                                     rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    const rw_vision_weights *w      = &clip->vision;
    rw_arena_mark            mark   = rw_arena_save(arena);
    rwda_status              status = RWDA_OK;
    float                   *last   = rw_arena_array(arena, n, (size_t)clip->config.vision.width * sizeof *last);
    size_t                  *pick   = rw_arena_array(arena, n, sizeof *pick);
    rw_batch batch = { clip->kernels, pool, &clip->config.vision, clip->config.activation, false, start, n, NULL };

    if (last == NULL || pick == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "class tokens of %zu sequences", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        pick[i] = 0; /* the class token */
    for (int layer = 0; layer + 1 < clip->config.vision.layers; layer++)
        RW_TRY(rw_block_run(x, &batch, &w->blocks[layer], arena, err));
    RW_TRY(rw_block_run_last(last, x, pick, n, &batch, &w->blocks[clip->config.vision.layers - 1], arena, err));
    rw_vision_project(out, last, clip, n, pool);
done:
    rw_arena_rewind(arena, mark);
    return status;
}

rwda_status rw_vision_encode(float *out, const rw_clip *clip, const float *pixels, size_t n, rw_arena *arena,
                             rw_thread_pool *pool, rwda_error *err)
{
    size_t        d = (size_t)clip->config.vision.width, tokens = rw_vision_token_count(clip);
    rw_arena_mark mark   = rw_arena_save(arena);
    rwda_status   status = RWDA_OK;
    float        *x      = rw_arena_array(arena, n * tokens, d * sizeof *x);
    size_t       *start  = rw_arena_array(arena, n + 1, sizeof *start);

    if (x == NULL || start == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "vision tower: %zu crops of %zu tokens", n, tokens);
        goto done;
    }
    for (size_t i = 0; i <= n; i++)
        start[i] = i * tokens;
    RW_TRY(rw_vision_tokens(x, clip, pixels, n, arena, pool, err));
    RW_TRY(rw_vision_encode_classes(out, x, start, n, clip, arena, pool, err));
done:
    rw_arena_rewind(arena, mark);
    return status;
}

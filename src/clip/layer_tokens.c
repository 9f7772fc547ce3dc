#include "clip/layer_tokens.h"

#include "clip/positions.h"
#include "clip/towers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_MAX 4096 /* pixels, as when a model is opened */

/* Arrays for another input side in one piece of memory: positions [prefix + to*to, d], then the table of rotary positions [to*to, hd]. */
static rwda_status make_positions(float **out, rw_clip *view, const rw_clip *clip, size_t to, rwda_error *err)
{
    const rw_clip_config *config = &clip->config;
    size_t      d = (size_t)config->vision.width, hd = d / (size_t)config->vision.heads, prefix = rw_vision_prefix(clip);
    size_t      turned = config->vision_parts.rope_grid != 0 ? to * to * hd : 0, plain = (prefix + to * to) * d;
    float      *memory = rw_new_array(plain + turned, sizeof *memory); /* no overflow: a side is at most SIDE_MAX */
    rwda_status status = RWDA_OK;

    if (memory == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "positions of a %zu x %zu grid", to, to);
    RW_TRY(rw_positions_resize(memory, to, clip->vision.positions, rw_vision_grid(clip), d, prefix, err));
    if (turned > 0)
        rw_rope_table(memory + plain, to, hd, config->vision_parts.rope_grid, config->vision_parts.rope_first);
    view->vision.positions = memory;
    view->vision.rope      = turned > 0 ? memory + plain : NULL;
    *out                   = memory;
    memory                 = NULL;
done:
    free(memory);
    return status;
}

rwda_status rw_clip_at_side(rw_clip *view, float **positions, const rw_clip *clip, int side, rwda_error *err)
{
    const rw_clip_config *config = &clip->config;
    rwda_status           status = RWDA_OK;

    *view      = *clip;
    *positions = NULL;
    if (side == config->image_size)
        return RWDA_OK;
    if (side < config->patch_size || side > SIDE_MAX || side % config->patch_size != 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "input side %d is not a multiple of the patch size %d in %d..%d",
                       side, config->patch_size, config->patch_size, SIDE_MAX);
    if (config->image_size != clip->own_size)
        return rw_fail(
            err, RWDA_EINVAL, RWDA_NO_OFFSET,
            "input side %d, but the model was opened with %d instead of its own %d: open it with its own, or with %d", side,
            config->image_size, clip->own_size, side);
    RW_TRY(make_positions(positions, view, clip, (size_t)(side / config->patch_size), err));
    view->config.image_size = side;
done:
    return status;
}

/* x [n, tokens, d] -> out [n, tokens - prefix, d]: without the class tokens. */
static void copy_patches(float *out, const float *x, size_t n, size_t tokens, size_t prefix, size_t d)
{
    size_t patches = tokens - prefix;

    for (size_t i = 0; i < n; i++)
        memcpy(out + i * patches * d, x + (i * tokens + prefix) * d, patches * d * sizeof *out);
}

rwda_status rw_layer_tokens(float *const *out, float *class_token, const rw_clip *clip, const float *pixels, size_t n,
                            const int *layers, size_t n_layers, rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    const rw_tower_config *config = &clip->config.vision;
    size_t                 d = (size_t)config->width, tokens = rw_vision_token_count(clip), next = 0;
    rw_arena_mark          mark   = rw_arena_save(arena);
    float                 *x      = rw_arena_array(arena, n * tokens, d * sizeof *x);
    rwda_status            status = RWDA_OK;
    rw_sequences           whole;
    rw_batch               batch;

    if (x == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "vision tower: %zu crops of %zu tokens", n, tokens);
        goto done;
    }
    RW_TRY(rw_sequences_whole(&whole, clip, n, arena, err));
    batch = rw_vision_batch(clip, &whole, pool);
    RW_TRY(rw_vision_tokens(x, clip, pixels, n, arena, pool, err));
    for (int layer = 0; layer < config->layers && (next < n_layers || class_token != NULL); layer++) {
        RW_TRY(rw_block_run(x, &batch, &clip->vision.blocks[layer], arena, err));
        if (next < n_layers && layers[next] == layer + 1)
            copy_patches(out[next++], x, n, tokens, rw_vision_prefix(clip), d);
    }
    if (class_token != NULL)
        RW_TRY(rw_vision_pool(class_token, x, &whole, clip, arena, pool, err));
done:
    rw_arena_rewind(arena, mark);
    return status;
}

/* out [d] = the mean of the tokens around (row, column). */
static void average(float *out, const float *x, size_t grid, size_t d, size_t row, size_t column, size_t reach)
{
    size_t top = row > reach ? row - reach : 0, bottom = row + reach < grid ? row + reach : grid - 1;
    size_t left = column > reach ? column - reach : 0, right = column + reach < grid ? column + reach : grid - 1;
    float  count = (float)((bottom - top + 1) * (right - left + 1));

    memset(out, 0, d * sizeof *out);
    for (size_t v = top; v <= bottom; v++)
        for (size_t u = left; u <= right; u++)
            for (size_t j = 0; j < d; j++)
                out[j] += x[(v * grid + u) * d + j];
    for (size_t j = 0; j < d; j++)
        out[j] /= count;
}

bool rw_tokens_average_unit(float *x, float *scratch, size_t grid, size_t d, int r, const rw_kernels *kernels)
{
    bool fine = true;

    if (r > 1) {
        memcpy(scratch, x, grid * grid * d * sizeof *x);
        for (size_t i = 0; i < grid * grid; i++)
            average(x + i * d, scratch, grid, d, i / grid, i % grid, (size_t)r / 2);
    }
    for (size_t i = 0; i < grid * grid; i++) {
        float *token  = x + i * d;
        float  square = kernels->dot(token, token, d), factor = 1.0f / sqrtf(square);

        fine = fine && isfinite(square) && isfinite(factor);
        for (size_t j = 0; j < d; j++)
            token[j] *= factor;
    }
    return fine;
}

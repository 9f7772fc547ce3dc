/* vision_tower.c - vision tower: pixels [n, 3, S, S] to unit embeddings [n, D] */
#include "clip/attention_pool.h"
#include "clip/towers.h"

#include <string.h>

/* Patches of one crop as rows, in the order of conv1.weight: columns [3, p, p], patches row by row.  Pixels beyond the last whole patch are
 * left out, as the convolution leaves them. */
static void cut_patches(float *rows, const float *pixels, size_t side, size_t patch)
{
    size_t grid = side / patch;

    for (size_t gy = 0; gy < grid; gy++)
        for (size_t gx = 0; gx < grid; gx++)
            for (size_t channel = 0; channel < 3; channel++)
                for (size_t y = 0; y < patch; y++, rows += patch)
                    memcpy(rows, pixels + (channel * side + gy * patch + y) * side + gx * patch, patch * sizeof *rows);
}

/* x [tokens, d] = class embedding, if there is one, and patch embeddings, plus positions. */
static void embed_crop(float *x, float *patches, const rw_clip *clip, const float *pixels, rw_thread_pool *pool)
{
    const rw_vision_weights *w = &clip->vision;
    size_t                   d = (size_t)clip->config.vision.width, prefix = rw_vision_prefix(clip);
    size_t                   side  = (size_t)clip->config.image_size;
    size_t                   patch = (size_t)clip->config.patch_size;
    size_t                   grid  = side / patch;
    rw_gemm_args             args  = {
                     .c        = x + prefix * d,
                     .ldc      = d,
                     .a        = patches,
                     .lda      = 3 * patch * patch,
                     .b        = w->patch,
                     .m        = grid * grid,
                     .epilogue = { .bias = w->patch_bias, .residual = w->positions + prefix * d, .ldr = d },
    };

    cut_patches(patches, pixels, side, patch);
    rw_gemm(&args, clip->kernels, pool);
    for (size_t i = 0; i < prefix * d; i++)
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
    if (w->ln_pre_gain != NULL)
        rw_layer_norm(x, x, w->ln_pre_gain, w->ln_pre_bias, n * tokens, &clip->config.vision, clip->kernels, pool);
    rw_arena_rewind(arena, mark);
    return RWDA_OK;
}

size_t rw_vision_grid(const rw_clip *clip)
{
    return (size_t)(clip->config.image_size / clip->config.patch_size);
}

double rw_vision_across(const rw_clip *clip)
{
    return (double)clip->config.image_size / clip->config.patch_size;
}

size_t rw_vision_prefix(const rw_clip *clip)
{
    return clip->config.vision_parts.class_token ? 1 : 0;
}

size_t rw_vision_token_count(const rw_clip *clip)
{
    return rw_vision_prefix(clip) + rw_vision_grid(clip) * rw_vision_grid(clip);
}

/* ---- Sequences ------------------------------------------------------------------------------------------------------- */

rwda_status rw_sequences_whole(rw_sequences *out, const rw_clip *clip, size_t n, rw_arena *arena, rwda_error *err)
{
    size_t    tokens = rw_vision_token_count(clip), prefix = rw_vision_prefix(clip);
    size_t   *start = rw_arena_array(arena, n + 1, sizeof *start);
    uint32_t *cells = clip->vision.rope != NULL ? rw_arena_array(arena, n, tokens * sizeof *cells) : NULL;

    if (start == NULL || (clip->vision.rope != NULL && cells == NULL))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "vision tower: %zu crops of %zu tokens", n, tokens);
    for (size_t i = 0; i <= n; i++)
        start[i] = i * tokens;
    for (size_t i = 0; i < n && cells != NULL; i++)
        for (size_t t = 0; t < tokens; t++)
            cells[i * tokens + t] = t < prefix ? RW_NO_CELL : (uint32_t)(t - prefix);
    *out = (rw_sequences){ start, cells, n };
    return RWDA_OK;
}

rw_batch rw_vision_batch(const rw_clip *clip, const rw_sequences *sequences, rw_thread_pool *pool)
{
    return (rw_batch){ .kernels = clip->kernels,
                       .pool    = pool,
                       .config  = &clip->config.vision,
                       .start   = sequences->start,
                       .n       = sequences->n,
                       .rope    = clip->vision.rope,
                       .cells   = sequences->cells };
}

/* ---- The end --------------------------------------------------------------------------------------------------------- */

static void norm(float *out, const float *x, const rw_clip *clip, size_t rows, rw_thread_pool *pool)
{
    rw_layer_norm(out, x, clip->vision.ln_post_gain, clip->vision.ln_post_bias, rows, &clip->config.vision, clip->kernels,
                  pool);
}

/* x [rows, d], normed and pooled -> out [rows, D] */
static void project(float *out, const float *x, const rw_clip *clip, size_t rows, rw_thread_pool *pool)
{
    rw_project_unit(out, x, &clip->vision.proj, clip->vision.proj_bias, rows, (size_t)clip->config.vision.width,
                    clip->kernels, pool);
}

rwda_status rw_vision_project(float *out, float *x, const rw_clip *clip, size_t rows, rw_arena *arena, rw_thread_pool *pool,
                              rwda_error *err)
{
    rw_arena_mark mark   = rw_arena_save(arena);
    rwda_status   status = RWDA_OK;
    float        *pooled = x;

    norm(x, x, clip, rows, pool);
    if (clip->config.vision_parts.pooling == RW_POOL_ATTENTION) {
        pooled = rw_arena_array(arena, rows, (size_t)clip->config.vision.width * sizeof *pooled);
        if (pooled == NULL) {
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "vision tower: %zu rows to be projected", rows);
            goto done;
        }
        RW_TRY(rw_attention_pool_rows(pooled, x, rows, clip, arena, pool, err));
    }
    project(out, pooled, clip, rows, pool);
done:
    rw_arena_rewind(arena, mark);
    return status;
}

rwda_status rw_vision_pool(float *out, const float *x, const rw_sequences *sequences, const rw_clip *clip, rw_arena *arena,
                           rw_thread_pool *pool, rwda_error *err)
{
    bool          attention = clip->config.vision_parts.pooling == RW_POOL_ATTENTION;
    size_t        d = (size_t)clip->config.vision.width, n = sequences->n, rows = attention ? sequences->start[n] : n;
    rw_arena_mark mark = rw_arena_save(arena);
    float *normed = rw_arena_array(arena, rows, d * sizeof *normed), *pooled = rw_arena_array(arena, n, d * sizeof *pooled);
    rwda_status status = RWDA_OK;

    if (normed == NULL || pooled == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "vision tower: pooling of %zu rows", rows);
        goto done;
    }
    if (attention) {
        norm(normed, x, clip, rows, pool);
        RW_TRY(rw_attention_pool(pooled, normed, sequences->start, n, clip, arena, pool, err));
    } else {
        for (size_t i = 0; i < n; i++)
            memcpy(normed + i * d, x + sequences->start[i] * d, d * sizeof *normed);
        norm(pooled, normed, clip, n, pool);
    }
    project(out, pooled, clip, n, pool);
done:
    rw_arena_rewind(arena, mark);
    return status;
}

rwda_status rw_vision_encode_sequences(float *out, float *x, const rw_sequences *sequences, const rw_clip *clip,
                                       rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    const rw_vision_weights *w = &clip->vision;
    size_t                   n = sequences->n;
    bool          picks  = clip->config.vision_parts.pooling == RW_POOL_CLASS; /* the last block gives class tokens alone */
    int           whole  = clip->config.vision.layers - (picks ? 1 : 0);
    rw_batch      batch  = rw_vision_batch(clip, sequences, pool);
    rw_arena_mark mark   = rw_arena_save(arena);
    rwda_status   status = RWDA_OK;
    float        *last   = rw_arena_array(arena, n, (size_t)clip->config.vision.width * sizeof *last);
    size_t       *pick   = rw_arena_array(arena, n, sizeof *pick);

    if (last == NULL || pick == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "class tokens of %zu sequences", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        pick[i] = 0; /* the class token */
    for (int layer = 0; layer < whole; layer++)
        RW_TRY(rw_block_run(x, &batch, &w->blocks[layer], arena, err));
    if (picks) {
        RW_TRY(rw_block_run_last(last, x, pick, n, &batch, &w->blocks[whole], arena, err));
        norm(last, last, clip, n, pool);
        project(out, last, clip, n, pool);
    } else {
        RW_TRY(rw_vision_pool(out, x, sequences, clip, arena, pool, err));
    }
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
    rw_sequences  whole;

    if (x == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "vision tower: %zu crops of %zu tokens", n, tokens);
        goto done;
    }
    RW_TRY(rw_sequences_whole(&whole, clip, n, arena, err));
    RW_TRY(rw_vision_tokens(x, clip, pixels, n, arena, pool, err));
    RW_TRY(rw_vision_encode_sequences(out, x, &whole, clip, arena, pool, err));
done:
    rw_arena_rewind(arena, mark);
    return status;
}

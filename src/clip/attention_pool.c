#include "clip/attention_pool.h"

#include "clip/block.h"

#include <math.h>

static rwda_status no_memory(size_t rows, size_t d, rwda_error *err)
{
    return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "attention pooling of %zu rows of width %zu", rows, d);
}

/* values [n, d], attended -> out [n, d]: the output projection and the MLP. */
static rwda_status finish(float *out, const float *values, size_t n, const rw_clip *clip, rw_arena *arena,
                          rw_thread_pool *pool, rwda_error *err)
{
    const rw_pool_weights *w    = &clip->vision.pool;
    const rw_tower_config *c    = &clip->config.vision;
    rw_arena_mark          mark = rw_arena_save(arena);
    float      *h = rw_arena_array(arena, n, w->out.n * sizeof *h), *hidden = rw_arena_array(arena, n, w->fc.n * sizeof *h);
    rwda_status status = RWDA_OK;

    if (h == NULL || hidden == NULL) {
        status = no_memory(n, w->out.n, err);
        goto done;
    }
    rw_linear(out, values, &w->out, w->out_bias, NULL, n, RW_ACT_NONE, NULL, clip->kernels, pool);
    rw_layer_norm(h, out, w->norm_gain, w->norm_bias, n, c, clip->kernels, pool);
    rw_linear(hidden, h, &w->fc, w->fc_bias, NULL, n, c->activation, NULL, clip->kernels, pool);
    rw_linear(out, hidden, &w->proj, w->proj_bias, out, n, RW_ACT_NONE, NULL, clip->kernels, pool);
done:
    rw_arena_rewind(arena, mark);
    return status;
}

/* averages [heads, d] = each head's weighted average of the tokens x [tokens, d]; scores [tokens, heads], weights [heads, tokens] and
 * packed are scratch. */
static void average(float *averages, const float *x, size_t tokens, float *scores, float *weights, float *packed,
                    const rw_clip *clip, rw_thread_pool *pool)
{
    const rw_kernels *kernels = clip->kernels;
    const rw_matrix  *query   = &clip->vision.pool.query;
    size_t            d = query->k, heads = query->n;
    float             scale   = 1.0f / sqrtf((float)(d / heads));
    rw_gemm_args      product = { .c = averages, .ldc = d, .a = weights, .lda = tokens, .m = heads };

    rw_linear(scores, x, query, NULL, NULL, tokens, RW_ACT_NONE, NULL, kernels, pool);
    kernels->transpose(weights, tokens, scores, heads, tokens, heads);
    for (size_t h = 0; h < heads; h++)
        kernels->softmax(weights + h * tokens, tokens, scale);
    rw_pack(packed, kernels, x, d, tokens, 1, d);
    product.b = rw_matrix_f32(packed, d, tokens);
    rw_gemm(&product, kernels, pool);
}

rwda_status rw_attention_pool(float *out, const float *x, const size_t *start, size_t n, const rw_clip *clip,
                              rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    const rw_pool_weights *w = &clip->vision.pool;
    size_t                 d = w->query.k, heads = w->query.n, hd = d / heads, longest = 0, packed_floats = 0;
    rw_arena_mark          mark   = rw_arena_save(arena);
    rwda_status            status = RWDA_OK;
    float                 *averages, *values, *scores, *weights, *packed;

    for (size_t i = 0; i < n; i++)
        longest = start[i + 1] - start[i] > longest ? start[i + 1] - start[i] : longest;
    averages = rw_arena_array(arena, n * heads, d * sizeof *averages);
    values   = rw_arena_array(arena, n * heads, d * sizeof *values);
    scores   = rw_arena_array(arena, longest, heads * sizeof *scores);
    weights  = rw_arena_array(arena, longest, heads * sizeof *weights);
    packed = rw_packed_size(&packed_floats, clip->kernels, d, longest) ? rw_arena_array(arena, packed_floats, sizeof *packed)
                                                                       : NULL;
    if (averages == NULL || values == NULL || scores == NULL || weights == NULL || packed == NULL) {
        status = no_memory(n * heads, d, err);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        average(averages + i * heads * d, x + start[i] * d, start[i + 1] - start[i], scores, weights, packed, clip, pool);
    rw_linear(values, averages, &w->value, w->value_bias, NULL, n * heads, RW_ACT_NONE, NULL, clip->kernels, pool);
    for (size_t i = 0; i < n; i++) /* of each head's row its own part, moved together */
        for (size_t j = 0; j < d; j++)
            averages[i * d + j] = values[(i * heads + j / hd) * d + j];
    RW_TRY(finish(out, averages, n, clip, arena, pool, err));
done:
    rw_arena_rewind(arena, mark);
    return status;
}

rwda_status rw_attention_pool_rows(float *out, const float *x, size_t rows, const rw_clip *clip, rw_arena *arena,
                                   rw_thread_pool *pool, rwda_error *err)
{
    const rw_pool_weights *w      = &clip->vision.pool;
    rw_arena_mark          mark   = rw_arena_save(arena);
    float                 *values = rw_arena_array(arena, rows, w->value.n * sizeof *values);
    rwda_status            status = RWDA_OK;

    if (values == NULL) {
        status = no_memory(rows, w->value.n, err);
        goto done;
    }
    rw_linear(values, x, &w->value, w->value_bias, NULL, rows, RW_ACT_NONE, NULL, clip->kernels, pool);
    RW_TRY(finish(out, values, rows, clip, arena, pool, err));
done:
    rw_arena_rewind(arena, mark);
    return status;
}

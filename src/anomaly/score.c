/* score.c - from crop embeddings to one number? */
#include "anomaly/score.h"

#include "anomaly/prompts.h"

#include <math.h>
#include <string.h>

/* out [D]: unit mean of a class's prompt embeddings. */
static rwda_status prototype(float *out, bool anomalous, const rwda_scorer_options *options, const rw_encoder *encoder,
                             rwda_error *err)
{
    size_t        dim     = (size_t)encoder->clip->config.embed_dim;
    rw_arena_mark mark    = rw_arena_save(encoder->arena);
    rw_prompts    prompts = { NULL, NULL, 0 };
    double        square  = 0.0;
    float        *x;
    rwda_status   status;

    RW_TRY(rw_prompts_zero_shot(&prompts, anomalous, options->prompts, options->object, options->names, err));
    x = rw_arena_array(encoder->arena, prompts.count, dim * sizeof *x);
    if (x == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu prompt embeddings", prompts.count);
        goto done;
    }
    RW_TRY(rw_encode_texts(x, encoder, (const char *const *)prompts.texts, prompts.count, NULL, NULL, err));
    for (size_t j = 0; j < dim; j++) {
        double sum = 0.0;

        for (size_t i = 0; i < prompts.count; i++)
            sum += (double)x[i * dim + j];
        out[j] = (float)(sum / (double)prompts.count);
        square += (double)out[j] * (double)out[j];
    }
    for (size_t j = 0; j < dim; j++)
        out[j] = (float)(out[j] / sqrt(square));
done:
    rw_arena_rewind(encoder->arena, mark);
    rw_prompts_free(&prompts);
    return status;
}

rwda_status rw_score_prototypes(rwda_scorer *scorer, const rw_encoder *encoder, rwda_error *err)
{
    size_t        dim = (size_t)encoder->clip->config.embed_dim;
    float         tau = scorer->options.temperature > 0.0f ? scorer->options.temperature : 1.0f / encoder->clip->logit_scale;
    rw_arena_mark mark   = rw_arena_save(encoder->arena);
    float        *both   = rw_arena_array(encoder->arena, 2, dim * sizeof *both);
    rwda_status   status = RWDA_OK;

    scorer->direction = rw_new_array(dim, sizeof *scorer->direction);
    if (both == NULL || scorer->direction == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "prototypes of %zu dimensions", dim);
        goto done;
    }
    RW_TRY(prototype(both, false, &scorer->options, encoder, err));
    RW_TRY(prototype(both + dim, true, &scorer->options, encoder, err));
    for (size_t j = 0; j < dim; j++)
        scorer->direction[j] = (both[dim + j] - both[j]) / tau;
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}

static float sigmoid(float v)
{
    return 1.0f / (1.0f + expf(-v));
}

static float pooled(const float *scores, size_t n, rwda_pool pool)
{
    float result = pool == RWDA_POOL_MAX ? scores[0] : 0.0f;

    for (size_t i = 0; i < n; i++)
        if (pool == RWDA_POOL_MAX)
            result = scores[i] > result ? scores[i] : result;
        else
            result += scores[i] / (float)n;
    return result;
}

static bool uses_network(const rwda_scorer *scorer)
{
    return scorer->options.method == RWDA_METHOD_FNN || scorer->options.method == RWDA_METHOD_BOTH;
}

/* The method's score of each row, and its two ingredients where it has them: fnn and clip [n] are scratch where it has not. */
static rwda_status score_rows(float *final, float *fnn, float *clip, const rwda_scorer *scorer, const float *x, size_t n,
                              const rw_kernels *kernels, rw_arena *arena, rw_pool *pool, rwda_error *err)
{
    rwda_method         method   = scorer->options.method;
    bool                with_fnn = uses_network(scorer);
    const rw_direction *line     = NULL;
    rwda_status         status   = RWDA_OK;

    if (method == RWDA_METHOD_LDA)
        line = &scorer->detector->lda;
    else if (method == RWDA_METHOD_PAIRED)
        line = &scorer->detector->paired;
    if (with_fnn)
        RW_TRY(rw_detector_logits(fnn, scorer->detector, x, n, kernels, arena, pool, err));
    for (size_t i = 0; i < n; i++) {
        const float *row = x + i * scorer->dim;

        if (with_fnn)
            final[i] = fnn[i] = sigmoid(fnn[i]);
        if (scorer->direction != NULL)
            final[i] = clip[i] = sigmoid(kernels->dot(row, scorer->direction, scorer->dim));
        if (method == RWDA_METHOD_BOTH)
            final[i] = 0.5f * (fnn[i] + clip[i]);
        if (line != NULL)
            final[i] = sigmoid(kernels->dot(row, line->weight, scorer->dim) + line->bias);
    }
done:
    return status;
}

rwda_status rw_score_rows(float *out, const rwda_scorer *scorer, const float *x, size_t n, const rw_kernels *kernels,
                          rw_arena *arena, rw_pool *pool, rwda_error *err)
{
    rw_arena_mark mark   = rw_arena_save(arena);
    rwda_status   status = RWDA_ENOMEM;
    float        *fnn    = rw_arena_array(arena, n, sizeof *fnn);
    float        *clip   = rw_arena_array(arena, n, sizeof *clip);

    if (fnn != NULL && clip != NULL)
        status = score_rows(out, fnn, clip, scorer, x, n, kernels, arena, pool, err);
    else
        rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "scores of %zu embeddings", n);
    rw_arena_rewind(arena, mark);
    return status;
}

rwda_status rw_score_crops(rwda_score *out, const rwda_scorer *scorer, const float *x, size_t crops,
                           const rw_kernels *kernels, rw_arena *arena, rw_pool *pool, rwda_error *err)
{
    rw_arena_mark mark   = rw_arena_save(arena);
    float        *fnn    = rw_arena_array(arena, crops, sizeof *fnn);
    float        *clip   = rw_arena_array(arena, crops, sizeof *clip);
    float        *final  = rw_arena_array(arena, crops, sizeof *final);
    rwda_status   status = RWDA_OK;

    *out = (rwda_score){ NAN, NAN, NAN, crops };
    if (fnn == NULL || clip == NULL || final == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "scores of %zu crops", crops);
        goto done;
    }
    RW_TRY(score_rows(final, fnn, clip, scorer, x, crops, kernels, arena, pool, err));
    out->score = pooled(final, crops, scorer->options.pool);
    if (uses_network(scorer))
        out->score_fnn = pooled(fnn, crops, scorer->options.pool);
    if (scorer->direction != NULL)
        out->score_clip = pooled(clip, crops, scorer->options.pool);
done:
    rw_arena_rewind(arena, mark);
    return status;
}

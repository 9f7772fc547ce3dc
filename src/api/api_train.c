/* api_train.c - which steps lead from random words to a detector? */
#include "anomaly/embedding_cache.h"
#include "anomaly/recipe.h"
#include "anomaly/train.h"
#include "api/session.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

/* x [prompts, D]: from the cache, or from the text tower and then into the cache. */
static rwda_status embed(float *x, rwda_session *session, const rw_prompts *prompts, const char *cache_dir,
                         rwda_progress_fn progress, void *user, rwda_error *err)
{
    rw_encoder  encoder = rw_session_encoder(session);
    size_t      dim     = (size_t)encoder.clip->config.embed_dim;
    char        path[RW_PATH_MAX];
    bool        cached = cache_dir != NULL && rw_cache_path(path, sizeof path, cache_dir, prompts, encoder.clip);
    rwda_status status;

    if (cached && rw_cache_read(x, prompts->count, dim, path))
        return RWDA_OK;
    status = rw_encode_texts(x, &encoder, (const char *const *)prompts->texts, NULL, prompts->count, progress, user, err);
    if (status == RWDA_OK && cached)
        rw_cache_write(x, prompts->count, dim, path);
    return status;
}

rwda_status rwda_prompts_draw(char ***texts, size_t *count, const rwda_model *model, const rwda_train_options *options,
                              rwda_error *err)
{
    rw_prompts         prompts = { NULL, NULL, 0 };
    rwda_train_options own;
    rwda_status        status;

    *texts = NULL;
    *count = 0;
    RW_TRY(rw_train_options_read(&own, options, err));
    RW_TRY(rw_clip_require_tokenizer(model->clip, err));
    RW_TRY(rw_prompts_draw(&prompts, &own, model->clip->tokenizer, (size_t)model->clip->config.context_length, err));
    *texts = prompts.texts; /* the first text is the one block that holds all */
    *count = prompts.count;
done:
    return status;
}

void rwda_prompts_free(char **texts)
{
    if (texts == NULL)
        return;
    free(texts[0]);
    free(texts);
}

rwda_status rwda_detector_train(rwda_detector **out, rwda_session *session, const rwda_train_options *options,
                                rwda_progress_fn progress, void *user, rwda_error *err)
{
    const rw_clip     *clip     = session->model->clip;
    size_t             dim      = (size_t)clip->config.embed_dim;
    rw_workshop        shop     = { clip->kernels, &session->arena, session->pool, progress, user };
    rw_arena_mark      mark     = rw_arena_save(&session->arena);
    rw_prompts         prompts  = { NULL, NULL, 0 };
    rwda_detector     *detector = NULL;
    rwda_train_options own;
    float             *x;
    rwda_status        status;

    *out = NULL;
    RW_TRY(rw_train_options_read(&own, options, err));
    options = &own;
    RW_TRY(rw_clip_require_tokenizer(clip, err));
    RW_TRY(rw_prompts_draw(&prompts, options, clip->tokenizer, (size_t)clip->config.context_length, err));
    detector = calloc(1, sizeof *detector);
    x        = rw_arena_array(&session->arena, prompts.count, dim * sizeof *x);
    if (detector != NULL)
        detector->recipe = rw_recipe_write(options);
    if (detector == NULL || x == NULL || detector->recipe == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "training on %zu prompts of %zu dimensions", prompts.count, dim);
        goto done;
    }
    detector->precision = clip->precision;
    memcpy(detector->model_sha256, clip->sha256, sizeof detector->model_sha256);
    RW_TRY(embed(x, session, &prompts, options->cache_dir, progress, user, err));
    RW_TRY(rw_train(detector, x, dim, options, &shop, err));
    RW_TRY(rw_detector_seal(detector, err));
    *out     = detector;
    detector = NULL;
done:
    rw_arena_rewind(&session->arena, mark);
    rw_prompts_free(&prompts);
    rwda_detector_free(detector);
    return status;
}

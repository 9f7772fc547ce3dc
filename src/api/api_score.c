/* api_score.c - which steps lead from pictures to scores? */
#include "anomaly/score.h"
#include "api/session.h"
#include "image/crops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

rwda_status rwda_scorer_new(rwda_scorer **out, rwda_session *session, const rwda_detector *detector,
                            const rwda_scorer_options *options, rwda_error *err)
{
    const rwda_scorer_options defaults = RWDA_SCORER_OPTIONS_INIT;
    const rw_clip            *clip     = session->model->clip;
    rw_encoder                encoder  = rw_session_encoder(session);
    rwda_scorer              *scorer   = NULL;
    rwda_status               status   = RWDA_OK;

    *out = NULL;
    if (options == NULL)
        options = &defaults;
    if ((unsigned)options->method > RWDA_METHOD_WINCLIP || (unsigned)options->prompts > RWDA_PROMPTS_ENSEMBLE ||
        (unsigned)options->resize > RWDA_RESIZE_TILES || (unsigned)options->crops > RWDA_CROPS_3X3 ||
        (unsigned)options->pool > RWDA_POOL_LOGIT || (unsigned)options->names > RWDA_NAMES_CLEAN ||
        !(options->temperature >= 0.0f))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "an option of the scorer is none of its values");
    if (detector == NULL && options->method != RWDA_METHOD_CLIP && options->method != RWDA_METHOD_WINCLIP)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "this method needs a detector");
    if (detector != NULL && strcmp(detector->model_sha256, clip->sha256) != 0)
        return rw_fail(
            err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
            "the detector was trained with the model of sha256 %s, this model has %s; train a detector with this model",
            detector->model_sha256, clip->sha256);
    if (detector != NULL && detector->dim != (size_t)clip->config.embed_dim)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "the detector wants embeddings of %zu dimensions, the model gives %d", detector->dim,
                       clip->config.embed_dim);
    scorer = calloc(1, sizeof *scorer);
    if (scorer == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "scorer, %zu bytes", sizeof *scorer);
    scorer->options  = *options;
    scorer->detector = detector;
    scorer->dim      = (size_t)clip->config.embed_dim;
    if (options->method == RWDA_METHOD_WINCLIP)
        scorer->options.prompts = RWDA_PROMPTS_ENSEMBLE;
    if (options->method == RWDA_METHOD_CLIP || options->method == RWDA_METHOD_BOTH || options->method == RWDA_METHOD_WINCLIP)
        RW_TRY(rw_score_prototypes(scorer, &encoder, err));
    RW_TRY(rw_score_describe(scorer, clip, err));
    scorer->options.object = NULL; /* the caller's string: used, not kept */
    *out                   = scorer;
    scorer                 = NULL;
done:
    rwda_scorer_free(scorer);
    return status;
}

void rwda_scorer_free(rwda_scorer *scorer)
{
    if (scorer == NULL)
        return;
    free(scorer->direction);
    free(scorer->description);
    free(scorer);
}

const char *rwda_scorer_describe(const rwda_scorer *scorer)
{
    return scorer->description;
}

rwda_status rwda_score_images(rwda_score *out, rwda_session *session, const rwda_scorer *scorer,
                              const rwda_image *const *images, size_t n, rwda_error *err)
{
    const rwda_scorer_options *options = &scorer->options;
    rw_arena_mark              mark    = rw_arena_save(&session->arena);
    size_t                     total   = 0;
    float                     *x;
    rwda_status                status = RWDA_OK;

    for (size_t i = 0; i < n; i++)
        out[i] = (rwda_score){ NAN, NAN, NAN, 0, NAN };
    for (size_t i = 0; i < n; i++) {
        RW_TRY(rw_crops_check(&out[i].crops, images[i], options->resize, options->crops, err));
        total += out[i].crops;
    }
    x = rw_arena_array(&session->arena, total, scorer->dim * sizeof *x);
    if (x == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu embeddings", total);
    RW_TRY(rwda_embed_images(x, session, images, n, options->resize, options->crops, err));
    for (size_t i = 0; i < n; i++) {
        RW_TRY(rw_score_crops(&out[i], scorer, x, out[i].crops, session->model->clip->kernels, &session->arena,
                              session->pool, err));
        x += out[i].crops * scorer->dim;
    }
done:
    rw_arena_rewind(&session->arena, mark);
    return status;
}

rwda_status rwda_score_embeddings(rwda_score *out, rwda_session *session, const rwda_scorer *scorer, const float *x,
                                  size_t crops, rwda_error *err)
{
    if (crops < 1)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "a score needs at least one crop's embedding");
    return rw_score_crops(out, scorer, x, crops, session->model->clip->kernels, &session->arena, session->pool, err);
}

/* api_score.c - which steps lead from images to scores? */
#include "api/score_image.h"
#include "base/versioned.h"
#include "image/crops.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static rwda_status check_options(const rwda_scorer_options *o, rwda_error *err)
{
    const struct {
        const char *name;
        rwda_enum   names;
        int         value;
    } choices[] = {
        { "method", RWDA_ENUM_METHOD, (int)o->method },
        { "prompts", RWDA_ENUM_PROMPTS, (int)o->prompts },
        { "resize", RWDA_ENUM_RESIZE, (int)o->resize },
        { "crops", RWDA_ENUM_CROPS, (int)o->crops },
        { "pool", RWDA_ENUM_POOL, (int)o->pool },
        { "names", RWDA_ENUM_NAMES, (int)o->names },
        { "orientation", RWDA_ENUM_ORIENTATION, (int)o->orientation },
    };

    for (size_t i = 0; i < RW_COUNTOF(choices); i++)
        if (choices[i].value < 0 || choices[i].value >= rwda_enum_count(choices[i].names))
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "scorer: %s %d is not in 0..%d", choices[i].name,
                           choices[i].value, rwda_enum_count(choices[i].names) - 1);
    if (o->depth < RWDA_DEPTH_AUTO || o->depth > 16 || (o->depth > 0 && o->depth < 8))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "scorer: depth %d is none of 0, 8..16 and %d", o->depth,
                       RWDA_DEPTH_AUTO);
    if (!(o->fuse >= 0.0 && o->fuse <= 1.0)) /* NaN neither */
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "scorer: fuse %g is not in 0..1", o->fuse);
    if (!(o->temperature >= 0.0f && isfinite(o->temperature)))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "a scorer's temperature %g is below 0 or not finite",
                       (double)o->temperature);
    return RWDA_OK;
}

rwda_status rwda_scorer_new(rwda_scorer **out, rwda_session *session, const rwda_detector *detector,
                            const rwda_scorer_options *options, rwda_error *err)
{
    const rw_clip      *clip    = session->model->clip;
    rw_encoder          encoder = rw_session_encoder(session);
    rwda_scorer        *scorer  = NULL;
    rwda_scorer_options own;
    bool                words;
    rwda_status         status;

    *out = NULL;
    RW_TRY(rw_scorer_options_read(&own, options, err));
    options = &own;
    RW_TRY(check_options(options, err));
    if (options->memory == NULL && options->fuse > 0.0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "fuse %g: there is no memory beside the words", options->fuse);
    words = options->memory == NULL || options->fuse > 0.0;
    if (options->memory != NULL) {
        RW_TRY(rw_memory_check_model(options->memory, clip, err));
        RW_TRY(rw_memory_check_reading(options->memory, options->orientation, options->depth, err));
    }
    if (detector == NULL && words && rwda_method_needs_detector(options->method))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "this method needs a detector");
    if (detector != NULL && strcmp(detector->model_sha256, clip->sha256) != 0)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "the detector was trained with the model of sha256 %s, this model, %.200s, has %s; train a detector "
                       "with this model",
                       detector->model_sha256, clip->weights_path, clip->sha256);
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
    if (words && rwda_method_needs_prompts(options->method))
        RW_TRY(rw_score_prototypes(scorer, &encoder, err));
    if (options->fuse > 0.0)
        RW_TRY(rw_score_standardise(scorer, clip->kernels, &session->arena, session->pool, err));
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
    json_decref(scorer->settings);
    free(scorer->description);
    free(scorer);
}

const char *rwda_scorer_describe(const rwda_scorer *scorer)
{
    return scorer->description;
}

static rwda_status check_size(size_t size, rwda_error *err)
{
    return rw_versioned_check(size, RW_SIZE_TO(rwda_score, logit), "rwda_score", err);
}

/* Element i of the caller's array. */
static void put(rwda_score *out, size_t size, size_t i, rwda_score score)
{
    rw_versioned_write((uint8_t *)out + i * size, size, &score, RW_SIZE_TO(rwda_score, score_memory));
}

/* As many images at a time as fill a pass. */
static rwda_status score_by_memory(rwda_score *out, size_t size, rwda_session *session, const rwda_scorer *scorer,
                                   const rwda_image *const *images, size_t n, rwda_error *err)
{
    size_t        together = rw_score_images_together(session, scorer), some;
    rw_arena_mark mark     = rw_arena_save(&session->arena);
    rwda_score   *scores   = rw_arena_array(&session->arena, together, sizeof *scores);
    rwda_status   status   = RWDA_OK;

    if (scores == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "scores of %zu images", together);
    for (size_t first = 0; first < n; first += some) {
        some   = n - first < together ? n - first : together;
        status = rw_score_images(scores, NULL, session, scorer, images + first, some, NULL, err);
        for (size_t i = 0; i < some; i++)
            put(out, size, first + i, scores[i]);
        if (status != RWDA_OK)
            goto done;
    }
done:
    rw_arena_rewind(&session->arena, mark);
    return status;
}

rwda_status rwda_scorer_score_images_sized(rwda_score *out, size_t size, rwda_session *session, const rwda_scorer *scorer,
                                           const rwda_image *const *images, size_t n, rwda_error *err)
{
    const rwda_scorer_options *options = &scorer->options;
    rw_arena_mark              mark    = rw_arena_save(&session->arena);
    size_t                     total = 0, *crops = NULL;
    float                     *x;
    rwda_status                status;

    RW_TRY(check_size(size, err));
    for (size_t i = 0; i < n; i++)
        put(out, size, i, (rwda_score){ NAN, NAN, NAN, 0, NAN, NAN });
    if (options->memory != NULL)
        return score_by_memory(out, size, session, scorer, images, n, err);
    crops = rw_arena_array(&session->arena, n, sizeof *crops);
    if (crops == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "scores of %zu images", n);
    for (size_t i = 0; i < n; i++) {
        RW_TRY(rw_crops_check(&crops[i], images[i], options->resize, options->crops, err));
        total += crops[i];
    }
    x = rw_arena_array(&session->arena, total, scorer->dim * sizeof *x);
    if (x == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu embeddings", total);
        goto done;
    }
    RW_TRY(rwda_session_embed_images(x, session, images, n, options->resize, options->crops, err));
    for (size_t i = 0; i < n; i++) {
        rwda_score score;

        status =
            rw_score_crops(&score, scorer, x, crops[i], session->model->clip->kernels, &session->arena, session->pool, err);
        put(out, size, i, score);
        if (status != RWDA_OK)
            goto done;
        x += crops[i] * scorer->dim;
    }
done:
    rw_arena_rewind(&session->arena, mark);
    return status;
}

rwda_status rwda_scorer_score_embeddings_sized(rwda_score *out, size_t size, rwda_session *session,
                                               const rwda_scorer *scorer, const float *x, size_t crops, rwda_error *err)
{
    rwda_score  score;
    rwda_status status;

    RW_TRY(check_size(size, err));
    if (scorer->options.memory != NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "a scorer with a memory needs the images, not their embeddings");
    if (crops < 1)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "a score needs at least one crop's embedding");
    status = rw_score_crops(&score, scorer, x, crops, session->model->clip->kernels, &session->arena, session->pool, err);
    put(out, size, 0, score);
done:
    return status;
}

/* images [n], a pass's at most -> out [scorers, all], from column `first` on.  scores [n] and sights [n_scorers] are scratch. */
static rwda_status score_pass(rwda_score *out, size_t size, size_t all, size_t first, rwda_session *session,
                              const rwda_scorer *const *scorers, size_t n_scorers, const rwda_image *const *images, size_t n,
                              rwda_score *scores, rw_sight *sights, rwda_error *err)
{
    rw_arena_mark mark   = rw_arena_save(&session->arena);
    size_t        seen   = 0;
    rwda_status   status = RWDA_OK;

    for (size_t s = 0; s < n_scorers; s++) {
        const rwda_memory *m = scorers[s]->options.memory;
        size_t             k = 0;

        while (m != NULL && k < seen && !rw_sees_alike(sights[k].of, m))
            k++;
        if (m != NULL && k == seen)
            RW_TRY(rw_sight_new(&sights[seen++], m, n, &session->arena, err));
        RW_TRY(m != NULL ? rw_score_images(scores, NULL, session, scorers[s], images, n, &sights[k], err)
                         : rwda_scorer_score_images(scores, session, scorers[s], images, n, err));
        for (size_t i = 0; i < n; i++)
            put(out, size, s * all + first + i, scores[i]);
    }
done:
    rw_arena_rewind(&session->arena, mark);
    return status;
}

rwda_status rwda_scorer_score_many_sized(rwda_score *out, size_t size, rwda_session *session,
                                         const rwda_scorer *const *scorers, size_t n_scorers,
                                         const rwda_image *const *images, size_t n, rwda_error *err)
{
    rw_arena_mark mark     = rw_arena_save(&session->arena);
    size_t        together = n, some;
    rw_sight     *sights   = rw_arena_array(&session->arena, n_scorers, sizeof *sights);
    rwda_score   *scores   = rw_arena_array(&session->arena, n, sizeof *scores);
    rwda_status   status;

    RW_TRY(check_size(size, err));
    for (size_t i = 0; i < n_scorers * n; i++)
        put(out, size, i, (rwda_score){ NAN, NAN, NAN, 0, NAN, NAN });
    if (sights == NULL || scores == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "scores of %zu images by %zu scorers", n, n_scorers);
        goto done;
    }
    for (size_t s = 0; s < n_scorers; s++)
        if (scorers[s]->options.memory != NULL && rw_score_images_together(session, scorers[s]) < together)
            together = rw_score_images_together(session, scorers[s]);
    for (size_t first = 0; first < n; first += some) {
        some = n - first < together ? n - first : together;
        RW_TRY(score_pass(out, size, n, first, session, scorers, n_scorers, images + first, some, scores, sights, err));
    }
done:
    rw_arena_rewind(&session->arena, mark);
    return status;
}

int rwda_scorer_remembers(const rwda_scorer *scorer, const rwda_image *image)
{
    const rwda_memory *m = scorer->options.memory;
    char               sha256[65];

    if (m == NULL || m->options.mutual)
        return 0;
    rw_image_sha256(sha256, image);
    return rw_memory_find(m, sha256) != SIZE_MAX;
}

rwda_status rwda_scorer_score_member_sized(rwda_score *out, size_t size, rwda_session *session, const rwda_scorer *scorer,
                                           size_t i, rwda_error *err)
{
    const rwda_memory *m     = scorer->options.memory;
    rwda_score         score = { NAN, NAN, NAN, 0, NAN, NAN }, words;
    rwda_status        status;

    RW_TRY(check_size(size, err));
    if (m == NULL || i >= m->info.images)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "image %zu of a memory of %zu", i, m != NULL ? m->info.images : 0);
    if (!isnan(m->images[i].score)) {
        if (scorer->options.fuse > 0.0)
            RW_TRY(rw_score_crops(&words, scorer, m->embeddings + i * m->crops * scorer->dim, m->crops,
                                  session->model->clip->kernels, &session->arena, session->pool, err));
        rw_score_fuse(&score, scorer, m->images[i].score, scorer->options.fuse > 0.0 ? &words : NULL);
    }
    put(out, size, 0, score);
done:
    return status;
}

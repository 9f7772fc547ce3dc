/* api_session.c - who owns the scratch memory of one thread, and what does it embed? */
#include "api/session.h"

#include "base/versioned.h"
#include "image/crops.h"
#include "image/preprocess.h"

#include <stdlib.h>

#define BATCH_MAX 256

rwda_status rwda_session_new(rwda_session **out, const rwda_model *model, const rwda_session_options *options,
                             rwda_error *err)
{
    rwda_session_options own;
    rwda_session        *session = NULL;
    rwda_status          status  = RWDA_OK;

    if (out == NULL || model == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "rwda_session_new: out or model is NULL");
    *out = NULL;
    RW_TRY(rw_session_options_read(&own, options, err));
    if (own.batch < 1 || own.batch > BATCH_MAX)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "batch %d is not in 1..%d", own.batch, BATCH_MAX);
    session = calloc(1, sizeof *session);
    if (session == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "session handle, %zu bytes", sizeof *session);
    session->model = model;
    session->batch = own.batch;
    RW_TRY(rw_thread_pool_new(&session->pool, own.threads, err));
    *out    = session;
    session = NULL;
done:
    rwda_session_free(session);
    return status;
}

void rwda_session_free(rwda_session *session)
{
    if (session == NULL)
        return;
    rw_thread_pool_free(session->pool);
    rw_arena_done(&session->arena);
    free(session);
}

int rwda_session_threads(const rwda_session *session)
{
    return rw_thread_pool_threads(session->pool);
}

rw_encoder rw_session_encoder(rwda_session *session)
{
    return (rw_encoder){
        .clip  = session->model->clip,
        .arena = &session->arena,
        .pool  = session->pool,
        .batch = session->batch,
    };
}

rwda_status rwda_session_embed_texts(float *out, rwda_session *session, const char *const *texts, const size_t *lens,
                                     size_t n, rwda_error *err)
{
    rw_encoder encoder = rw_session_encoder(session);

    return rw_encode_texts(out, &encoder, texts, lens, n, NULL, NULL, err);
}

/* Crops of several images share a vision pass: they are collected until enough of them wait, then encoded together. */
rwda_status rwda_session_embed_images(float *out, rwda_session *session, const rwda_image *const *images, size_t n,
                                      rwda_resize resize, rwda_crops crops, rwda_error *err)
{
    const rw_clip_config *config      = &session->model->clip->config;
    rw_encoder            encoder     = rw_session_encoder(session);
    size_t                crop_floats = 3 * (size_t)config->image_size * (size_t)config->image_size;
    rw_arena_mark         mark        = rw_arena_save(&session->arena);
    size_t                together = rw_encoder_crops(&encoder), most = 0, waiting = 0;
    float                *pixels = NULL;
    rwda_status           status = RWDA_OK;

    RW_TRY(rw_clip_require(encoder.clip, RWDA_TOWERS_IMAGE, err)); /* before images are resized */
    for (size_t i = 0; i < n; i++) {
        size_t count;

        RW_TRY(rw_crops_check(&count, images[i], resize, crops, err));
        most = count > most ? count : most;
    }
    pixels = rw_arena_array(&session->arena, together - 1 + most, crop_floats * sizeof *pixels);
    if (pixels == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu crops of %zu floats", together - 1 + most, crop_floats);
    for (size_t i = 0; i < n; i++) {
        RW_TRY(rwda_model_preprocess(pixels + waiting * crop_floats, session->model, images[i], resize, crops, err));
        waiting += rwda_crops_count(images[i]->width, images[i]->height, resize, crops);
        if (waiting < together && i + 1 < n)
            continue;
        RW_TRY(rw_encode_crops(out, &encoder, pixels, waiting, err));
        out += waiting * (size_t)config->embed_dim;
        waiting = 0;
    }
done:
    rw_arena_rewind(&session->arena, mark);
    return status;
}

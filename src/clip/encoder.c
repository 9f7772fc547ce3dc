/* encoder.c - how do many texts and crops become embeddings, within bounded memory? */
#include "clip/encoder.h"

#include "clip/towers.h"

#include <math.h>
#include <string.h>

#define TEXT_ROWS 2048 /* tokens a text pass: large enough for the matrix product's full rate, a few MB a layer */
#define CROP_ROWS 800  /* tokens of crops, likewise: vision towers are wide, and each token takes 5 widths of scratch */

/* Weights are finite when they are read; whatever else may damage numbers ends here, before a network's ReLU can hide it. */
static rwda_status check_finite(const float *x, size_t n, const rw_clip *clip, const char *what, rwda_error *err)
{
    size_t dim = (size_t)clip->config.embed_dim;

    for (size_t i = 0; i < n; i++)
        if (!isfinite(clip->kernels->dot(x + i * dim, x + i * dim, dim)))
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: the embedding of a %s is not finite",
                           clip->weights_path, what);
    return RWDA_OK;
}

rwda_status rw_encode_texts(float *out, const rw_encoder *encoder, const char *const *texts, size_t n,
                            rwda_progress_fn progress, void *user, rwda_error *err)
{
    const rw_clip *clip       = encoder->clip;
    size_t         context    = (size_t)clip->config.context_length;
    size_t         room       = TEXT_ROWS > context ? TEXT_ROWS : context;
    rw_arena_mark  mark       = rw_arena_save(encoder->arena);
    int32_t       *ids        = rw_arena_array(encoder->arena, room, sizeof *ids);
    size_t        *start      = rw_arena_array(encoder->arena, room + 1, sizeof *start); /* a text takes 2 tokens or more */
    size_t         done_texts = 0, waiting = 0;
    rwda_status    status = RWDA_OK;

    RW_TRY(rw_clip_need(clip, RWDA_TOWERS_TEXT, err));
    if (ids == NULL || start == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu token ids", room);
        goto done;
    }
    start[0] = 0;
    while (done_texts + waiting < n) {
        const char *text  = texts[done_texts + waiting];
        size_t      count = 0;

        RW_TRY(rw_bpe_encode(ids + start[waiting], &count, context, NULL, encoder->bpe, text, strlen(text), err));
        waiting++;
        start[waiting] = start[waiting - 1] + count;
        if (room - start[waiting] >= context && done_texts + waiting < n)
            continue; /* the longest possible next text still fits */
        RW_TRY(rw_text_encode(out + done_texts * (size_t)clip->config.embed_dim, clip, ids, start, waiting, encoder->arena,
                              encoder->pool, err));
        RW_TRY(check_finite(out + done_texts * (size_t)clip->config.embed_dim, waiting, clip, "text", err));
        done_texts += waiting;
        waiting = 0;
        if (progress != NULL && progress(user, "text embeddings", done_texts, n) != 0) {
            status = rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "stopped after %zu of %zu texts", done_texts, n);
            goto done;
        }
    }
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}

size_t rw_encoder_crops(const rw_encoder *encoder)
{
    size_t batch = (size_t)encoder->batch, tokens = rw_vision_token_count(encoder->clip);
    size_t room = CROP_ROWS > tokens ? CROP_ROWS / tokens : 1;

    return batch < room ? batch : room;
}

rwda_status rw_encode_crops(float *out, const rw_encoder *encoder, const float *crops, size_t n, rwda_error *err)
{
    const rw_clip_config *config      = &encoder->clip->config;
    size_t                crop_floats = 3 * (size_t)config->image_size * (size_t)config->image_size;
    size_t                batch       = rw_encoder_crops(encoder);
    rwda_status           status      = rw_clip_need(encoder->clip, RWDA_TOWERS_IMAGE, err);

    for (size_t i = 0; i < n && status == RWDA_OK; i += batch) {
        size_t some = n - i < batch ? n - i : batch;
        float *x    = out + i * (size_t)config->embed_dim;

        status = rw_vision_encode(x, encoder->clip, crops + i * crop_floats, some, encoder->arena, encoder->pool, err);
        if (status == RWDA_OK)
            status = check_finite(x, some, encoder->clip, "picture", err);
    }
    return status;
}

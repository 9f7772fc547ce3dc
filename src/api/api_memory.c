/* api_memory.c - which steps lead from normal images to a memory? */
#include "anomaly/memory_builder.h"
#include "api/session.h"
#include "base/file.h"
#include "base/name_text.h"
#include "base/versioned.h"
#include "clip/layer_tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

rwda_status rwda_memory_bytes(int64_t *out, const rwda_model *model, const rwda_memory_options *options, size_t images,
                              rwda_error *err)
{
    rwda_memory_options own;
    rwda_status         status;

    RW_TRY(rw_memory_options_complete(&own, options, model->clip, err));
    status = rw_memory_bytes(out, &own, model->clip, images, err);
done:
    return status;
}

/* The options of a memory that is added to: the caller may raise its limit, nothing else. */
static rwda_status options_of_base(rwda_memory_options *out, const rwda_memory *base, const rwda_memory_options *given,
                                   const rw_clip *clip, rwda_error *err)
{
    rwda_memory_options asked;
    rwda_status         status;

    *out = base->options;
    RW_TRY(rw_memory_check_model(base, clip, err));
    if (given == NULL)
        goto done;
    RW_TRY(rw_memory_options_complete(&asked, given, clip, err));
    out->max_bytes = asked.max_bytes;
    if (memcmp(&asked, out, sizeof asked) != 0) /* neither has padding */
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "the memory was made with other options: %s", base->recipe);
done:
    return status;
}

rwda_status rwda_memory_builder_new(rwda_memory_builder **out, rwda_session *session, const rwda_memory *base,
                                    const rwda_memory_options *options, rwda_error *err)
{
    const rw_clip       *clip = session->model->clip;
    rwda_memory_builder *b    = NULL;
    rwda_status          status;

    *out = NULL;
    RW_TRY(rw_clip_require(clip, RWDA_TOWERS_IMAGE, err));
    b = calloc(1, sizeof *b);
    if (b == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "builder of a memory, %zu bytes", sizeof *b);
    b->session = session;
    RW_TRY(base != NULL ? options_of_base(&b->options, base, options, clip, err)
                        : rw_memory_options_complete(&b->options, options, clip, err));
    RW_TRY(rw_clip_at_side(&b->view, &b->positions, clip, b->options.image_size, err));
    if (base != NULL)
        RW_TRY(rw_memory_builder_load(b, base, err));
    b->from_base     = base != NULL;
    b->preprocessing = base != NULL ? base->info.preprocessing : RWDA_PREPROCESSING;
    *out             = b;
    b                = NULL;
done:
    rwda_memory_builder_free(b);
    return status;
}

void rwda_memory_builder_free(rwda_memory_builder *b)
{
    if (b == NULL)
        return;
    rw_memory_builder_empty(b);
    free(b->images);
    free(b->positions);
    free(b);
}

/* One image that is not there yet, at the end. */
static rwda_status add_one(rwda_memory_builder *b, const rwda_image *image, const char *name, const char sha256[65],
                           rwda_error *err)
{
    rwda_session *session = b->session;
    rw_encoder    encoder = rw_session_encoder(session);
    rw_arena_mark mark    = rw_arena_save(&session->arena);
    size_t        rows = rw_memory_embeddings(&b->options), dim = (size_t)b->view.config.embed_dim;
    rw_remembered r = { .score = NAN };
    float        *embedding;
    rwda_status   status;

    RW_TRY(rw_memory_check_images(&b->options, encoder.clip, b->count + 1, err));
    RW_TRY(rw_memory_remember(&r, &embedding, b, &encoder, image, name, sha256, err));
    if (rows > 0) {
        r.embeddings = rw_new_array(rows, dim * sizeof *r.embeddings);
        if (r.embeddings == NULL) {
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu embeddings", rows);
            goto done;
        }
        if (embedding != NULL) /* then there is one row */
            memcpy(r.embeddings, embedding, dim * sizeof *embedding);
        else
            RW_TRY(rwda_session_embed_images(r.embeddings, session, &image, 1, b->options.resize, b->options.crops, err));
    }
    if (!rw_memory_builder_push(b, &r)) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "memory of %zu images", b->count + 1);
        goto done;
    }
    r          = (rw_remembered){ .score = NAN };
    b->changed = b->from_base;
done:
    rw_remembered_free(&r);
    rw_arena_rewind(&session->arena, mark);
    return status;
}

rwda_status rwda_memory_builder_add(rwda_memory_builder *b, const rwda_image *const *images, const char *const *names,
                                    int *known, size_t n, rwda_error *err)
{
    size_t      before  = b->count;
    bool        changed = b->changed;
    rwda_status status  = RWDA_OK;

    for (size_t i = 0; i < n; i++) {
        char sha256[65];
        bool there;

        if (images[i]->width < 1 || images[i]->height < 1 || images[i]->stride < 3 * (size_t)images[i]->width) {
            status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "image of %d x %d pixels with rows of %zu bytes",
                             images[i]->width, images[i]->height, images[i]->stride);
            goto done;
        }
        rw_image_sha256(sha256, images[i]);
        there = rw_memory_builder_has(b, sha256);
        if (known != NULL)
            known[i] = there;
        if (!there)
            RW_TRY(add_one(b, images[i], names[i], sha256, err));
    }
done:
    if (status != RWDA_OK) {
        rw_memory_builder_pop(b, b->count - before);
        b->changed = changed;
    }
    return status;
}

static bool is_called(const rw_remembered *image, const char *name)
{
    return strcmp(image->name, name) == 0 || strcmp(image->sha256, name) == 0;
}

rwda_status rwda_memory_builder_drop(rwda_memory_builder *b, const char *name, size_t *count, rwda_error *err)
{
    char  *text = rw_name_to_text(name, true); /* as images are called */
    size_t dropped;

    if (text == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the name \"%.200s\"", name);
    dropped = rw_memory_builder_remove(b, is_called, name);
    if (dropped == 0)
        dropped = rw_memory_builder_remove(b, is_called, text);
    free(text);
    if (count != NULL)
        *count = dropped;
    if (dropped == 0)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET,
                       "\"%.200s\" is neither a name nor a hash of an image in the memory", name);
    b->changed = b->from_base;
    return RWDA_OK;
}

rwda_status rwda_memory_builder_finish(rwda_memory **out, rwda_memory_builder *builder, rwda_progress_fn progress,
                                       void *user, rwda_error *err)
{
    rw_encoder encoder = rw_session_encoder(builder->session);

    return rw_memory_builder_finish(out, builder, &encoder, progress, user, err);
}

static size_t file_limit(int64_t max_bytes)
{
    static const rwda_memory_options defaults = RWDA_MEMORY_OPTIONS_INIT;

    return (size_t)(max_bytes > 0 ? max_bytes : defaults.max_bytes);
}

rwda_status rwda_memory_decode(rwda_memory **out, const rwda_model *model, const void *bytes, size_t len, int64_t max_bytes,
                               rwda_error *err)
{
    uint8_t *copy;

    *out = NULL;
    if (len > file_limit(max_bytes))
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "memory of %zu bytes is over the limit of %zu", len,
                       file_limit(max_bytes));
    copy = rw_new_array(len, 1);
    if (copy == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "memory of %zu bytes", len);
    if (len > 0)
        memcpy(copy, bytes, len);
    return rw_memory_take(out, model->clip, copy, len, max_bytes, err);
}

rwda_status rwda_memory_load(rwda_memory **out, const rwda_model *model, const char *path, int64_t max_bytes,
                             rwda_error *err)
{
    uint8_t    *bytes = NULL;
    size_t      len   = 0;
    rwda_status status;

    *out = NULL;
    RW_TRY(rw_file_read(&bytes, &len, path, file_limit(max_bytes), err));
    status = rw_memory_take(out, model->clip, bytes, len, max_bytes, err);
    if (status != RWDA_OK)
        (void)rw_fail_prefix(err, status, path);
done:
    return status;
}

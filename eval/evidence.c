#include "eval/evidence.h"

#include "base/status.h"
#include "common/events.h"
#include "common/image_stream.h"

#include <stdlib.h>

#define MUTUAL_ALL        1000 /* images that are all compared with each other ... */
#define MUTUAL_REFERENCES 64   /* ... and of more, so many */
#define AHEAD             8    /* images decoded before their turn */

const char rw_eval_few_normals[] = "too few normal images", rw_eval_one_normal[] = "one normal image cannot standardise",
           rw_eval_few_images[] = "fewer than two images", rw_eval_large_memory[] = "larger than a memory may be";

void rw_evidence_warn(rw_evidence *v, const rwda_error *why, const char *left_out_of)
{
    rw_warn(v->events, "%s; left out%s", why->message, left_out_of);
    v->unlucky |= why->code == RWDA_ENOMEM || why->code == RWDA_EIO;
}

rwda_memory_options rw_evidence_options(const rwda_evaluation *e, float class_weight, bool words, rwda_crops plan)
{
    rwda_memory_options o = RWDA_MEMORY_OPTIONS_INIT;

    if (e->memory.size > 0)
        o = e->memory;
    o.words        = words || class_weight > 0.0f;
    o.crops        = words ? plan : RWDA_CROPS_ONE;
    o.resize       = e->resize != RWDA_RESIZE_TILES ? e->resize : RWDA_RESIZE_SQUASH; /* fused it is refused before */
    o.class_weight = class_weight;
    o.mutual       = 0;
    if (!words)
        o.scores = 0;           /* nothing is standardised */
    if (class_weight >= 1.0f) { /* patches do not count: as few as there may be */
        o.image_size = e->model->image_size;
        for (int i = 0; i < RWDA_MEMORY_LAYERS_MAX; i++)
            o.layers[i] = i == 0 ? e->model->vision_layers : 0;
        o.tiles = o.neighbourhood = 1;
        o.rotations               = 0;
        o.keep                    = 1.0f;
    }
    o.orientation = rw_image_reading_of(&e->images).options.orientation;
    o.depth       = rw_image_reading_of(&e->images).options.depth;
    return o;
}

/* One image into the builder: *have grows unless it cannot be decoded or is there already. */
static rwda_status add(rwda_memory_builder *builder, size_t *have, rw_evidence *v, const rwda_image *image, const char *name,
                       rwda_error *err)
{
    int         known  = 0;
    rwda_status status = rwda_memory_builder_add(builder, &image, &name, &known, 1, err);

    *have += status == RWDA_OK && !known;
    if (status == RWDA_OK || status == RWDA_ENOMEM || status == RWDA_ELIMIT)
        return status;
    (void)rw_fail_prefix(err, status, name);
    rw_evidence_warn(v, err, " of the memory");
    return RWDA_OK;
}

static rwda_status take(rwda_memory_builder *builder, size_t *have, size_t *used, rw_evidence *v, const rw_normals *normals,
                        const uint32_t *order, size_t shots, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    while (*have < shots && *used < normals->count && status == RWDA_OK) {
        const char *path  = normals->items[order[(*used)++]].path;
        rwda_image *image = NULL;

        if (rwda_image_load(&image, path, &v->reading.options, err) == RWDA_OK)
            status = add(builder, have, v, image, path, err);
        else
            rw_evidence_warn(v, err, " of the memory");
        rwda_image_free(image);
    }
    return status;
}

static rwda_status finish(rwda_memory **out, rwda_memory_builder *builder, rw_evidence *v, rwda_error *err)
{
    return rwda_memory_builder_finish(out, builder, v->events != NULL ? v->events->progress : NULL,
                                      v->events != NULL ? v->events->user : NULL, err);
}

rwda_status rw_evidence_remember(rwda_memory **out, const char **missing, size_t *used, rw_evidence *v,
                                 const rwda_memory_options *options, const rw_normals *normals, const uint32_t *order,
                                 const int *shots, size_t n, rwda_error *err)
{
    rwda_memory_builder *builder = NULL;
    size_t               have = 0, most = 0;
    rwda_status          status = RWDA_OK;

    for (size_t i = 0; i < n; i++)
        out[i] = NULL;
    *missing = rw_eval_few_normals;
    *used    = 0;
    for (size_t i = 0; i < n; i++) {
        bool more = i > 0 && out[i - 1] != NULL && options->keep >= 1.0f; /* a coreset is chosen anew */

        if (!more)
            have = *used = 0;
        RW_TRY(rwda_memory_builder_new(&builder, v->session, more ? out[i - 1] : NULL, options, err));
        status = take(builder, &have, used, v, normals, order, (size_t)shots[i], err);
        most   = *used > most ? *used : most;
        if (status == RWDA_OK && have == (size_t)shots[i])
            status = finish(&out[i], builder, v, err);
        rwda_memory_builder_free(builder);
        builder = NULL;
        if (status == RWDA_ELIMIT) {
            *missing = rw_eval_large_memory;
            status   = RWDA_OK;
        }
        if (status != RWDA_OK || out[i] == NULL)
            break; /* no larger one either */
    }
    *used = most;
done:
    for (size_t i = 0; i < n && status != RWDA_OK; i++) {
        rwda_memory_free(out[i]);
        out[i] = NULL;
    }
    return status;
}

rwda_status rw_evidence_look(const rwda_windows **drawn, size_t *have, size_t *used, rwda_windows **pool, rw_evidence *v,
                             const rw_normals *normals, const uint32_t *order, size_t most, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    *have = *used = 0;
    while (*have < most && *used < normals->count) {
        uint32_t    number = order[(*used)++];
        const char *path   = normals->items[number].path;
        rwda_image *image  = NULL;

        if (pool[number] == NULL && rwda_image_load(&image, path, &v->reading.options, err) != RWDA_OK)
            rw_evidence_warn(v, err, " of the normal images");
        if (image != NULL)
            status = rwda_windows_new(&pool[number], v->session, image, err);
        rwda_image_free(image);
        if (status != RWDA_OK)
            return rw_fail_prefix(err, status, path);
        if (pool[number] != NULL)
            drawn[(*have)++] = pool[number];
    }
    return RWDA_OK;
}

void rw_evidence_forget(rwda_windows **pool, const rw_normals *normals)
{
    for (size_t i = 0; pool != NULL && i < normals->count; i++)
        rwda_windows_free(pool[i]);
    free(pool);
}

static rwda_status take_batch(rwda_memory_builder *builder, size_t *have, rw_evidence *v, char *const *paths, size_t n,
                              rwda_error *err)
{
    rw_image_source *source  = rw_image_source_list(paths, n);
    rw_image_reading reading = rw_image_reading_of(&v->reading.options); /* counted when they are scored */
    rw_image_stream *stream  = rw_image_stream_new(source, &reading, rwda_session_threads(v->session), AHEAD);
    rw_decoded       one     = { .image = NULL };
    rwda_status      status  = RWDA_OK;

    if (stream == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu images", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        RW_TRY(rw_image_stream_next(stream, &one, err));
        if (one.image != NULL) /* one that is broken is warned about when it is to be scored */
            RW_TRY(add(builder, have, v, one.image, paths[i], err));
        rw_decoded_free(&one);
        if (rw_progress(v->events, "images, the batch", i + 1, n) != 0) {
            status = rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "cancelled at %zu of %zu images", i + 1, n);
            goto done;
        }
    }
done:
    rw_decoded_free(&one);
    rw_image_stream_free(stream);
    rw_image_source_free(source);
    return status;
}

rwda_status rw_evidence_remember_batch(rwda_memory **out, const char **missing, rw_evidence *v,
                                       const rwda_memory_options *options, rwda_error *err)
{
    size_t               n = v->category->last - v->category->first, have = 0;
    size_t               count   = n > MUTUAL_ALL ? MUTUAL_REFERENCES : n;
    char               **paths   = calloc(count, sizeof *paths);
    rwda_memory_options  own     = *options;
    rwda_memory_builder *builder = NULL;
    rwda_status          status;

    *out       = NULL;
    *missing   = rw_eval_few_images;
    own.mutual = 1;
    own.scores = (int)count; /* they are what is asked for */
    if (paths == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu images", n);
        goto done;
    }
    for (size_t i = 0; i < count; i++)
        paths[i] = v->e->data->items[v->category->first + i * n / count].path;
    RW_TRY(rwda_memory_builder_new(&builder, v->session, NULL, &own, err));
    status = take_batch(builder, &have, v, paths, count, err);
    if (status == RWDA_OK && have >= 2)
        status = finish(out, builder, v, err);
    if (status == RWDA_ELIMIT) {
        *missing = rw_eval_large_memory;
        status   = RWDA_OK;
    }
done:
    rwda_memory_builder_free(builder);
    free(paths);
    return status;
}

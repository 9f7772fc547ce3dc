/* api_kinds.c - which steps lead from an image and words to the words' shares? */
#include "anomaly/kinds.h"
#include "api/session.h"
#include "base/versioned.h"

#include <stdlib.h>
#include <string.h>

rwda_status rwda_kinds_check(const char *const *names, size_t n, const rwda_kinds_options *options, rwda_error *err)
{
    rwda_kinds_options own;
    rwda_status        status;

    RW_TRY(rw_kinds_options_read(&own, options, err));
    RW_TRY(rw_kinds_check(names, n, &own, err));
done:
    return status;
}

rwda_status rwda_kinds_new(rwda_kinds **out, rwda_session *session, const char *const *names, size_t n,
                           const rwda_kinds_options *options, rwda_error *err)
{
    const rw_clip     *clip    = session->model->clip;
    rw_encoder         encoder = rw_session_encoder(session);
    rwda_kinds        *kinds   = NULL;
    rwda_kinds_options own;
    rwda_status        status;

    *out = NULL;
    RW_TRY(rw_kinds_options_read(&own, options, err));
    RW_TRY(rw_kinds_check(names, n, &own, err));
    kinds = calloc(1, sizeof *kinds);
    if (kinds == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "kinds, %zu bytes", sizeof *kinds);
    kinds->count = n;
    kinds->dim   = (size_t)clip->config.embed_dim;
    kinds->side  = clip->config.image_size;
    kinds->scale = clip->logit_scale;
    memcpy(kinds->sha256, clip->sha256, sizeof kinds->sha256);
    kinds->names = rw_new_array(n, sizeof *kinds->names);
    if (kinds->names == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "names of %zu kinds", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        strcpy(kinds->names[i], names[i]); /* its length was checked */
    RW_TRY(rw_kinds_prototypes(kinds, &encoder, &own, err));
    *out  = kinds;
    kinds = NULL;
done:
    rwda_kinds_free(kinds);
    return status;
}

void rwda_kinds_free(rwda_kinds *kinds)
{
    if (kinds == NULL)
        return;
    free(kinds->names);
    free(kinds->prototypes);
    free(kinds);
}

size_t rwda_kinds_count(const rwda_kinds *kinds)
{
    return kinds->count;
}

const char *rwda_kinds_name(const rwda_kinds *kinds, size_t i)
{
    return i < kinds->count ? kinds->names[i] : NULL;
}

rwda_status rwda_kinds_region_sized(rwda_region *out, size_t size, const rwda_kinds *kinds, const float *map, int width,
                                    int height, float threshold, rwda_error *err)
{
    rwda_region found;
    rwda_status status;

    RW_TRY(rw_versioned_check(size, RW_SIZE_TO(rwda_region, peak_y), "rwda_region", err));
    RW_TRY(rw_kinds_region(&found, kinds->side, map, width, height, threshold, err));
    rw_versioned_write(out, size, &found, RW_SIZE_TO(rwda_region, peak_y));
done:
    return status;
}

/* The part of the image that is looked at. */
static rwda_status box_of(rw_box *out, const rwda_image *image, const rwda_region *region, rwda_error *err)
{
    if (image->width < 1 || image->height < 1 || image->stride < 3 * (size_t)image->width)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "image of %d x %d pixels with rows of %zu bytes", image->width,
                       image->height, image->stride);
    *out = region == NULL ? (rw_box){ 0, 0, image->width, image->height }
                          : (rw_box){ region->x, region->y, region->width, region->height };
    if (out->x < 0 || out->y < 0 || out->width < 1 || out->height < 1 || out->width > image->width - out->x ||
        out->height > image->height - out->y)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "the region of %d x %d pixels at %d, %d is not inside the image of %d x %d", out->width, out->height,
                       out->x, out->y, image->width, image->height);
    return RWDA_OK;
}

rwda_status rwda_kinds_rank_sized(rwda_kind *out, size_t size, rwda_session *session, const rwda_kinds *kinds,
                                  const rwda_image *image, const rwda_region *region, const float *map, float threshold,
                                  rwda_error *err)
{
    const rw_clip *clip    = session->model->clip;
    rw_encoder     encoder = rw_session_encoder(session);
    rw_arena_mark  mark    = rw_arena_save(&session->arena);
    float         *x;
    rwda_kind     *ranked;
    rw_box         box;
    rwda_status    status;

    RW_TRY(rw_versioned_check(size, RW_SIZE_TO(rwda_kind, score), "rwda_kind", err));
    if (strcmp(kinds->sha256, clip->sha256) != 0)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "the kinds were made with the model of sha256 %s, this one has %s", kinds->sha256, clip->sha256);
    RW_TRY(rw_clip_require(clip, RWDA_TOWERS_IMAGE, err));
    RW_TRY(box_of(&box, image, region, err));
    x      = rw_arena_array(&session->arena, kinds->dim, sizeof *x);
    ranked = rw_arena_array(&session->arena, kinds->count, sizeof *ranked);
    if (x == NULL || ranked == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "shares of %zu kinds", kinds->count);
        goto done;
    }
    RW_TRY(rw_kinds_embed(x, &encoder, image, box, map, threshold, err));
    RW_TRY(rw_kinds_shares(ranked, kinds, x, clip->kernels, err));
    for (size_t i = 0; i < kinds->count; i++)
        rw_versioned_write((uint8_t *)out + i * size, size, &ranked[i], RW_SIZE_TO(rwda_kind, score));
done:
    rw_arena_rewind(&session->arena, mark);
    return status;
}

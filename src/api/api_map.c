/* api_map.c - which steps lead from an image to its map? */
#include "anomaly/map.h"
#include "api/score_image.h"
#include "base/versioned.h"
#include "image/score_map.h"

#include <math.h>
#include <string.h>

#define SMOOTH_MAX    256.0f /* as of the other modes */
#define SCALE_UNKNOWN 0.25f

/* Whether the map is of the scorer's memory; fills *own. */
static rwda_status read_options(rwda_map_options *own, bool *of_memory, const rwda_scorer *scorer,
                                const rwda_map_options *options, rwda_error *err)
{
    rwda_status status;

    RW_TRY(rw_map_options_read(own, options, err));
    if (options == NULL && scorer->options.memory != NULL)
        own->mode = RWDA_MAP_MEMORY;
    *of_memory = own->mode == RWDA_MAP_MEMORY;
    if (*of_memory && scorer->options.memory == NULL)
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map: mode memory, but the scorer has no memory");
    else if (!*of_memory && scorer->options.memory != NULL && scorer->options.fuse == 0.0)
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map: mode %s needs words, the scorer has a memory alone",
                         rwda_enum_name(RWDA_ENUM_MAP_MODE, (int)own->mode));
    else if (*of_memory && own->tile != 0)
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map: tile %d: a map of a memory has the memory's own tiles",
                         own->tile);
    else if (*of_memory && !(own->smooth >= 0.0f && own->smooth <= SMOOTH_MAX))
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "map: smooth %g is not in 0..%g pixels", (double)own->smooth,
                         (double)SMOOTH_MAX);
done:
    return status;
}

/* *score (NULL: not wanted) and map of one image, from one pass. */
static rwda_status map_of_memory(rwda_score *score, float *map, rwda_session *session, const rwda_scorer *scorer,
                                 const rwda_image *image, float smooth, rwda_error *err)
{
    size_t        side  = (size_t)scorer->options.memory->info.grid;
    rw_score_map  field = { map, image->width, image->height };
    rw_arena_mark mark  = rw_arena_save(&session->arena);
    float        *grid  = rw_arena_array(&session->arena, side * side, sizeof *grid);
    rwda_status   status;

    if (grid == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "map of %zu x %zu patches", side, side);
    RW_TRY(rw_score_images(score, grid, session, scorer, &image, 1, NULL, err));
    memset(map, 0, (size_t)image->width * (size_t)image->height * sizeof *map);
    rw_score_map_add_grid(&field, (rw_box){ 0, 0, image->width, image->height }, grid, side, (double)side, session->pool);
    if (smooth > 0.0f)
        RW_TRY(rw_score_map_blur(&field, smooth, session->pool, err));
done:
    rw_arena_rewind(&session->arena, mark);
    return status;
}

rwda_status rwda_map_compute(float *map, rwda_session *session, const rwda_scorer *scorer, const rwda_image *image,
                             const rwda_map_options *options, rwda_error *err)
{
    rw_encoder       encoder = rw_session_encoder(session);
    rwda_map_options own;
    bool             of_memory;
    rwda_status      status;

    RW_TRY(read_options(&own, &of_memory, scorer, options, err));
    if (scorer->dim != (size_t)session->model->clip->config.embed_dim)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "the scorer wants embeddings of %zu dimensions, the model gives %d", scorer->dim,
                       session->model->clip->config.embed_dim);
    RW_TRY(rw_clip_require(session->model->clip, RWDA_TOWERS_IMAGE, err));
    status = of_memory ? map_of_memory(NULL, map, session, scorer, image, own.smooth, err)
                       : rw_map_compute(map, scorer, &encoder, image, &own, err);
done:
    return status;
}

rwda_status rwda_map_score_sized(rwda_score *out, size_t size, float *map, rwda_session *session, const rwda_scorer *scorer,
                                 const rwda_image *image, const rwda_map_options *options, rwda_error *err)
{
    rwda_map_options own;
    rwda_score       score;
    bool             of_memory;
    rwda_status      status;

    RW_TRY(rw_versioned_check(size, RW_SIZE_TO(rwda_score, logit), "rwda_score", err));
    RW_TRY(read_options(&own, &of_memory, scorer, options, err));
    if (of_memory) {
        RW_TRY(map_of_memory(&score, map, session, scorer, image, own.smooth, err));
        rw_versioned_write(out, size, &score, RW_SIZE_TO(rwda_score, score_memory));
        goto done;
    }
    RW_TRY(rwda_scorer_score_images_sized(out, size, session, scorer, &image, 1, err));
    status = rwda_map_compute(map, session, scorer, image, &own, err);
done:
    return status;
}

float rwda_scorer_map_scale(const rwda_scorer *scorer, rwda_map_mode mode)
{
    const rwda_memory *m    = scorer->options.memory;
    float              most = 0.0f;

    if (mode != RWDA_MAP_MEMORY || m == NULL)
        return 1.0f;
    for (size_t i = 0; i < m->info.images; i++)
        most = m->images[i].score > most ? m->images[i].score : most; /* false for NaN */
    return most > 0.0f ? fminf(2.0f * most, 1.0f) : SCALE_UNKNOWN;
}

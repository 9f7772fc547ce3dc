/* api_map.c - which steps lead from a picture to its map? */
#include "anomaly/map.h"
#include "api/session.h"

rwda_status rwda_map_image(float *map, rwda_session *session, const rwda_scorer *scorer, const rwda_image *image,
                           const rwda_map_options *options, rwda_error *err)
{
    const rwda_map_options defaults = RWDA_MAP_OPTIONS_INIT;
    rw_encoder             encoder  = rw_session_encoder(session);
    rwda_status            status;

    if (scorer->dim != (size_t)session->model->clip->config.embed_dim)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "the scorer wants embeddings of %zu dimensions, the model gives %d", scorer->dim,
                       session->model->clip->config.embed_dim);
    status = rw_clip_require(session->model->clip, RWDA_TOWERS_IMAGE, err);
    if (status != RWDA_OK)
        return status;
    return rw_map_image(map, scorer, &encoder, image, options != NULL ? options : &defaults, err);
}

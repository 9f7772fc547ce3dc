/* api_map.c - which steps lead from an image to its map? */
#include "anomaly/map.h"
#include "api/session.h"
#include "base/versioned.h"

rwda_status rwda_map_compute(float *map, rwda_session *session, const rwda_scorer *scorer, const rwda_image *image,
                             const rwda_map_options *options, rwda_error *err)
{
    rw_encoder       encoder = rw_session_encoder(session);
    rwda_map_options own;
    rwda_status      status;

    RW_TRY(rw_map_options_read(&own, options, err));
    if (scorer->dim != (size_t)session->model->clip->config.embed_dim)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "the scorer wants embeddings of %zu dimensions, the model gives %d", scorer->dim,
                       session->model->clip->config.embed_dim);
    RW_TRY(rw_clip_require(session->model->clip, RWDA_TOWERS_IMAGE, err));
    status = rw_map_compute(map, scorer, &encoder, image, &own, err);
done:
    return status;
}

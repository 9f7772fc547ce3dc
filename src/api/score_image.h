/* score_image.h - images' scores beside a memory, and the grids that they come from                 rank 4: api */
#ifndef RW_SCORE_IMAGE_H
#define RW_SCORE_IMAGE_H

#include "anomaly/score.h"
#include "api/session.h"

/* Of a scorer with a memory, together: images [n] -> out [n] (NULL: not wanted), and grids [n, grid * grid] of distances (NULL: not wanted), from
 * one pass of the image tower over what the memory sees, and another where words or the class token need another input side. */
rwda_status rw_score_images(rwda_score *out, float *grids, rwda_session *session, const rwda_scorer *scorer,
                            const rwda_image *const *images, size_t n, rwda_error *err);

/* So many images at a time fill a pass: more would only take memory. */
size_t rw_score_images_together(rwda_session *session, const rwda_scorer *scorer);

#endif

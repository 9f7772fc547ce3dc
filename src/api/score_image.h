/* score_image.h - one image's score beside a memory, and the grid that it comes from                rank 4: api */
#ifndef RW_SCORE_IMAGE_H
#define RW_SCORE_IMAGE_H

#include "anomaly/score.h"
#include "api/session.h"

/* Of a scorer with a memory: image -> *out (NULL: not wanted), and grid [memory's grid * grid] of distances (NULL: not wanted), from one pass of the image tower
 * over what the memory sees, and another where words or the class token need another input side. */
rwda_status rw_score_image(rwda_score *out, float *grid, rwda_session *session, const rwda_scorer *scorer,
                           const rwda_image *image, rwda_error *err);

#endif

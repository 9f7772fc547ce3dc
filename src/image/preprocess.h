/* preprocess.h - from photograph to [crops, 3, S, S]?                                             rank 2: image */
#ifndef RW_PREPROCESS_H
#define RW_PREPROCESS_H

#include "base/status.h"

/* out [rwda_crop_count(), 3, side, side] = (pixel / 255 - mean) / std, channel by channel.  `resize` is SHORTEST, SQUASH or TILES.
 * RWDA_EINVAL: an empty picture; RWDA_ENOMEM. */
rwda_status rw_preprocess(float *out, const rwda_image *image, int side, const float mean[3], const float std[3],
                          rwda_resize resize, rwda_crops crops, rwda_error *err);

#endif

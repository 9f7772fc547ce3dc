/* preprocess.h - CLIP's image preprocessing: crop, resize, normalise                              rank 2: image */
#ifndef RW_PREPROCESS_H
#define RW_PREPROCESS_H

#include "image/resize.h"

/* A model's input size and normalisation. */
typedef struct {
    int               side;       /* S, pixels */
    const float      *mean, *std; /* [3], on pixel / 255 */
    const rw_kernels *kernels;
    int               shortest; /* the shorter side before the centre is cut out, where an image keeps its shape; 0: side */
    bool              crop_floor; /* the odd pixel of a centre's offset: rounded down, else half to even */
    double            scale;      /* mean and std are of level * scale; 0: level / 255 */
    rw_filter         filter;
} rw_preprocess_config;

/* out [rwda_crop_count(), 3, S, S] = (level / 255 - mean) / std, channel by channel.  `resize` is SHORTEST, SQUASH or TILES.
 * RWDA_EINVAL: an empty image; RWDA_ENOMEM. */
rwda_status rw_preprocess(float *out, const rw_preprocess_config *config, const rwda_image *image, rwda_resize resize,
                          rwda_crops crops, rwda_error *err);

/* One box of the image, inside it -> out [3, S, S].  squash: both sides are resized; else the shorter, and the centre is cut out.
 * RWDA_ENOMEM, RWDA_ELIMIT (too elongated to keep its shape). */
rwda_status rw_preprocess_box(float *out, const rw_preprocess_config *config, const rwda_image *image, rw_box box,
                              bool squash, rwda_error *err);

#endif

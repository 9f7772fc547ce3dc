/* field.h - how do a few values become one for each pixel?                                        rank 2: image
 *
 * A field is float [height, width] over a picture.  Rows are split over the pool (NULL: one thread); no result depends on that. */
#ifndef RW_FIELD_H
#define RW_FIELD_H

#include "base/pool.h"
#include "image/resize.h"

typedef struct {
    float *values; /* [height, width] */
    int    width, height;
} rw_field;

/* values inside `box` += grid [n, n] enlarged bilinearly to the box, corners not aligned: PyTorch's
 * F.interpolate(mode="bilinear", align_corners=False). */
void rw_field_add_grid(const rw_field *field, rw_box box, const float *grid, size_t n, rw_pool *pool);

/* Square number i of n along `length`: `side` long, evenly spread, the outer ones flush with the ends. */
int rw_field_step(int length, int side, int n, int i);

/* values inside `box` += the mean of scores [n, n] of those crops that cover a pixel; crops are n x n of crop_width x crop_height,
 * placed by rw_field_step() in the box, and together cover it. */
void rw_field_add_crops(const rw_field *field, rw_box box, const float *scores, int n, int crop_width, int crop_height,
                        rw_pool *pool);

/* Divides by how many boxes cover a pixel: across [width] times down [height], both >= 1. */
void rw_field_divide(const rw_field *field, const uint32_t *across, const uint32_t *down, rw_pool *pool);

/* Gaussian of standard deviation sigma > 0 pixels, cut at 4 sigma, edges repeated: scipy's gaussian_filter(mode="nearest").  Results
 * are held in 0..1, where the values are.  RWDA_ENOMEM. */
rwda_status rw_field_blur(const rw_field *field, float sigma, rw_pool *pool, rwda_error *err);

#endif

/* score_map.h - anomaly score map: upsampling, averaging over crops, Gaussian smoothing           rank 2: image
 *
 * One float for each pixel of an image.  Rows are split over the pool (NULL: one thread); no result depends on that. */
#ifndef RW_SCORE_MAP_H
#define RW_SCORE_MAP_H

#include "base/thread_pool.h"
#include "image/resize.h"

typedef struct {
    float *values; /* [height, width] */
    int    width, height;
} rw_score_map;

/* values inside `box` += grid [n, n] upsampled bilinearly to the box, which is `across` >= n cells wide and high: PyTorch's
 * F.interpolate(mode="bilinear", align_corners=False) where that is n; what is beyond the last cell has its value. */
void rw_score_map_add_grid(const rw_score_map *map, rw_box box, const float *grid, size_t n, double across,
                           rw_thread_pool *pool);

/* Offset of crop i of n along `length`: each `side` long, evenly spaced, the outer ones flush with the ends. */
int rw_score_map_offset(int length, int side, int n, int i);

/* values inside `box` += the mean score [n, n] of the crops that cover a pixel; n x n crops of crop_width x crop_height, placed by
 * rw_score_map_offset() in the box, together cover it. */
void rw_score_map_add_crops(const rw_score_map *map, rw_box box, const float *scores, int n, int crop_width, int crop_height,
                            rw_thread_pool *pool);

/* Divides by the number of boxes that cover a pixel: columns [width] times rows [height], both >= 1. */
void rw_score_map_divide(const rw_score_map *map, const uint32_t *columns, const uint32_t *rows, rw_thread_pool *pool);

/* Gaussian of standard deviation sigma > 0 pixels, cut at 4 sigma, edges repeated: scipy's gaussian_filter(mode="nearest").  Results
 * are clamped to 0..1.  RWDA_ENOMEM. */
rwda_status rw_score_map_blur(const rw_score_map *map, float sigma, rw_thread_pool *pool, rwda_error *err);

#endif

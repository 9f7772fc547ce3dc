/* thumbnail.h - small copies of images.                                                             layer: report */
#ifndef RW_THUMBNAIL_H
#define RW_THUMBNAIL_H

#include <rwda.h>

/* Width and height that fit a square of `side` pixels; an image is never made larger. */
void thumbnail_size(int *width, int *height, const rwda_image *image, int side);

/* Box average into rgb, rows `stride` bytes apart. */
void thumbnail_shrink(uint8_t *rgb, size_t stride, int width, int height, const rwda_image *image);

/* A JPEG file in memory that fits `side`, the caller's to free(); NULL: no memory. */
uint8_t *thumbnail_jpeg(size_t *len, const rwda_image *image, int side);

#endif

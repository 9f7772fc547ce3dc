/* thumbnail.h - how does a picture become small? */
#ifndef THUMBNAIL_H
#define THUMBNAIL_H

#include "cli/cli.h"

/* Width and height that fit a square of `side` pixels; a picture is never made larger. */
void thumbnail_size(int *width, int *height, const rwda_image *image, int side);

/* Box average into rgb, rows `stride` bytes apart. */
void thumbnail_shrink(uint8_t *rgb, size_t stride, int width, int height, const rwda_image *image);

/* A JPEG that fits `side`; *bytes is the caller's to free.  false: no memory. */
bool thumbnail_jpeg(unsigned char **bytes, size_t *len, const rwda_image *image, int side);

#endif

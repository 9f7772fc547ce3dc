/* resize.h - bicubic and bilinear resize, bit-identical to Pillow's                               rank 2: image */
#ifndef RW_RESIZE_H
#define RW_RESIZE_H

#include "base/memory.h"
#include "kernels/kernels.h"

typedef struct {
    int x, y, width, height; /* pixels, inside the image */
} rw_box;

/* The part `box` of `image`, cut out and resized to width x height, and of that the part `window`, which alone is computed: out
 * [window.height, window.width, 3] uint8.  Equals Pillow's image.crop(box).resize((width, height), filter).crop(window) bit for bit
 * with every kernel set.  RWDA_ENOMEM. */
rwda_status rw_resize(uint8_t *out, rw_box window, int width, int height, const rwda_image *image, rw_box box,
                      rw_filter filter, const rw_kernels *kernels, rwda_error *err);

#endif

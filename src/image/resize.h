/* resize.h - how does Pillow's bicubic resize, exactly?                                           rank 2: image */
#ifndef RW_RESIZE_H
#define RW_RESIZE_H

#include "base/memory.h"

typedef struct {
    int x, y, width, height; /* pixels, inside the picture */
} rw_box;

/* The part `box` of `image`, cut out and resized: out [out_height, out_width, 3] uint8.  Equals Pillow's
 * image.crop(box).resize((out_width, out_height), BICUBIC) bit for bit.  RWDA_ENOMEM. */
rwda_status rw_resize_bicubic(uint8_t *out, int out_width, int out_height, const rwda_image *image, rw_box box,
                              rwda_error *err);

#endif

/* crops.h - crop boxes of an image                                                                rank 2: image */
#ifndef RW_CROPS_H
#define RW_CROPS_H

#include "image/resize.h"

/* boxes [rwda_crop_count()]: first the whole image (TILES: its square tiles), then the plan's windows, row by row. */
void rw_crop_boxes(rw_box *boxes, int width, int height, rwda_resize resize, rwda_crops crops);

/* *count = rwda_crop_count(image).  RWDA_EINVAL: an image without pixels, or no such resize or crops; RWDA_ELIMIT: over
 * RWDA_CROPS_MAX. */
rwda_status rw_crops_check(size_t *count, const rwda_image *image, rwda_resize resize, rwda_crops crops, rwda_error *err);

#endif

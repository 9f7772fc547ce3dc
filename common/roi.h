/* roi.h - regions of interest: the pixels of an image that count.                                     layer: common */
#ifndef RW_ROI_H
#define RW_ROI_H

#include "base/status.h"

#include <stdbool.h>

typedef struct roi roi;

/* "rect:X,Y,WIDTH,HEIGHT", "polygon:X,Y,X,Y,X,Y,..." (pixels of the image; a pixel counts when its centre is inside, even-odd rule)
 * or "mask:FILE" (an image of the same size, read as the options say; what is not black counts).  RWDA_EINVAL, RWDA_ENOMEM, and what rwda_image_load() says. */
rwda_status roi_new(roi **out, const char *text, const rwda_image_options *options, rwda_error *err);

/* inside [height, width]: 1 where the image counts, else 0.  RWDA_EINVAL: nothing is left; RWDA_EMISMATCH: the mask has another size. */
rwda_status roi_fill(uint8_t *inside, const roi *r, int width, int height, rwda_error *err);
void        roi_free(roi *r);

#endif

/* roi.h - which part of a picture counts? */
#ifndef ROI_H
#define ROI_H

#include <rwda.h>

#include <stdbool.h>

typedef struct roi roi;

/* "rect:X,Y,WIDTH,HEIGHT", "polygon:X,Y,X,Y,X,Y,..." (pixels of the picture; a pixel counts when its centre is inside, even-odd rule)
 * or "mask:FILE" (a picture of the same size; what is not black counts).  NULL after a message. */
roi *roi_new(const char *text);

/* inside [height, width]: 1 where the picture counts, else 0.  false: nothing is left, or the mask has another size; *err says so. */
bool roi_fill(uint8_t *inside, const roi *r, int width, int height, rwda_error *err);
void roi_free(roi *r);

#endif

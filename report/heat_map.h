/* heat.h - how does a map look over its picture?
 *
 * One scale for all pictures: 0 is always the darkest colour, 1 the brightest, and nothing is stretched to a picture's own range, so
 * that two overlays can be compared and a normal picture stays dark.  Colours go from dark blue over purple, red and orange to light
 * yellow; their lightness rises evenly, so they keep their order in grey print and for colour-blind eyes. */
#ifndef HEAT_H
#define HEAT_H

#include <rwda.h>

/* table [256]: R,G,B for values 0, 1/255, ..., 1. */
void heat_table(uint8_t table[256][3]);

/* out [height, width, 3]: the picture in grey under the colours of map [height, width].  inside (NULL: everything is): pixels that are
 * 0 are shown dark, without colour.  mask (NULL: none): the outlines of what is not 0 are drawn white. */
void heat_overlay(uint8_t *out, const rwda_image *image, const float *map, const uint8_t *inside, const uint8_t *mask);

/* The same as the bytes of a PNG file, the caller's to free(); NULL: no memory. */
uint8_t *heat_overlay_png(size_t *len, const rwda_image *image, const float *map, const uint8_t *inside,
                          const uint8_t *mask);

#endif

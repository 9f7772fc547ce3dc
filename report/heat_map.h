/* heat_map.h - score maps as colours over their images.                                              layer: report
 *
 * One scale for all images: 0 leaves its grey, 1 (beside a memory: rwda_scorer_map_scale()) has the brightest colour over half of
 * it, and nothing is stretched to an image's own range, so that two overlays can be compared, a normal image stays grey, and a defect is seen
 * under its heat.  Colours go from dark blue over purple, red and orange to light yellow; their lightness rises evenly, so they keep their
 * order for colour-blind eyes.
 */
#ifndef RW_HEAT_MAP_H
#define RW_HEAT_MAP_H

#include <rwda.h>

/* table [256]: R,G,B for values 0, 1/255, ..., 1. */
void heat_table(uint8_t table[256][3]);

/* out [height, width, 3]: the image in grey under the colours of map [height, width] / scale, 0..1.  inside (NULL: everything is): pixels that are
 * 0 are shown dark, without colour.  mask (NULL: none): the outlines of what is not 0 are drawn white. */
void heat_overlay(uint8_t *out, const rwda_image *image, const float *map, float scale, const uint8_t *inside,
                  const uint8_t *mask);

/* The same as the bytes of a PNG file, the caller's to free(); NULL: no memory. */
uint8_t *heat_overlay_png(size_t *len, const rwda_image *image, const float *map, float scale, const uint8_t *inside,
                          const uint8_t *mask);

#endif

/* regions.h - which pixels of a mask hang together?                                               rank 1: metrics */
#ifndef RW_REGIONS_H
#define RW_REGIONS_H

#include "base/status.h"

/* mask [height, width], 0: background -> labels [height, width]: 0 for background, else the region 1..count the pixel belongs to.
 * Regions are 8-connected: pixels that touch at a corner belong together (scikit-image's and MVTec's choice).  They are numbered
 * in the order of their first pixel, row by row.  height * width <= INT32_MAX.  Returns count. */
uint32_t rw_regions_label(uint32_t *labels, const uint8_t *mask, size_t height, size_t width);

#endif

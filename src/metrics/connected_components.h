/* connected_components.h - connected-component labelling of a mask                                rank 1: metrics */
#ifndef RW_CONNECTED_COMPONENTS_H
#define RW_CONNECTED_COMPONENTS_H

#include "base/status.h"

/* mask [height, width], 0: background -> labels [height, width]: 0 for background, else the component 1..count of the pixel.
 * Components are 8-connected (as scikit-image's default and MVTec's) and numbered in the order of their first pixel, row by
 * row.  height * width <= INT32_MAX.  Returns count. */
uint32_t rw_connected_components(uint32_t *labels, const uint8_t *mask, size_t height, size_t width);

#endif

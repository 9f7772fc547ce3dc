/* mask.h - which pixels does a mask file call anomalous? */
#ifndef PIXEL_MASK_H
#define PIXEL_MASK_H

#include "cli/cli.h"

/* A mask as bytes [height, width], 0 is normal; the caller's to free().  Grey PNG and .npy number by number: decoding to 8 bits would
 * lose small values of 16.  NULL: see err. */
uint8_t *pixel_mask_load(int *width, int *height, const char *path, rwda_error *err);

#endif

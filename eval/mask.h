/* mask.h - the anomalous pixels of a mask file.                                                          layer: eval */
#ifndef EVAL_MASK_H
#define EVAL_MASK_H

#include <rwda.h>

/* A mask as bytes [height, width], 0 is normal; *out is the caller's to free().  Grey PNG and .npy number by number: decoding to 8 bits
 * would lose small values of 16.  Errors: those of rwda_plane_load() and rwda_image_load(). */
rwda_status rw_mask_load(uint8_t **out, int *width, int *height, const char *path, const rwda_image_options *options,
                         rwda_error *err);

#endif

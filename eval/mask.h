/* mask.h - the anomalous pixels of a mask file.                                                          layer: eval */
#ifndef EVAL_MASK_H
#define EVAL_MASK_H

#include "base/file.h"

/* Masks that hold more than a few values, as JPEG and resizing leave them: more pixels are not 0 than were drawn.  Starts zeroed. */
typedef struct {
    size_t masks;          /* how many were met */
    size_t pixels, strong; /* of the first: those that are not 0; those of at least half of its largest value */
    char   first[RW_PATH_MAX];
} rw_mask_doubts;

/* A mask as bytes [height, width], 0 is normal; *out is the caller's to free().  Grey PNG and .npy number by number: decoding to 8 bits
 * would lose small values of 16.  Of a folder, the union of all masks in it, which must be of one size.  doubts: gets what is odd about it;
 * NULL: nobody asks.  Errors: those of rwda_plane_load() and rwda_image_load(), RWDA_EMISMATCH, RWDA_ENOTFOUND (an empty folder). */
rwda_status rw_mask_load(uint8_t **out, int *width, int *height, const char *path, const rwda_image_options *options,
                         rw_mask_doubts *doubts, rwda_error *err);
/* One warning, where there is something to say. */
void rw_mask_doubts_say(const rw_mask_doubts *doubts, const rwda_events *events);

#endif

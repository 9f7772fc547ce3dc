/* item_boxes.h - what AVIF and HEIC files may ask of their libraries                                rank 1: format
 *
 * Both are boxes (length, four letters, content) with lists of items.  libavif looks items up one by one, and libheif follows an image that
 * is made of others, itself included, to the end of the stack. */
#ifndef RW_ITEM_BOXES_H
#define RW_ITEM_BOXES_H

#include "base/status.h"

/* RWDA_ELIMIT: lists that are too long, or an image made of too many others or of itself.  format: for the message. */
rwda_status rw_check_items(const uint8_t *bytes, size_t len, const char *format, rwda_error *err);

#endif

/* item_boxes.h - how long the lists of AVIF and HEIC files may be                                   rank 1: format
 *
 * Both are boxes (length, four letters, content) with lists of items.  libavif looks items up one by one, and so does heic_items.c. */
#ifndef RW_ITEM_BOXES_H
#define RW_ITEM_BOXES_H

#include "base/status.h"

/* RWDA_ELIMIT: lists that are too long.  format: for the message. */
rwda_status rw_check_items(const uint8_t *bytes, size_t len, const char *format, rwda_error *err);

#endif

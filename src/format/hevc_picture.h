/* hevc_picture.h - an HEVC picture and what it asks of its decoder                                rank 1: format */
#ifndef RW_HEVC_PICTURE_H
#define RW_HEVC_PICTURE_H

#include "base/memory.h"

/* bytes: parameter sets and slices, each behind its length in 4 bytes; before them RW_HEVC_ROOM bytes of the caller's. */
typedef struct {
    uint8_t *bytes; /* [len], malloc'd */
    size_t   len;
    uint64_t width, height;
    uint64_t work; /* pixels: slices may all cover the whole picture */
} rw_hevc_picture;

#define RW_HEVC_ROOM   264
#define RW_HEVC_CONFIG 23 /* bytes of hvcC before the parameter sets */

/* The first picture of a HEIC item, without what it does not need.  config [config_len]: its hvcC, of RW_HEVC_CONFIG bytes at least; data [len]:
 * the item's.  RWDA_EFORMAT: damaged, or of several sizes; RWDA_ELIMIT: far more is coded than shown; RWDA_ENOMEM.  Free bytes in any case. */
rwda_status rw_hevc_picture_read(rw_hevc_picture *out, const uint8_t *config, size_t config_len, const uint8_t *data,
                                 size_t len, rwda_error *err);

#endif

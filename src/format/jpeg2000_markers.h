/* jpeg2000_markers.h - what a JPEG 2000 file may ask of OpenJPEG                                    rank 1: format
 *
 * OpenJPEG takes 10 KB for a tile and half a KB for a precinct or a code block before it sees a byte of data: 200 bytes can ask for all memory. */
#ifndef RW_JPEG2000_MARKERS_H
#define RW_JPEG2000_MARKERS_H

#include "base/status.h"

/* RWDA_ELIMIT: more tiles, precincts, code blocks or layers than its pixels account for.  RWDA_EUNSUPPORTED: markers and components that are
 * not of part 1. */
rwda_status rw_jpeg2000_check(const uint8_t *bytes, size_t len, rwda_error *err);

#endif

/* exif.h - orientation from EXIF metadata                                                          rank 1: format */
#ifndef RW_EXIF_H
#define RW_EXIF_H

#include <stddef.h>
#include <stdint.h>

#define RW_EXIF_MAX 65533 /* bytes that are looked at: what one segment of a JPEG holds */

/* bytes [len]: a TIFF header and its first directory, after "Exif\0\0" or without it.  Nothing else is followed.
 * 1..8, or 0: not there, or damaged. */
int rw_exif_orientation(const uint8_t *bytes, size_t len);

#endif

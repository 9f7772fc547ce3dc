/* image_writer.h - pixels as the bytes of a PNG or JPEG file.                                         layer: common */
#ifndef RW_IMAGE_WRITER_H
#define RW_IMAGE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { PNG_GREY8, PNG_GREY16, PNG_RGB8, PNG_SRGB8 } png_mode; /* SRGB8: RGB8, and the file says that it is sRGB */

/* pixels [height, width] of uint8_t or uint16_t, or [height, width, 3] of uint8_t -> a whole file in memory, the caller's to free().
 * NULL: no memory, or a side that PNG cannot hold. */
uint8_t *png_write(size_t *len, const void *pixels, int width, int height, png_mode mode);

/* pixels: rows of width R,G,B, `stride` bytes apart -> a JPEG of that quality (1..100), the caller's to free().  optimize: Huffman tables
 * of its own, smaller and slower.  NULL: no memory, or a side over 65,500. */
uint8_t *jpeg_write(size_t *len, const uint8_t *pixels, size_t stride, int width, int height, int quality, bool optimize);

#endif

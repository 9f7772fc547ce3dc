/* png_out.h - how do pixels become the bytes of a PNG file? */
#ifndef PNG_OUT_H
#define PNG_OUT_H

#include <stddef.h>
#include <stdint.h>

typedef enum { PNG_OUT_GREY8, PNG_OUT_GREY16, PNG_OUT_RGB8 } png_out_kind;

/* pixels [height, width] of uint8_t or uint16_t, or [height, width, 3] of uint8_t -> a whole file in memory, the caller's to free().
 * NULL: no memory, or a side that PNG cannot hold. */
uint8_t *png_out(size_t *len, const void *pixels, int width, int height, png_out_kind kind);

#endif

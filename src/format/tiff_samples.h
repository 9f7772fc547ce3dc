/* tiff_samples.h - samples of a TIFF page to RGB                                                   rank 1: format */
#ifndef RW_TIFF_SAMPLES_H
#define RW_TIFF_SAMPLES_H

#include "format/codec.h"

#define RW_TIFF_SAMPLES_MAX 8 /* a pixel */

typedef enum { RW_TIFF_UNSIGNED = 1, RW_TIFF_SIGNED, RW_TIFF_FLOAT } rw_tiff_format;
typedef enum {
    RW_TIFF_WHITE_IS_ZERO,
    RW_TIFF_BLACK_IS_ZERO,
    RW_TIFF_RGB,
    RW_TIFF_PALETTE,
    RW_TIFF_CMYK,
    RW_TIFF_YCBCR,
    RW_TIFF_CIELAB,
    RW_TIFF_ICCLAB
} rw_tiff_colour;

/* How samples make a pixel. */
typedef struct {
    rw_tiff_colour colour;
    rw_tiff_format format;
    int            bits;        /* of a sample: 1..16, 32, 64 */
    int            samples;     /* a pixel, of which the colour has ... */
    int            colours;     /* ... so many, the first ones */
    bool           separate;    /* planes, one sample each; else samples of a pixel in a row */
    bool           associated;  /* the sample behind the colour is alpha, and the colour is multiplied by it */
    uint16_t      *palette[3];  /* [1 << bits] */
    double         least, most; /* values seen of signed, wide or float samples */
} rw_tiff_layout;

/* planes [1 or `colours` and alpha]: a row of n pixels -> rgb [n, 3].  Counts out->largest, or layout->least and most. */
void rw_tiff_row(uint8_t *rgb, rw_pixels *out, rw_tiff_layout *layout, const uint8_t *const *planes, size_t n, int depth);

/* Samples of no known range were clipped to 0..255, as Pillow does: harmless where they lie there.  RWDA_EUNSUPPORTED with their range. */
rwda_status rw_tiff_check_range(const rw_tiff_layout *layout, int depth, rwda_error *err);

#endif

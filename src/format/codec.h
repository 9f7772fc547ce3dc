/* codec.h - image decoders to RGB, and readers of one number a pixel                              rank 1: format
 *
 * Every decoder reads from memory, checks the header's dimensions against the cap before it allocates, skips what no pixel needs, and
 * treats damaged or truncated data as an error.  Result: what Pillow's Image.open(f).convert("RGB") gives. */
#ifndef RW_CODEC_H
#define RW_CODEC_H

#include "base/memory.h"

typedef struct {
    int      width, height; /* as stored: not turned */
    uint8_t *rgb;           /* [height, width, 3], malloc'd; NULL until rw_pixels_new() */
    int      orientation;   /* EXIF's 1..8: how the pixels are to be turned; 0: the file does not say */
    int      bits;          /* of a sample in the file */
    int      largest;       /* sample of the file where bits is above 8; else 0 */
    int      pages;         /* or frames in the file; the first one is decoded */
} rw_pixels;

/* What a decoder may take, and how. */
typedef struct {
    int64_t max_pixels;
    int     depth; /* bits in use of a 16-bit sample, 9..16: min(sample >> (depth - 8), 255); 0: all that the file has */
    int (*cancel)(void *user); /* polled while decoding; not 0: give up with RWDA_ECANCELLED.  NULL: never */
    void *user;
} rw_limits;

#define RW_WORK 16 /* passes over an image of max_pixels that a decoder may make: so many pixels for all scans of a file */

/* Allocates for width x height if that is at most max_pixels; orientation 0, bits 8, one page.
 * RWDA_ELIMIT (both numbers), RWDA_EFORMAT (no pixels), RWDA_ENOMEM. */
rwda_status rw_pixels_new(rw_pixels *out, uint64_t width, uint64_t height, const rw_limits *limits, rwda_error *err);

/* samples [n] of more than 8 bits -> rgb[at ...], by limits->depth; with 0 the high 8 of out->bits.  Counts `largest`. */
void rw_pixels_reduce(rw_pixels *out, size_t at, const uint16_t *samples, size_t n, const rw_limits *limits);

/* ITU-R BT.601 over the full range, in Pillow's fixed-point steps: y, cb, cr 0..255. */
void rw_ycbcr_to_rgb(uint8_t *rgb, int y, int cb, int cr);

/* One of CMYK's colours and black, 255 where there is no ink: their product / 255, rounded as in Pillow. */
uint8_t rw_cmyk_to_rgb(int colour, int black);

/* As a viewer shows them: orientation 1..8 is undone, and is 1 afterwards; other values change nothing.  RWDA_ENOMEM. */
rwda_status rw_pixels_turn(rw_pixels *pixels, int orientation, rwda_error *err);

bool        rw_is_cancelled(const rw_limits *limits);
rwda_status rw_cancelled(rwda_error *err); /* RWDA_ECANCELLED with its message */

typedef rwda_status (*rw_codec_fn)(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits,
                                   rwda_error *err);

rwda_status rw_codec_jpeg(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);
rwda_status rw_codec_png(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);
rwda_status rw_codec_webp(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);
rwda_status rw_codec_tiff(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);
rwda_status rw_codec_bmp(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);
rwda_status rw_codec_pnm(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);

/* Where their libraries are: RWDA_HAVE_GIF and so on (CMakeLists.txt). */
rwda_status rw_codec_gif(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);
rwda_status rw_codec_avif(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);
rwda_status rw_codec_jpeg2000(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);
rwda_status rw_codec_heic(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);

/* One number a pixel. */
typedef struct {
    int    width, height;
    float *values; /* [height, width], malloc'd; NULL until rw_grey_new() */
} rw_grey;

rwda_status rw_grey_new(rw_grey *out, uint64_t width, uint64_t height, const rw_limits *limits,
                        rwda_error *err); /* as rw_pixels_new */

/* A grey PNG of 1..16 bits: value / largest value, 0..1.  RWDA_EUNSUPPORTED: it has colours. */
rwda_status rw_png_grey(rw_grey *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);

/* NumPy's .npy with one [height, width] array of float32 or float64. */
rwda_status rw_npy_read(rw_grey *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err);

#endif

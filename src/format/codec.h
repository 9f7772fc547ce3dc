/* codec.h - image decoders to RGB, and readers of one number a pixel                              rank 1: format
 *
 * Every decoder reads from memory, checks the header's dimensions against the cap before it allocates, and treats damaged or
 * truncated data as an error.  Result: what Pillow's Image.open(f).convert("RGB") gives. */
#ifndef RW_CODEC_H
#define RW_CODEC_H

#include "base/memory.h"

typedef struct {
    int      width, height;
    uint8_t *rgb; /* [height, width, 3], malloc'd; NULL until rw_pixels_new() */
} rw_pixels;

/* Allocates for width x height if that is at most max_pixels.  RWDA_ELIMIT (both numbers), RWDA_EFORMAT (no pixels), RWDA_ENOMEM. */
rwda_status rw_pixels_new(rw_pixels *out, uint64_t width, uint64_t height, int64_t max_pixels, rwda_error *err);

typedef rwda_status (*rw_codec_fn)(rw_pixels *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err);

rwda_status rw_codec_jpeg(rw_pixels *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err);
rwda_status rw_codec_png(rw_pixels *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err);
rwda_status rw_codec_webp(rw_pixels *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err);
rwda_status rw_codec_tiff(rw_pixels *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err);
rwda_status rw_codec_bmp(rw_pixels *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err);
rwda_status rw_codec_pnm(rw_pixels *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err);

/* One number a pixel. */
typedef struct {
    int    width, height;
    float *values; /* [height, width], malloc'd; NULL until rw_grey_new() */
} rw_grey;

rwda_status rw_grey_new(rw_grey *out, uint64_t width, uint64_t height, int64_t max_pixels,
                        rwda_error *err); /* as rw_pixels_new */

/* A grey PNG of 1..16 bits: value / largest value, 0..1.  RWDA_EUNSUPPORTED: it has colours. */
rwda_status rw_png_grey(rw_grey *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err);

/* NumPy's .npy with one [height, width] array of float32 or float64. */
rwda_status rw_npy_read(rw_grey *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err);

#endif

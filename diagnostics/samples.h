/* samples.h - images and texts to time and to compare.                                            layer: diagnostics */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "base/status.h"

/* An image as encoded bytes, and the same decoded. */
typedef struct {
    char        name[32]; /* "PNG 900x900" */
    uint8_t    *bytes;
    size_t      len;
    rwda_image *image;
} sample_image;

typedef struct {
    sample_image *images;
    size_t        n_images;
    char        **texts;
    size_t        n_texts;
} samples;

/* Images from `paths` [n], or, n = 0, a PNG of 900 x 900 and a JPEG of 1024 x 1024 drawn here; texts from `file`, a line each, or,
 * NULL, 256 prompts of random words.  `most` > 0 keeps only so many texts.  Release with samples_free() in either case.  RWDA_EIO,
 * RWDA_ENOTFOUND, RWDA_ENOMEM; what decoding says. */
rwda_status samples_new(samples *out, char *const *paths, size_t n, const char *file, size_t most, rwda_error *err);
void        samples_free(samples *s);

#endif

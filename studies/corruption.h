/* corruption.h - corruptions of images: light, focus, sensor, coding, place.                         layer: studies */
#ifndef CORRUPTION_H
#define CORRUPTION_H

#include <rwda.h>

typedef enum {
    CORRUPTION_BRIGHTNESS, /* pixels times amount */
    CORRUPTION_BLUR,       /* Gaussian, sigma = amount x shorter side */
    CORRUPTION_NOISE,      /* Gaussian, sigma = amount grey levels */
    CORRUPTION_JPEG,       /* coded with quality = amount and decoded again */
    CORRUPTION_ROTATION,   /* amount degrees about the centre, the border mirrored */
    CORRUPTION_SCALE,      /* amount times as large about the centre, the border mirrored */
    CORRUPTION_BACKGROUND  /* shrunk to amount of each side before a background of stripes */
} corruption_type;

typedef struct {
    corruption_type type;
    const char     *name, *label; /* of cached files; for people */
    double          amount;
} corruption;
extern const corruption corruptions[]; /* [n_corruptions]: those of the robustness study */
extern const size_t     n_corruptions;

/* `how` is a corruption, `number` seeds its noise -> an image of the same size in one block, the caller's to free().  NULL: no memory. */
rwda_image *corruption_apply(const rwda_image *image, const void *how, size_t number);

#endif

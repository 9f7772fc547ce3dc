/* change.h - what can happen to a picture between the factory and the camera? */
#ifndef CHANGE_H
#define CHANGE_H

#include "eval/eval.h"

typedef enum {
    CHANGE_BRIGHTNESS, /* pixels times amount */
    CHANGE_BLUR,       /* Gaussian, sigma = amount x shorter side */
    CHANGE_NOISE,      /* Gaussian, sigma = amount grey levels */
    CHANGE_JPEG,       /* coded with quality = amount and decoded again */
    CHANGE_ROTATION,   /* amount degrees about the centre, the border mirrored */
    CHANGE_SCALE,      /* amount times as large about the centre, the border mirrored */
    CHANGE_BACKGROUND  /* shrunk to amount of each side before a background of stripes */
} change_kind;

typedef struct {
    change_kind kind;
    const char *name, *label; /* of kept files; for people */
    double      amount;
} change_row;
extern const change_row changes[];
extern const size_t     n_changes;

/* An eval_change's `change`; how is a change_row. */
rwda_image *change_picture(const rwda_image *picture, const void *how, size_t number);

#endif

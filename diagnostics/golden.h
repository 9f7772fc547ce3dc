/* golden.h - golden numbers: what the encoders compute on every machine.                        layer: diagnostics */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdbool.h>
#include <stddef.h>

#define GOLDEN_IMAGES    2
#define GOLDEN_TEXTS_MAX 16

/* tests/golden/towers.txt, which is built into the program: unit embeddings by an independent implementation in float64. */
typedef struct {
    char   *text;      /* the file, cut into strings */
    char    model[65]; /* sha256 of the weights that the numbers belong to */
    char   *texts[GOLDEN_TEXTS_MAX];
    size_t  n_texts;
    double *values; /* [GOLDEN_IMAGES + n_texts, dim]: images first */
    size_t  dim;
} golden;

bool golden_read(golden *out); /* false: no memory, or the file is not as make_goldens.py writes it */
void golden_free(golden *g);

/* pixels [GOLDEN_IMAGES, side, side, 3] of the two images the numbers belong to; the caller's to free, NULL: no memory. */
unsigned char *golden_images(size_t side);

#endif

/* agreement.h - cosines of every precision's embeddings with those of float32.                     layer: diagnostics */
#ifndef AGREEMENT_H
#define AGREEMENT_H

#include "diagnostics/opener.h"
#include "diagnostics/samples.h"

/* Embeddings of one precision: images and texts, unit rows [n, dim]. */
typedef struct {
    float *images, *texts;
    size_t dim, memory; /* memory: bytes of the model */
} embedded;

/* The model is open only while it is used, so that two of them are never in memory.  Release with embedded_free() in either case.  RWDA_ENOMEM;
 * what opening and embedding say. */
rwda_status embedded_new(embedded *out, const samples *s, const model_opener *opener, rwda_precision precision,
                         rwda_error *err);
void        embedded_free(embedded *e);

typedef struct {
    double image_mean, image_least, text_mean, text_least;
} precision_agreement;

precision_agreement agreement_of(const embedded *e, const embedded *reference, const samples *s);

#endif

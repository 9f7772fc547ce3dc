/* score.h - how do the embeddings of crops become one score?                                      rank 3: anomaly */
#ifndef RW_SCORE_H
#define RW_SCORE_H

#include "anomaly/detector.h"
#include "anomaly/memory_bank.h"
#include "clip/encoder.h"

#include <jansson.h>

struct rwda_scorer {
    rwda_scorer_options  options;
    const rwda_detector *detector;  /* NULL where the method needs none */
    float               *direction; /* [D]: (anomalous - normal prototype) / temperature; NULL where no prompts are used */
    size_t               dim;
    double               words_mean, words_std; /* fusing: of the words' logits of the memory's images */
    json_t              *settings;              /* what its scores depend on ... */
    char                *description;           /* ... as text */
};

/* Fills scorer->settings and ->description; scorer->options.object is still the caller's. */
rwda_status rw_score_describe(rwda_scorer *scorer, const rw_clip *clip, rwda_error *err);

/* Fills scorer->direction from the zero-shot prompts: each class's prototype is the unit mean of unit embeddings. */
rwda_status rw_score_prototypes(rwda_scorer *scorer, const rw_encoder *encoder, rwda_error *err);

/* Beside a memory and with options.fuse: fills words_mean and words_std.  RWDA_EMISMATCH: its embeddings are of other crops; RWDA_EINVAL: fewer
 * than two images with a score. */
rwda_status rw_score_standardise(rwda_scorer *scorer, const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool,
                                 rwda_error *err);

/* The memory's score of an image, and the words' with fuse (else NULL) -> *out, with score_memory. */
void rw_score_fuse(rwda_score *out, const rwda_scorer *scorer, float memory, const rwda_score *words);

/* x [n, D] -> out [n]: each embedding's score by the scorer's method, 0..1. */
rwda_status rw_score_rows(float *out, const rwda_scorer *scorer, const float *x, size_t n, const rw_kernels *kernels,
                          rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

/* x [crops, D] of one image -> *out. */
rwda_status rw_score_crops(rwda_score *out, const rwda_scorer *scorer, const float *x, size_t crops,
                           const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

#endif

/* score.h - from crop embeddings to one number?                                                   rank 3: anomaly */
#ifndef RW_SCORE_H
#define RW_SCORE_H

#include "anomaly/detector.h"
#include "clip/encoder.h"

struct rwda_scorer {
    rwda_scorer_options  options;
    const rwda_detector *detector;  /* NULL for RWDA_METHOD_CLIP and _WINCLIP */
    float               *direction; /* [D]: (anomalous - normal prototype) / temperature; NULL where no prompts are used */
    size_t               dim;
    char                *description; /* JSON: what its scores depend on */
};

/* Fills scorer->description; scorer->options.object is still the caller's. */
rwda_status rw_score_describe(rwda_scorer *scorer, const rw_clip *clip, rwda_error *err);

/* Fills scorer->direction from the zero-shot prompts: each class's prototype is the unit mean of unit embeddings. */
rwda_status rw_score_prototypes(rwda_scorer *scorer, const rw_encoder *encoder, rwda_error *err);

/* x [n, D] -> out [n]: each embedding's score by the scorer's method, 0..1. */
rwda_status rw_score_rows(float *out, const rwda_scorer *scorer, const float *x, size_t n, const rw_kernels *kernels,
                          rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

/* x [crops, D] of one picture -> *out. */
rwda_status rw_score_crops(rwda_score *out, const rwda_scorer *scorer, const float *x, size_t crops,
                           const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

#endif

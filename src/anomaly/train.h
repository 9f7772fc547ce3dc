/* train.h - how do text embeddings become networks?                                               rank 3: anomaly */
#ifndef RW_TRAIN_H
#define RW_TRAIN_H

#include "anomaly/detector.h"

/* What training needs besides the data: one thread's tools. */
typedef struct {
    const rw_kernels *kernels;
    rw_arena         *arena;
    rw_thread_pool   *pool;
    rwda_progress_fn  progress; /* or NULL */
    void             *user;
} rw_workshop;

/* x [2 * pairs, D], unit rows, 2i normal, 2i + 1 anomalous -> detector->networks, lda, paired (all freed by rwda_detector_free). */
rwda_status rw_train(rwda_detector *detector, const float *x, size_t dim, const rwda_train_options *options,
                     const rw_workshop *shop, rwda_error *err);

#endif

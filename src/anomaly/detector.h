/* detector.h - what is a detector made of?                                                        rank 3: anomaly */
#ifndef RW_DETECTOR_H
#define RW_DETECTOR_H

#include "anomaly/closed_form.h"
#include "anomaly/fnn.h"

struct rwda_detector {
    char          *recipe;           /* JSON */
    char           model_sha256[65]; /* of the weights file it was trained with */
    rwda_precision precision;        /* of that model when its texts were embedded; any may be scored with */
    char           sha256[65];       /* of its own file's bytes */
    size_t         dim;
    rw_fnn        *networks; /* [count], all of one shape */
    size_t         count;
    rw_direction   lda, paired;
    uint8_t       *bytes; /* the file, made once: saving writes these */
    size_t         len;
};

/* Fills bytes, len and sha256 from the rest. */
rwda_status rw_detector_seal(rwda_detector *detector, rwda_error *err);

/* x [n, D] -> mean logit of the networks [n]. */
rwda_status rw_detector_logits(float *out, const rwda_detector *detector, const float *x, size_t n,
                               const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

#endif

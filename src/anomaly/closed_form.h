/* closed_form.h - which direction tells normal from anomalous without training a network?         rank 3: anomaly */
#ifndef RW_CLOSED_FORM_H
#define RW_CLOSED_FORM_H

#include "base/memory.h"
#include "kernels/kernels.h"

/* logit(x) = weight . x + bias with |weight| = 1: the signed distance of x from the plane half-way between the class means, at most
 * 2 for a unit x.  A scale taken from the text embeddings (standard deviations along the weight) would put pictures, which lie far
 * from all texts, so far out that the sigmoid rounds them to 0 or 1 and their order is lost. */
typedef struct {
    float *weight; /* [D], owned */
    float  bias;
} rw_direction;

/* x [2 * pairs, D]: rows 2i normal, 2i + 1 anomalous.
 * LDA: w = (S + lambda I)^-1 (mu_a - mu_n), S the pooled within-class covariance, lambda = RW_LDA_SHRINKAGE * trace(S) / D.
 * Paired: w = mean of x[2i + 1] - x[2i].  RWDA_EINVAL: the classes do not differ at all. */
#define RW_LDA_SHRINKAGE 0.1
rwda_status rw_direction_lda(rw_direction *out, const float *x, size_t pairs, size_t dim, const rw_kernels *kernels,
                             rw_arena *arena, rw_thread_pool *pool, rwda_error *err);
rwda_status rw_direction_paired(rw_direction *out, const float *x, size_t pairs, size_t dim, rwda_error *err);
void        rw_direction_free(rw_direction *direction);

#endif

/* fnn.h - what does the small network compute, forwards and backwards?                            rank 3: anomaly
 *
 *     z = W2 dropout(act(W1 x + b1)) + b2          hidden = 0: z = W2 x + b2
 *
 * outputs = 1: binary cross-entropy on z (torch BCEWithLogitsLoss); outputs = 2: cross-entropy (torch CrossEntropyLoss).  The
 * logit of "anomalous" is z, or z1 - z0.  All parameters are one array: W1 [H, D], b1 [H], W2 [O, I], b2 [O], I = H or D. */
#ifndef RW_FNN_H
#define RW_FNN_H

#include "base/memory.h"
#include "base/random.h"
#include "kernels/kernels.h"

typedef struct {
    size_t              dim, hidden, outputs;
    rwda_fnn_activation activation;
} rw_fnn_shape;

typedef struct {
    rw_fnn_shape shape;
    float       *parameters; /* [rw_fnn_count()], owned */
} rw_fnn;

size_t      rw_fnn_count(const rw_fnn_shape *shape);
rwda_status rw_fnn_new(rw_fnn *out, const rw_fnn_shape *shape, rwda_error *err); /* parameters are zero */
void        rw_fnn_free(rw_fnn *fnn);

/* torch.nn.Linear's start: uniform in +-1/sqrt(inputs), weights before bias, layer by layer. */
void rw_fnn_init(rw_fnn *fnn, rw_random *random);

/* Parts of the parameter array (or of a gradient of the same shape). */
typedef struct {
    float *w1, *b1, *w2, *b2;
} rw_fnn_parts;
rw_fnn_parts rw_fnn_split(const rw_fnn_shape *shape, float *parameters);

/* x [n, D] -> logits [n].  Scratch from arena. */
rwda_status rw_fnn_logits(float *logits, const rw_fnn *fnn, const float *x, size_t n, const rw_kernels *kernels,
                          rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

/* One training batch: x [n, D], y [n] in {0, 1}; keep [n, H] is the dropout factor of each unit (NULL: none).
 * *loss is the mean; gradient [rw_fnn_count()] is overwritten. */
typedef struct {
    const float *x, *y, *keep;
    size_t       n;
    float        label_smoothing;
} rw_fnn_batch;
rwda_status rw_fnn_gradient(double *loss, float *gradient, const rw_fnn *fnn, const rw_fnn_batch *batch,
                            const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

/* torch.optim.AdamW: decoupled decay, bias correction, eps 1e-8.  mean and square [count] start at zero; step counts from 1.
 * The same bits for any pool. */
typedef struct {
    float rate, decay, beta1, beta2;
} rw_adamw;
void rw_adamw_step(float *parameters, float *mean, float *square, const float *gradient, size_t count, const rw_adamw *adamw,
                   int64_t step, const rw_kernels *kernels, rw_thread_pool *pool);

#endif

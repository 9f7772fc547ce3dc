/* fnn.c - what does the small network compute, forwards and backwards? */
#include "anomaly/fnn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t inputs_of_last(const rw_fnn_shape *shape)
{
    return shape->hidden > 0 ? shape->hidden : shape->dim;
}

size_t rw_fnn_count(const rw_fnn_shape *shape)
{
    return shape->hidden * (shape->dim + 1) + shape->outputs * (inputs_of_last(shape) + 1);
}

rwda_status rw_fnn_new(rw_fnn *out, const rw_fnn_shape *shape, rwda_error *err)
{
    out->shape      = *shape;
    out->parameters = rw_new_array(rw_fnn_count(shape), sizeof *out->parameters);
    if (out->parameters == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "network of %zu parameters", rw_fnn_count(shape));
    return RWDA_OK;
}

void rw_fnn_free(rw_fnn *fnn)
{
    free(fnn->parameters);
    fnn->parameters = NULL;
}

rw_fnn_parts rw_fnn_split(const rw_fnn_shape *shape, float *parameters)
{
    rw_fnn_parts parts = { .w1 = parameters };

    parts.b1 = parts.w1 + shape->hidden * shape->dim;
    parts.w2 = parts.b1 + shape->hidden;
    parts.b2 = parts.w2 + shape->outputs * inputs_of_last(shape);
    return parts;
}

void rw_fnn_init(rw_fnn *fnn, rw_random *random)
{
    const rw_fnn_shape *s     = &fnn->shape;
    size_t              first = s->hidden * (s->dim + 1), all = rw_fnn_count(s);

    for (size_t i = 0; i < all; i++) {
        float bound = 1.0f / sqrtf((float)(i < first ? s->dim : inputs_of_last(s)));

        fnn->parameters[i] = (2.0f * rw_random_unit(random) - 1.0f) * bound;
    }
}

/* c [m, n] = a [m, k] * B, with B packed from b on the spot. */
static rwda_status product(float *c, const float *a, const float *b, size_t m, size_t n, size_t k, size_t stride_n,
                           size_t stride_k, const float *bias, const rw_kernels *kernels, rw_arena *arena, rw_pool *pool,
                           rwda_error *err)
{
    rw_arena_mark mark   = rw_arena_save(arena);
    size_t        floats = 0;
    float        *packed = rw_packed_size(&floats, kernels, n, k) ? rw_arena_array(arena, floats, sizeof *packed) : NULL;
    rw_gemm_args  args   = { .c = c, .ldc = n, .a = a, .lda = k, .b = rw_matrix_f32(packed, n, k), .m = m, .bias = bias };

    if (packed == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "matrix of %zu x %zu", n, k);
    rw_pack(packed, kernels, b, n, k, stride_n, stride_k);
    rw_gemm(&args, kernels, pool);
    rw_arena_rewind(arena, mark);
    return RWDA_OK;
}

static rw_activation kernel_activation(rwda_fnn_activation activation)
{
    return activation == RWDA_FNN_GELU ? RW_ACT_GELU : RW_ACT_RELU;
}

static float slope(float v, rwda_fnn_activation activation)
{
    if (activation == RWDA_FNN_RELU)
        return v > 0.0f ? 1.0f : 0.0f;
    return 0.5f * (1.0f + erff(v * 0.70710678f)) + v * 0.39894228f * expf(-0.5f * v * v); /* Phi(v) + v phi(v) */
}

/* before [n, H]: W1 x + b1; after [n, H]: what the last layer sees (before and after may be NULL when hidden = 0); z [n, O]. */
static rwda_status forward(float *z, float *before, float *after, const rw_fnn *fnn, const float *x, const float *keep,
                           size_t n, const rw_kernels *kernels, rw_arena *arena, rw_pool *pool, rwda_error *err)
{
    const rw_fnn_shape *s      = &fnn->shape;
    rw_fnn_parts        p      = rw_fnn_split(s, fnn->parameters);
    const float        *last   = x;
    size_t              width  = inputs_of_last(s);
    rwda_status         status = RWDA_OK;

    if (s->hidden > 0) {
        RW_TRY(product(before, x, p.w1, n, s->hidden, s->dim, s->dim, 1, p.b1, kernels, arena, pool, err));
        memcpy(after, before, n * s->hidden * sizeof *after);
        for (size_t i = 0; i < n; i++)
            kernels->activate(after + i * s->hidden, s->hidden, kernel_activation(s->activation));
        if (keep != NULL)
            for (size_t i = 0; i < n * s->hidden; i++)
                after[i] *= keep[i];
        last = after;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t o = 0; o < s->outputs; o++)
            z[i * s->outputs + o] = kernels->dot(last + i * width, p.w2 + o * width, width) + p.b2[o];
done:
    return status;
}

rwda_status rw_fnn_logits(float *logits, const rw_fnn *fnn, const float *x, size_t n, const rw_kernels *kernels,
                          rw_arena *arena, rw_pool *pool, rwda_error *err)
{
    const rw_fnn_shape *s      = &fnn->shape;
    rw_arena_mark       mark   = rw_arena_save(arena);
    float              *z      = rw_arena_array(arena, n, s->outputs * sizeof *z);
    float              *before = rw_arena_array(arena, n, s->hidden * sizeof *before);
    float              *after  = rw_arena_array(arena, n, s->hidden * sizeof *after);
    rwda_status         status = RWDA_OK;

    if (z == NULL || before == NULL || after == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "network over %zu rows of %zu units", n, s->hidden);
        goto done;
    }
    RW_TRY(forward(z, before, after, fnn, x, NULL, n, kernels, arena, pool, err));
    for (size_t i = 0; i < n; i++)
        logits[i] = s->outputs == 1 ? z[i] : z[2 * i + 1] - z[2 * i];
done:
    rw_arena_rewind(arena, mark);
    return status;
}

/* Loss of one row and its gradient by z, divided by n. */
static double row_loss(float *dz, const float *z, float y, const rw_fnn_batch *batch, size_t outputs)
{
    float target = y * (1.0f - batch->label_smoothing) + 0.5f * batch->label_smoothing;
    float v      = outputs == 1 ? z[0] : z[1] - z[0]; /* softmax over two is the sigmoid of their difference */
    float p      = 1.0f / (1.0f + expf(-v));
    float d      = (p - target) / (float)batch->n;

    if (outputs == 1) {
        dz[0] = d;
    } else {
        dz[0] = -d;
        dz[1] = d;
    }
    /* -t log p - (1 - t) log(1 - p) = max(v, 0) - v t + log(1 + e^-|v|), for logits of any size */
    return (v > 0.0f ? v : 0.0f) - v * target + log1pf(expf(-fabsf(v)));
}

rwda_status rw_fnn_gradient(double *loss, float *gradient, const rw_fnn *fnn, const rw_fnn_batch *batch,
                            const rw_kernels *kernels, rw_arena *arena, rw_pool *pool, rwda_error *err)
{
    const rw_fnn_shape *s    = &fnn->shape;
    rw_arena_mark       mark = rw_arena_save(arena);
    size_t              n = batch->n, width = inputs_of_last(s);
    float              *z      = rw_arena_array(arena, n, s->outputs * sizeof *z);
    float              *dz     = rw_arena_array(arena, n, s->outputs * sizeof *dz);
    float              *before = rw_arena_array(arena, n, s->hidden * sizeof *before);
    float              *after  = rw_arena_array(arena, n, s->hidden * sizeof *after);
    float *turned  = rw_arena_array(arena, n, s->hidden * sizeof *turned); /* [H, n]: gradient by `before`, transposed */
    rw_fnn_parts p = rw_fnn_split(s, fnn->parameters), g = rw_fnn_split(s, gradient);
    const float *last   = s->hidden > 0 ? after : batch->x;
    double       total  = 0.0;
    rwda_status  status = RWDA_OK;

    if (z == NULL || dz == NULL || before == NULL || after == NULL || turned == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "training batch of %zu rows and %zu units", n, s->hidden);
        goto done;
    }
    RW_TRY(forward(z, before, after, fnn, batch->x, batch->keep, n, kernels, arena, pool, err));
    memset(gradient, 0, rw_fnn_count(s) * sizeof *gradient);
    for (size_t i = 0; i < n; i++) {
        total += row_loss(dz + i * s->outputs, z + i * s->outputs, batch->y[i], batch, s->outputs);
        for (size_t o = 0; o < s->outputs; o++) {
            float d = dz[i * s->outputs + o];

            g.b2[o] += d;
            for (size_t j = 0; j < width; j++)
                g.w2[o * width + j] += d * last[i * width + j];
        }
    }
    for (size_t i = 0; i < n && s->hidden > 0; i++)
        for (size_t j = 0; j < s->hidden; j++) {
            float d = 0.0f;

            for (size_t o = 0; o < s->outputs; o++)
                d += dz[i * s->outputs + o] * p.w2[o * width + j];
            if (batch->keep != NULL)
                d *= batch->keep[i * s->hidden + j];
            d *= slope(before[i * s->hidden + j], s->activation);
            turned[j * n + i] = d;
            g.b1[j] += d;
        }
    if (s->hidden > 0)
        RW_TRY(product(g.w1, turned, batch->x, s->hidden, s->dim, n, 1, s->dim, NULL, kernels, arena, pool, err));
    *loss = total / (double)n;
done:
    rw_arena_rewind(arena, mark);
    return status;
}

void rw_adamw_step(float *parameters, float *mean, float *square, const float *gradient, size_t count, const rw_adamw *adamw,
                   int64_t step)
{
    double correct1 = 1.0 - pow(adamw->beta1, (double)step), correct2 = 1.0 - pow(adamw->beta2, (double)step);
    float  rate = (float)(adamw->rate / correct1), root = (float)sqrt(correct2);

    for (size_t i = 0; i < count; i++) {
        parameters[i] *= 1.0f - adamw->rate * adamw->decay;
        mean[i]   = adamw->beta1 * mean[i] + (1.0f - adamw->beta1) * gradient[i];
        square[i] = adamw->beta2 * square[i] + (1.0f - adamw->beta2) * gradient[i] * gradient[i];
        parameters[i] -= rate * mean[i] / (sqrtf(square[i]) / root + 1e-8f);
    }
}

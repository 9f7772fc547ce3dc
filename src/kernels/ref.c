/* ref.c - what is the right answer?  Plain C: the specification every other table is compared with. */
#include "kernels/tables.h"

#include <math.h>

#define MR 4
#define NR 16

/* c += a * b, k rows of a panel: all of its columns at a time, so that the compiler makes vectors of them */
static void add_product(float *c, size_t ldc, const float *a, size_t lda, const float *b, size_t rows, size_t cols, size_t k)
{
    for (size_t i = 0; i < rows; i++) {
        float sums[NR] = { 0 };

        for (size_t j = 0; j < cols; j++)
            sums[j] = c[i * ldc + j];
        for (size_t p = 0; p < k; p++)
            for (size_t j = 0; j < NR; j++)
                sums[j] += a[i * lda + p] * b[p * NR + j];
        for (size_t j = 0; j < cols; j++)
            c[i * ldc + j] = sums[j];
    }
}

static void start(float *c, size_t ldc, size_t rows, size_t cols, bool more)
{
    if (more)
        return;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            c[i * ldc + j] = 0.0f;
}

static void tile(float *c, size_t ldc, const float *a, size_t lda, const void *panel, size_t rows, size_t cols, size_t k,
                 bool more, rw_ahead ahead)
{
    (void)ahead;
    start(c, ldc, rows, cols, more);
    add_product(c, ldc, a, lda, panel, rows, cols, k);
}

#define CHUNK 64 /* rows of a panel that are widened together */

/* Panels of halves: some rows become float32, and the sums go on with them. */
static void widen(void (*convert)(float *, const void *, size_t), float *c, size_t ldc, const float *a, size_t lda,
                  const uint16_t *panel, size_t rows, size_t cols, size_t k, bool more)
{
    float b[CHUNK * NR];

    start(c, ldc, rows, cols, more);
    for (size_t p = 0; p < k; p += CHUNK) {
        size_t count = k - p < CHUNK ? k - p : CHUNK;

        convert(b, panel + p * NR, count * NR);
        add_product(c, ldc, a + p, lda, b, rows, cols, count);
    }
}

static void tile_f16(float *c, size_t ldc, const float *a, size_t lda, const void *panel, size_t rows, size_t cols, size_t k,
                     bool more, rw_ahead ahead)
{
    (void)ahead;
    widen(rw_f32_from_f16, c, ldc, a, lda, panel, rows, cols, k, more);
}

static void tile_bf16(float *c, size_t ldc, const float *a, size_t lda, const void *panel, size_t rows, size_t cols,
                      size_t k, bool more, rw_ahead ahead)
{
    (void)ahead;
    widen(rw_f32_from_bf16, c, ldc, a, lda, panel, rows, cols, k, more);
}

static void layer_norm(float *out, const float *x, const float *gain, const float *bias, size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++, x += n, out += n) {
        float mean = 0.0f, variance = 0.0f, scale;

        for (size_t j = 0; j < n; j++)
            mean += x[j];
        mean /= (float)n;
        for (size_t j = 0; j < n; j++)
            variance += (x[j] - mean) * (x[j] - mean);
        scale = 1.0f / sqrtf(variance / (float)n + 1e-5f);
        for (size_t j = 0; j < n; j++)
            out[j] = (x[j] - mean) * scale * gain[j] + bias[j];
    }
}

static void softmax(float *x, size_t n, float scale)
{
    float top = x[0], sum = 0.0f;

    for (size_t j = 1; j < n; j++)
        top = x[j] > top ? x[j] : top;
    for (size_t j = 0; j < n; j++) {
        x[j] = expf((x[j] - top) * scale);
        sum += x[j];
    }
    for (size_t j = 0; j < n; j++)
        x[j] /= sum;
}

static float activate(float v, rw_activation act)
{
    switch (act) {
    case RW_ACT_GELU: return 0.5f * v * (1.0f + erff(v * 0.70710678118654752f));
    case RW_ACT_QUICK_GELU: return v / (1.0f + expf(-1.702f * v));
    case RW_ACT_RELU: return v > 0.0f ? v : 0.0f;
    case RW_ACT_NONE: break;
    }
    return v;
}

static void finish(float *c, size_t ldc, const float *x, size_t ldx, const rw_ending *ending, size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < n; j++) {
            float v = ending->bias != NULL ? x[i * ldx + j] + ending->bias[j] : x[i * ldx + j];

            v              = activate(v, ending->act);
            c[i * ldc + j] = ending->residual != NULL ? v + ending->residual[i * ending->ldr + j] : v;
        }
}

static float dot(const float *a, const float *b, size_t n)
{
    float sum = 0.0f;

    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

static void turn(float *out, size_t out_stride, const float *in, size_t in_stride, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            out[j * out_stride + i] = in[i * in_stride + j];
}

static void add_scaled(float *y, float a, const float *x, size_t n)
{
    for (size_t j = 0; j < n; j++)
        y[j] += a * x[j];
}

static void multiply(float *x, const float *y, size_t n)
{
    for (size_t j = 0; j < n; j++)
        x[j] *= y[j];
}

static void multiply_slope(float *d, const float *x, size_t n, rw_activation act)
{
    for (size_t j = 0; j < n; j++) {
        float v = x[j], s = 1.0f / (1.0f + expf(-1.702f * v));

        if (act == RW_ACT_GELU) /* Phi(v) + v phi(v) */
            d[j] *= 0.5f * (1.0f + erff(v * 0.70710678118654752f)) + v * 0.398942280401432678f * expf(-0.5f * v * v);
        else if (act == RW_ACT_QUICK_GELU)
            d[j] *= s * (1.0f + 1.702f * v * (1.0f - s));
        else if (act == RW_ACT_RELU)
            d[j] *= v > 0.0f ? 1.0f : 0.0f;
    }
}

static void adamw(float *parameters, float *mean, float *square, const float *gradient, size_t n, const rw_adamw_factors *f)
{
    for (size_t i = 0; i < n; i++) {
        mean[i]       = f->beta1 * mean[i] + (1.0f - f->beta1) * gradient[i];
        square[i]     = f->beta2 * square[i] + (1.0f - f->beta2) * gradient[i] * gradient[i];
        parameters[i] = parameters[i] * f->shrink - f->rate * mean[i] / (sqrtf(square[i]) * f->root + 1e-8f);
    }
}

static void normal(float *u, const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        u[i] = (float)(sqrt(-2.0 * log((double)u[i])) * cos(6.283185307179586 * (double)v[i]));
}

const rw_kernels rw_kernels_ref = {
    "ref",
    MR,
    NR,
    tile,
    tile_f16,
    tile_bf16,
    layer_norm,
    softmax,
    finish,
    dot,
    turn,
    add_scaled,
    multiply,
    multiply_slope,
    adamw,
    normal,
    rw_resample_across_ref,
    rw_resample_down_ref,
};

/* ref.c - reference kernel set in plain C: the specification that every other set is compared with */
#include "kernels/kernel_sets.h"

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

static void zero_unless(float *c, size_t ldc, size_t rows, size_t cols, bool accumulate)
{
    if (accumulate)
        return;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            c[i * ldc + j] = 0.0f;
}

static void tile(float *c, size_t ldc, const float *a, size_t lda, const void *panel, size_t rows, size_t cols, size_t k,
                 bool accumulate, rw_prefetch prefetch)
{
    (void)prefetch;
    zero_unless(c, ldc, rows, cols, accumulate);
    add_product(c, ldc, a, lda, panel, rows, cols, k);
}

#define CHUNK 64 /* rows of a panel */

/* Panels of 16-bit values: CHUNK rows at a time are widened to float32 and accumulated. */
static void tile_widened(void (*convert)(float *, const void *, size_t), float *c, size_t ldc, const float *a, size_t lda,
                         const uint16_t *panel, size_t rows, size_t cols, size_t k, bool accumulate)
{
    float b[CHUNK * NR];

    zero_unless(c, ldc, rows, cols, accumulate);
    for (size_t p = 0; p < k; p += CHUNK) {
        size_t count = k - p < CHUNK ? k - p : CHUNK;

        convert(b, panel + p * NR, count * NR);
        add_product(c, ldc, a + p, lda, b, rows, cols, count);
    }
}

static void tile_f16(float *c, size_t ldc, const float *a, size_t lda, const void *panel, size_t rows, size_t cols, size_t k,
                     bool accumulate, rw_prefetch prefetch)
{
    (void)prefetch;
    tile_widened(rw_f32_from_f16, c, ldc, a, lda, panel, rows, cols, k, accumulate);
}

static void tile_bf16(float *c, size_t ldc, const float *a, size_t lda, const void *panel, size_t rows, size_t cols,
                      size_t k, bool accumulate, rw_prefetch prefetch)
{
    (void)prefetch;
    tile_widened(rw_f32_from_bf16, c, ldc, a, lda, panel, rows, cols, k, accumulate);
}

static void layer_norm(float *out, const float *x, const float *gain, const float *bias, size_t rows, size_t n, float eps)
{
    for (size_t i = 0; i < rows; i++, x += n, out += n) {
        float mean = 0.0f, variance = 0.0f, scale;

        for (size_t j = 0; j < n; j++)
            mean += x[j];
        mean /= (float)n;
        for (size_t j = 0; j < n; j++)
            variance += (x[j] - mean) * (x[j] - mean);
        scale = 1.0f / sqrtf(variance / (float)n + eps);
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
    case RW_ACT_GELU_TANH: return v / (1.0f + expf(-RW_GELU_TANH_A * (v + RW_GELU_TANH_B * v * v * v)));
    case RW_ACT_NONE: break;
    }
    return v;
}

static void apply_epilogue(float *c, size_t ldc, const float *x, size_t ldx, const rw_epilogue *epilogue, size_t rows,
                           size_t n)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < n; j++) {
            float v = epilogue->bias != NULL ? x[i * ldx + j] + epilogue->bias[j] : x[i * ldx + j];

            v              = activate(v, epilogue->act);
            c[i * ldc + j] = epilogue->residual != NULL ? v + epilogue->residual[i * epilogue->ldr + j] : v;
        }
}

static float dot(const float *a, const float *b, size_t n)
{
    float sum = 0.0f;

    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

static void row_max(float *most, const float *x, size_t ldx, size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < n; j++)
            most[i] = x[i * ldx + j] > most[i] ? x[i * ldx + j] : most[i];
}

static void turn_pairs(float *x, const float *turns, size_t n)
{
    for (size_t i = 0; i < n; i += 2) {
        float a = x[i], b = x[i + 1];

        x[i]     = a * turns[i] - b * turns[i + 1];
        x[i + 1] = b * turns[i] + a * turns[i + 1];
    }
}

static void transpose(float *out, size_t out_stride, const float *in, size_t in_stride, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            out[j * out_stride + i] = in[i * in_stride + j];
}

static void axpy(float *y, float a, const float *x, size_t n)
{
    for (size_t j = 0; j < n; j++)
        y[j] += a * x[j];
}

static void multiply(float *x, const float *y, size_t n)
{
    for (size_t j = 0; j < n; j++)
        x[j] *= y[j];
}

static void activation_backward(float *d, const float *x, size_t n, rw_activation act)
{
    for (size_t j = 0; j < n; j++) {
        float v = x[j], s = 1.0f / (1.0f + expf(-1.702f * v));

        if (act == RW_ACT_GELU) /* Phi(v) + v phi(v) */
            d[j] *= 0.5f * (1.0f + erff(v * 0.70710678118654752f)) + v * 0.398942280401432678f * expf(-0.5f * v * v);
        else if (act == RW_ACT_QUICK_GELU)
            d[j] *= s * (1.0f + 1.702f * v * (1.0f - s));
        else if (act == RW_ACT_RELU)
            d[j] *= v > 0.0f ? 1.0f : 0.0f;
        else if (act == RW_ACT_GELU_TANH) {
            s = 1.0f / (1.0f + expf(-RW_GELU_TANH_A * (v + RW_GELU_TANH_B * v * v * v)));
            d[j] *= s + v * s * (1.0f - s) * RW_GELU_TANH_A * (1.0f + 3.0f * RW_GELU_TANH_B * v * v);
        }
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

static void box_muller(float *u, const float *v, size_t n)
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
    apply_epilogue,
    dot,
    row_max,
    turn_pairs,
    transpose,
    axpy,
    multiply,
    activation_backward,
    adamw,
    box_muller,
    rw_resample_horizontal_ref,
    rw_resample_vertical_ref,
};

/* simd.inc.h - vectorised kernels, written once for every instruction set                         rank 1: kernels
 *
 * Included at the end of avx2.c, avx512.c and neon.c, which define: vf (a vector of VL floats), v_load, v_store, v_load_part /
 * v_store_part (the first n < VL lanes; lanes beyond read as 0), v_load_f16 / v_load_bf16 (VL 16-bit values, widened), v_set,
 * v_add, v_sub, v_mul, v_div, v_fma (a*b+c), v_max, v_min, v_sqrt, v_mantissa (1..2) and v_exponent of a normal number, v_round,
 * v_pow2 (2^i of an integral i), v_select_less (a < b ? c : d), v_reduce_add, v_reduce_max, v_transpose (VL x VL, in place), v_turn (a, each
 * pair turned by the cosine and sine that b has in its place); MR and NV (rows and vectors of a tile, NR = NV * VL), KERNEL_SET, KERNEL_NAME,
 * KERNEL_RESAMPLE_HORIZONTAL, KERNEL_RESAMPLE_VERTICAL.
 *
 * A tail goes through the same arithmetic as a full vector, so a value does not depend on its place in a row. */
#include "kernels/sanitized.h"

#define NR (NV * VL)

/* ---- Matrix product --------------------------------------------------------------------------------------------- */

/* VL values of a panel, widened from `dtype`. */
static inline __attribute__((always_inline)) vf load_panel(const rwda_precision dtype, const char *panel, size_t at)
{
    return dtype == RWDA_PRECISION_F32   ? v_load((const float *)(const void *)panel + at)
           : dtype == RWDA_PRECISION_F16 ? v_load_f16(panel + 2 * at)
                                         : v_load_bf16(panel + 2 * at);
}

/* `dtype` and `rows` are constants where this is inlined, so the accumulators stay in registers. */
RW_TILE static inline __attribute__((always_inline)) void tile_rows(const rwda_precision dtype, const size_t rows, float *c,
                                                                    size_t ldc, const float *a, size_t lda,
                                                                    const char *panel, size_t cols, size_t k,
                                                                    bool accumulate, rw_prefetch prefetch)
{
    vf sum[MR][NV];

#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (size_t v = 0; v < NV; v++)
            sum[i][v] = v_set(0.0f);
    if (accumulate)
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 4
            for (size_t v = 0; v < NV; v++) {
                size_t at = v * VL;

                if (cols >= at + VL)
                    sum[i][v] = v_load(c + i * ldc + at);
                else if (cols > at)
                    sum[i][v] = v_load_part(c + i * ldc + at, cols - at);
            }
    for (size_t p = 0; p < k; p++, panel += NR * rw_element_bytes(dtype), prefetch.at += prefetch.stride) {
        vf b[NV];

        __builtin_prefetch(prefetch.at, 0, 2); /* into L2: the current panel streams through L1 */
#pragma GCC unroll 4
        for (size_t v = 0; v < NV; v++)
            b[v] = load_panel(dtype, panel, v * VL);
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++) {
            vf left = v_set(a[i * lda + p]);

#pragma GCC unroll 4
            for (size_t v = 0; v < NV; v++)
                sum[i][v] = v_fma(left, b[v], sum[i][v]);
        }
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (size_t v = 0; v < NV; v++) {
            size_t at = v * VL;

            if (cols >= at + VL)
                v_store(c + i * ldc + at, sum[i][v]);
            else if (cols > at)
                v_store_part(c + i * ldc + at, sum[i][v], cols - at);
        }
}

#define TILE_CASE(dtype, r)                                                                                                 \
    case r:                                                                                                                 \
        if (r <= MR)                                                                                                        \
            tile_rows(dtype, r <= MR ? r : 1, c, ldc, a, lda, panel, cols, k, accumulate, prefetch);                        \
        return;

#define TILE(name, dtype)                                                                                                   \
    RW_TILE static void name(float *c, size_t ldc, const float *a, size_t lda, const void *panel, size_t rows, size_t cols, \
                             size_t k, bool accumulate, rw_prefetch prefetch)                                               \
    {                                                                                                                       \
        rw_tile_touches(a, rows, lda * sizeof *a, k * sizeof *a);                                                           \
        rw_tile_touches(panel, 1, 0, rw_element_bytes(dtype) * k * NR);                                                     \
        rw_tile_touches(c, rows, ldc * sizeof *c, cols * sizeof *c);                                                        \
        switch (rows) {                                                                                                     \
            TILE_CASE(dtype, 1)                                                                                             \
            TILE_CASE(dtype, 2)                                                                                             \
            TILE_CASE(dtype, 3)                                                                                             \
            TILE_CASE(dtype, 4)                                                                                             \
            TILE_CASE(dtype, 5)                                                                                             \
            TILE_CASE(dtype, 6)                                                                                             \
            TILE_CASE(dtype, 7)                                                                                             \
            TILE_CASE(dtype, 8)                                                                                             \
            TILE_CASE(dtype, 9)                                                                                             \
            TILE_CASE(dtype, 10)                                                                                            \
            TILE_CASE(dtype, 11)                                                                                            \
            TILE_CASE(dtype, 12)                                                                                            \
            TILE_CASE(dtype, 13)                                                                                            \
            TILE_CASE(dtype, 14)                                                                                            \
        default: return;                                                                                                    \
        }                                                                                                                   \
    }

TILE(tile, RWDA_PRECISION_F32)
TILE(tile_f16, RWDA_PRECISION_F16)
TILE(tile_bf16, RWDA_PRECISION_BF16)

/* ---- Elementary functions -------------------------------------------------------------------------------------- */

/* e^x: x = i ln 2 + f, |f| <= ln 2 / 2; the polynomial is the Taylor series to degree 7 (relative error below 2e-8 before
 * rounding).  Clamped to [-87.3, 88.3], where the result is a normal number. */
static inline vf v_exp(vf x)
{
    vf i, f, p;

    x = v_min(v_max(x, v_set(-87.3f)), v_set(88.3f));
    i = v_round(v_mul(x, v_set(1.44269504088896341f)));
    f = v_fma(i, v_set(-0.693359375f), x); /* ln 2 in two parts: the first is exact in few bits */
    f = v_fma(i, v_set(2.12194440e-4f), f);
    p = v_set(1.0f / 5040.0f);
    p = v_fma(p, f, v_set(1.0f / 720.0f));
    p = v_fma(p, f, v_set(1.0f / 120.0f));
    p = v_fma(p, f, v_set(1.0f / 24.0f));
    p = v_fma(p, f, v_set(1.0f / 6.0f));
    p = v_fma(p, f, v_set(0.5f));
    p = v_fma(p, f, v_set(1.0f));
    p = v_fma(p, f, v_set(1.0f));
    return v_mul(p, v_pow2(i));
}

/* erf(x) = x P(x^2) / Q(x^2), both of degree 5: a fit of least relative error over |x| <= 4, where it is 2.5e-8 before rounding; beyond,
 * erf is 1 to within 1.6e-8, and rounding must not take it further. */
static inline vf v_erf(vf x)
{
    static const float p_of[6] = { 1.12837914f, 0.19353908f, 0.0531009071f, 0.00388307346f, 2.84557633e-4f, 1.98680088e-6f };
    static const float q_of[6] = { 1.0f, 0.504852101f, 0.115347484f, 0.0152067123f, 0.00118550138f, 3.74199315e-5f };
    vf                 square, p, q;

    x      = v_min(v_max(x, v_set(-4.0f)), v_set(4.0f));
    square = v_mul(x, x);
    p      = v_set(p_of[5]);
    q      = v_set(q_of[5]);
#pragma GCC unroll 5
    for (int i = 4; i >= 0; i--) {
        p = v_fma(p, square, v_set(p_of[i]));
        q = v_fma(q, square, v_set(q_of[i]));
    }
    return v_min(v_max(v_div(v_mul(x, p), q), v_set(-1.0f)), v_set(1.0f));
}

/* The sigmoid in GELU_TANH. */
static inline vf v_tanh_gate(vf x)
{
    vf cube = v_fma(v_mul(v_mul(x, x), v_set(RW_GELU_TANH_B)), x, x);

    return v_div(v_set(1.0f), v_add(v_set(1.0f), v_exp(v_mul(cube, v_set(-RW_GELU_TANH_A)))));
}

static inline vf v_activate(vf x, rw_activation act)
{
    switch (act) {
    case RW_ACT_GELU: return v_mul(v_mul(x, v_set(0.5f)), v_add(v_set(1.0f), v_erf(v_mul(x, v_set(0.70710678118654752f)))));
    case RW_ACT_QUICK_GELU: return v_div(x, v_add(v_set(1.0f), v_exp(v_mul(x, v_set(-1.702f)))));
    case RW_ACT_RELU: return v_max(x, v_set(0.0f));
    case RW_ACT_GELU_TANH: return v_mul(x, v_tanh_gate(x));
    case RW_ACT_NONE: break;
    }
    return x;
}

/* Runs `full` on whole vectors at x + j and `part` on the n - j < VL floats that remain. */
#define EACH_VECTOR(j, n, full, part)                                                                                       \
    do {                                                                                                                    \
        size_t j = 0;                                                                                                       \
        for (; j + VL <= (n); j += VL) {                                                                                    \
            full;                                                                                                           \
        }                                                                                                                   \
        if (j < (n)) {                                                                                                      \
            part;                                                                                                           \
        }                                                                                                                   \
    } while (0)

/* ---- Operations on rows ------------------------------------------------------------------------------------------- */

static void layer_norm(float *out, const float *x, const float *gain, const float *bias, size_t rows, size_t n, float eps)
{
    for (size_t i = 0; i < rows; i++, x += n, out += n) {
        vf    sum = v_set(0.0f), squares = v_set(0.0f), mean, scale;
        float average;

        EACH_VECTOR(j, n, sum = v_add(sum, v_load(x + j)), sum = v_add(sum, v_load_part(x + j, n - j)));
        average = v_reduce_add(sum) / (float)n;
        mean    = v_set(average);
        EACH_VECTOR(
            j, n,
            {
                vf d    = v_sub(v_load(x + j), mean);
                squares = v_fma(d, d, squares);
            },
            {
                float rest[VL];
                vf    d;

                for (size_t t = 0; t < VL; t++) /* lanes beyond the row are set to the mean: they add 0 to the variance */
                    rest[t] = t < n - j ? x[j + t] : average;
                d       = v_sub(v_load(rest), mean);
                squares = v_fma(d, d, squares);
            });
        scale = v_set(1.0f / sqrtf(v_reduce_add(squares) / (float)n + eps));
        EACH_VECTOR(j, n,
                    v_store(out + j, v_fma(v_mul(v_sub(v_load(x + j), mean), scale), v_load(gain + j), v_load(bias + j))),
                    v_store_part(out + j,
                                 v_fma(v_mul(v_sub(v_load_part(x + j, n - j), mean), scale), v_load_part(gain + j, n - j),
                                       v_load_part(bias + j, n - j)),
                                 n - j));
    }
}

static void softmax(float *x, size_t n, float scale)
{
    vf    most = v_set(x[0]), sum = v_set(0.0f), top, factor = v_set(scale), share;
    float total, highest;

    EACH_VECTOR(j, n, most = v_max(most, v_load(x + j)), {
        if (n >= VL) /* the last whole vector: seeing a value twice does not change a maximum */
            most = v_max(most, v_load(x + n - VL));
    });
    highest = v_reduce_max(most);
    for (size_t j = 0; n < VL && j < n; j++)
        highest = x[j] > highest ? x[j] : highest;
    top = v_set(highest);
    EACH_VECTOR(
        j, n,
        {
            vf e = v_exp(v_mul(v_sub(v_load(x + j), top), factor));
            v_store(x + j, e);
            sum = v_add(sum, e);
        },
        {
            v_store_part(x + j, v_exp(v_mul(v_sub(v_load_part(x + j, n - j), top), factor)), n - j);
            sum = v_add(sum, v_load_part(x + j, n - j));
        });
    total = v_reduce_add(sum);
    share = v_set(1.0f / total);
    EACH_VECTOR(j, n, v_store(x + j, v_mul(v_load(x + j), share)),
                v_store_part(x + j, v_mul(v_load_part(x + j, n - j), share), n - j));
}

/* `act` is a constant where this is inlined. */
static inline __attribute__((always_inline)) void epilogue_rows(const rw_activation act, float *c, size_t ldc,
                                                                const float *x, size_t ldx, const rw_epilogue *e,
                                                                size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++, c += ldc, x += ldx) {
        const float *residual = e->residual != NULL ? e->residual + i * e->ldr : NULL;

        EACH_VECTOR(
            j, n,
            {
                vf v = e->bias != NULL ? v_add(v_load(x + j), v_load(e->bias + j)) : v_load(x + j);
                v    = v_activate(v, act);
                v_store(c + j, residual != NULL ? v_add(v, v_load(residual + j)) : v);
            },
            {
                vf v = e->bias != NULL ? v_add(v_load_part(x + j, n - j), v_load_part(e->bias + j, n - j))
                                       : v_load_part(x + j, n - j);
                v    = v_activate(v, act);
                v_store_part(c + j, residual != NULL ? v_add(v, v_load_part(residual + j, n - j)) : v, n - j);
            });
    }
}

static void apply_epilogue(float *c, size_t ldc, const float *x, size_t ldx, const rw_epilogue *e, size_t rows, size_t n)
{
    switch (e->act) {
    case RW_ACT_NONE: epilogue_rows(RW_ACT_NONE, c, ldc, x, ldx, e, rows, n); return;
    case RW_ACT_GELU: epilogue_rows(RW_ACT_GELU, c, ldc, x, ldx, e, rows, n); return;
    case RW_ACT_QUICK_GELU: epilogue_rows(RW_ACT_QUICK_GELU, c, ldc, x, ldx, e, rows, n); return;
    case RW_ACT_RELU: epilogue_rows(RW_ACT_RELU, c, ldc, x, ldx, e, rows, n); return;
    case RW_ACT_GELU_TANH: epilogue_rows(RW_ACT_GELU_TANH, c, ldc, x, ldx, e, rows, n); return;
    }
}

static float dot(const float *a, const float *b, size_t n)
{
    vf sum = v_set(0.0f);

    EACH_VECTOR(j, n, sum = v_fma(v_load(a + j), v_load(b + j), sum),
                sum = v_fma(v_load_part(a + j, n - j), v_load_part(b + j, n - j), sum));
    return v_reduce_add(sum);
}

/* v_select_less() and not v_max(), which NaN leaves as it is on one machine and passes on on another. */
static void row_max(float *most, const float *x, size_t ldx, size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++, x += ldx) {
        vf top = v_set(most[i]), v;

        EACH_VECTOR(
            j, n,
            {
                v   = v_load(x + j);
                top = v_select_less(top, v, v, top);
            },
            {
                if (n >= VL) { /* the last whole vector, as in softmax */
                    v   = v_load(x + n - VL);
                    top = v_select_less(top, v, v, top);
                }
            });
        most[i] = v_reduce_max(top);
        for (size_t j = 0; n < VL && j < n; j++)
            most[i] = x[j] > most[i] ? x[j] : most[i];
    }
}

static void turn_pairs(float *x, const float *turns, size_t n)
{
    EACH_VECTOR(i, n, v_store(x + i, v_turn(v_load(x + i), v_load(turns + i))),
                v_store_part(x + i, v_turn(v_load_part(x + i, n - i), v_load_part(turns + i, n - i)), n - i));
}

/* VL x VL blocks in registers; a plain loop at the edges. */
static void transpose(float *out, size_t out_stride, const float *in, size_t in_stride, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i += VL)
        for (size_t j = 0; j < columns; j += VL) {
            size_t high = rows - i < VL ? rows - i : VL, wide = columns - j < VL ? columns - j : VL;

            if (high == VL && wide == VL) {
                vf square[VL];

#pragma GCC unroll 16
                for (size_t r = 0; r < VL; r++)
                    square[r] = v_load(in + (i + r) * in_stride + j);
                v_transpose(square);
#pragma GCC unroll 16
                for (size_t c = 0; c < VL; c++)
                    v_store(out + (j + c) * out_stride + i, square[c]);
            } else
                for (size_t r = i; r < i + high; r++)
                    for (size_t c = j; c < j + wide; c++)
                        out[c * out_stride + r] = in[r * in_stride + c];
        }
}

/* ---- Training ----------------------------------------------------------------------------------------------------- */

static void axpy(float *y, float a, const float *x, size_t n)
{
    vf factor = v_set(a);

    EACH_VECTOR(j, n, v_store(y + j, v_fma(factor, v_load(x + j), v_load(y + j))),
                v_store_part(y + j, v_fma(factor, v_load_part(x + j, n - j), v_load_part(y + j, n - j)), n - j));
}

static void multiply(float *x, const float *y, size_t n)
{
    EACH_VECTOR(j, n, v_store(x + j, v_mul(v_load(x + j), v_load(y + j))),
                v_store_part(x + j, v_mul(v_load_part(x + j, n - j), v_load_part(y + j, n - j)), n - j));
}

static inline vf v_activation_gradient(vf x, rw_activation act)
{
    vf one = v_set(1.0f), part;

    switch (act) {
    case RW_ACT_GELU: /* Phi(x) + x phi(x) */
        part = v_mul(v_mul(x, v_set(0.398942280401432678f)), v_exp(v_mul(v_mul(x, x), v_set(-0.5f))));
        return v_fma(v_set(0.5f), v_add(one, v_erf(v_mul(x, v_set(0.70710678118654752f)))), part);
    case RW_ACT_QUICK_GELU:
        part = v_div(one, v_add(one, v_exp(v_mul(x, v_set(-1.702f)))));
        return v_mul(part, v_fma(v_mul(x, v_set(1.702f)), v_sub(one, part), one));
    case RW_ACT_RELU: return v_select_less(v_set(0.0f), x, one, v_set(0.0f));
    case RW_ACT_GELU_TANH:
        part = v_tanh_gate(x);
        return v_fma(v_mul(v_mul(x, part), v_sub(one, part)),
                     v_fma(v_mul(x, x), v_set(3.0f * RW_GELU_TANH_A * RW_GELU_TANH_B), v_set(RW_GELU_TANH_A)), part);
    case RW_ACT_NONE: break;
    }
    return one;
}

static void activation_backward(float *d, const float *x, size_t n, rw_activation act)
{
    EACH_VECTOR(
        j, n, v_store(d + j, v_mul(v_load(d + j), v_activation_gradient(v_load(x + j), act))),
        v_store_part(d + j, v_mul(v_load_part(d + j, n - j), v_activation_gradient(v_load_part(x + j, n - j), act)), n - j));
}

static inline vf v_adamw(vf p, vf *m, vf *v, vf g, const rw_adamw_factors *f)
{
    *m = v_fma(v_set(f->beta1), *m, v_mul(v_set(1.0f - f->beta1), g));
    *v = v_fma(v_set(f->beta2), *v, v_mul(v_set(1.0f - f->beta2), v_mul(g, g)));
    return v_sub(v_mul(p, v_set(f->shrink)),
                 v_div(v_mul(v_set(f->rate), *m), v_fma(v_sqrt(*v), v_set(f->root), v_set(1e-8f))));
}

static void adamw(float *parameters, float *mean, float *square, const float *gradient, size_t n, const rw_adamw_factors *f)
{
    EACH_VECTOR(
        i, n,
        {
            vf m = v_load(mean + i);
            vf v = v_load(square + i);

            v_store(parameters + i, v_adamw(v_load(parameters + i), &m, &v, v_load(gradient + i), f));
            v_store(mean + i, m);
            v_store(square + i, v);
        },
        {
            vf m = v_load_part(mean + i, n - i);
            vf v = v_load_part(square + i, n - i);
            vf p = v_adamw(v_load_part(parameters + i, n - i), &m, &v, v_load_part(gradient + i, n - i), f);

            v_store_part(parameters + i, p, n - i);
            v_store_part(mean + i, m, n - i);
            v_store_part(square + i, v, n - i);
        });
}

/* ln x of a normal number > 0: x = m 2^e with m in sqrt(1/2)..sqrt(2), ln m = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.172; the
 * series to s^11 is exact to the last bits also near x = 1. */
static inline vf v_log(vf x)
{
    vf one = v_set(1.0f), half = v_set(0.5f), edge = v_set(1.41421356f), m = v_mantissa(x), e = v_exponent(x), s, square, p;

    e      = v_select_less(edge, m, v_add(e, one), e);
    m      = v_select_less(edge, m, v_mul(m, half), m);
    s      = v_div(v_sub(m, one), v_add(m, one));
    square = v_mul(s, s);
    p      = v_set(2.0f / 11.0f);
    p      = v_fma(p, square, v_set(2.0f / 9.0f));
    p      = v_fma(p, square, v_set(2.0f / 7.0f));
    p      = v_fma(p, square, v_set(2.0f / 5.0f));
    p      = v_fma(p, square, v_set(2.0f / 3.0f));
    p      = v_fma(v_mul(p, square), s, v_add(s, s));
    return v_fma(e, v_set(0.693147181f), p);
}

/* cos(2 pi v) = sin(2 pi q) with q = 1/4 - |v - round(v)|, which is exact; the sine's series to the 13th power, |2 pi q| <= pi / 2. */
static inline vf v_cos_2pi(vf v)
{
    vf w = v_sub(v, v_round(v)), q = v_sub(v_set(0.25f), v_max(w, v_sub(v_set(0.0f), w)));
    vf x = v_mul(q, v_set(6.28318530717958648f)), square = v_mul(x, x), p = v_set(1.0f / 6227020800.0f);

    p = v_fma(p, square, v_set(-1.0f / 39916800.0f));
    p = v_fma(p, square, v_set(1.0f / 362880.0f));
    p = v_fma(p, square, v_set(-1.0f / 5040.0f));
    p = v_fma(p, square, v_set(1.0f / 120.0f));
    p = v_fma(p, square, v_set(-1.0f / 6.0f));
    return v_fma(v_mul(p, square), x, x);
}

static inline vf v_box_muller(vf u, vf v)
{
    return v_mul(v_sqrt(v_max(v_mul(v_set(-2.0f), v_log(u)), v_set(0.0f))), v_cos_2pi(v));
}

static void box_muller(float *u, const float *v, size_t n)
{
    EACH_VECTOR(i, n, v_store(u + i, v_box_muller(v_load(u + i), v_load(v + i))),
                v_store_part(u + i, v_box_muller(v_load_part(u + i, n - i), v_load_part(v + i, n - i)), n - i));
}

const rw_kernels KERNEL_SET = {
    KERNEL_NAME,
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
    KERNEL_RESAMPLE_HORIZONTAL,
    KERNEL_RESAMPLE_VERTICAL,
};

/* kernels.h - what does each operation compute, with which shapes?                                rank 1: kernels
 *
 * All arrays are float32, row-major, and may be unaligned unless said.  `ref` (plain C) is the specification; every other
 * table computes the same within tests/tolerance.h.  Within one table a result never depends on the number of rows in a call,
 * on its position in the matrix, or on threads: each output element is summed over k in ascending order in one chain of
 * (fused) multiply-adds, and element-wise functions are the same in vector bodies and tails.
 *
 * Matrix product.  The right-hand matrix B [k, n] is packed once into panels of `nr` columns:
 *
 *     panel p, k rows of nr floats:  B[0][p*nr .. p*nr+nr-1]  B[1][p*nr ..]  ...      (columns beyond n are zero)
 *
 * Panels hold float32, or F16 or BF16 that a tile widens as it loads them: widening is exact, so a matrix whose values are 16-bit
 * numbers gives the same bytes either way.  A tile multiplies up to `mr` rows of A with one panel. */
#ifndef RW_KERNELS_H
#define RW_KERNELS_H

#include "base/pool.h"

#include <stdbool.h>

/* GELU is exact: x/2 (1 + erf(x/sqrt 2)); QUICK_GELU: x * sigmoid(1.702 x). */
typedef enum { RW_ACT_NONE = 0, RW_ACT_GELU, RW_ACT_QUICK_GELU, RW_ACT_RELU } rw_activation;

/* What will be read next.  A tile asks the cache for one line of it at each step through k, `stride` bytes further each time, so
 * that weights arrive from memory while others are multiplied; 0: there is nothing to fetch.  Changes no result. */
typedef struct {
    const char *at;
    size_t      stride;
} rw_ahead;

/* C tile [rows <= mr, nr panel, of which cols <= nr are stored] := A [rows, k; lda] * panel [k, nr], or, where there is more to a sum,
 * the chains of multiply-adds that C holds go on with these. */
typedef void (*rw_tile_fn)(float *c, size_t ldc, const float *a, size_t lda, const void *panel, size_t rows, size_t cols,
                           size_t k, bool more, rw_ahead ahead);

/* The end of a linear layer: act(x + bias) + residual. */
typedef struct {
    const float  *bias;     /* [columns], or NULL: none */
    const float  *residual; /* [rows, columns; ldr], or NULL: none */
    size_t        ldr;
    rw_activation act;
} rw_ending;

/* One step of AdamW: m += (1 - beta1) (g - m), v += (1 - beta2) (g^2 - v), both as beta m + (1 - beta) g; then
 * p = p * shrink - rate * m / (sqrt(v) * root + 1e-8), with the corrections of the bias in `rate` and `root`. */
typedef struct {
    float shrink, beta1, beta2, rate, root;
} rw_adamw_factors;

/* Resampling of 8-bit RGB in integers.  Output i is the sum over inputs first[i] + j, 0 <= j < count[i], of input times
 * (high[i * taps + j] * 2^11 + low[i * taps + j]) / 2^22, rounded and held in 0..255; taps is a multiple of 4, at least the largest
 * count rounded up, and weights beyond a count are zero.  The same bits from every table. */
#define RW_RESAMPLE_BITS  22
#define RW_RESAMPLE_SPLIT 11
#define RW_RESAMPLE_HALF  (1 << (RW_RESAMPLE_BITS - 1))
typedef struct {
    int32_t *first, *count;
    int16_t *high, *low; /* [outputs, taps] */
    size_t   taps;
} rw_resample;

typedef struct rw_kernels {
    const char *name; /* "ref", "avx2", "avx512", "neon" */
    size_t      mr, nr;
    rw_tile_fn  tile, tile_f16, tile_bf16; /* by what the panel stores */

    /* out [rows, n] = (x - mean) / sqrt(biased variance + 1e-5) * gain [n] + bias [n], a row at a time; out may be x. */
    void (*layer_norm)(float *out, const float *x, const float *gain, const float *bias, size_t rows, size_t n);

    /* x [n] := softmax(scale * x); stable (the maximum is subtracted); n >= 1. */
    void (*softmax)(float *x, size_t n, float scale);

    /* c [rows, n; ldc] := the ending of x [rows, n; ldx].  c may be x or the residual. */
    void (*finish)(float *c, size_t ldc, const float *x, size_t ldx, const rw_ending *ending, size_t rows, size_t n);

    float (*dot)(const float *a, const float *b, size_t n);

    /* out [columns, rows; out_stride] := in [rows, columns; in_stride] transposed; they may not overlap. */
    void (*turn)(float *out, size_t out_stride, const float *in, size_t in_stride, size_t rows, size_t columns);

    /* Training: y [n] += a * x [n]; x [n] *= y [n]; d [n] *= act'(x) [n], the chain rule (ReLU's slope at 0 is 0). */
    void (*add_scaled)(float *y, float a, const float *x, size_t n);
    void (*multiply)(float *x, const float *y, size_t n);
    void (*multiply_slope)(float *d, const float *x, size_t n, rw_activation act);
    void (*adamw)(float *parameters, float *mean, float *square, const float *gradient, size_t n,
                  const rw_adamw_factors *factors);

    /* u [n] := sqrt(-2 ln u) cos(2 pi v [n]), u in 2^-24..1, v in 0..1: normal numbers of uniform ones (Box and Muller). */
    void (*normal)(float *u, const float *v, size_t n);

    /* out [rows, out_stride] := `columns` pixels a row from in [rows, in_stride].  May read each row of `in` up to byte
     * 3 * (first + count rounded up to 4) + 4, and may write one byte behind each row of `out`. */
    void (*resample_across)(uint8_t *out, size_t out_stride, const uint8_t *in, size_t in_stride, size_t rows,
                            size_t columns, const rw_resample *resample);

    /* out [bytes] := output row `row` from the rows of in. */
    void (*resample_down)(uint8_t *out, const uint8_t *in, size_t in_stride, size_t bytes, const rw_resample *resample,
                          size_t row);
} rw_kernels;

/* The table for `cpu`.  RWDA_EUNSUPPORTED when this machine or this build lacks it; AUTO always succeeds.
 * Detection asks CPU and operating system (are the wide registers saved?).  $RWDA_CPU is not read here: programs do that. */
rwda_status rw_kernels_find(const rw_kernels **out, rwda_cpu cpu, rwda_error *err);

#define RW_PRECISION_LAST RWDA_PRECISION_INT8 /* of the enumeration */

/* A packed right-hand matrix B [k, n] for one table. */
typedef struct {
    rwda_precision kind;   /* what its panels store; never AUTO */
    size_t         n, k;   /* columns, rows */
    const void    *panels; /* aligned to RW_ALIGNMENT */
    const float   *scales; /* INT8 (int8.h): of each column, [n] and zeros to whole panels; else NULL */
    const int32_t *sums;   /* INT8: each column's sum of integers, likewise */
} rw_matrix;

/* Bytes that the packed form of B [k, n] takes; false: more than fits size_t, or k too large for INT8. */
bool rw_matrix_bytes(size_t *bytes, rwda_precision kind, const rw_kernels *kernels, size_t n, size_t k);

/* B with B[i][j] = b[i * stride_k + j * stride_n], 0 <= i < k, 0 <= j < n, packed into `memory` of rw_matrix_bytes(), aligned to
 * RW_ALIGNMENT.  F16 and BF16 are rounded to nearest, ties to even. A PyTorch Linear weight W [n, k] (y = x W^T) has stride_k = 1,
 * stride_n = k. */
rw_matrix rw_matrix_pack(void *memory, rwda_precision kind, const rw_kernels *kernels, const float *b, size_t n, size_t k,
                         size_t stride_n, size_t stride_k);

/* What such a call returned before, of memory that it filled. */
rw_matrix rw_matrix_at(const void *memory, rwda_precision kind, size_t n, size_t k);

/* *out = columns first .. first + count - 1 of `b`, which was packed for the same table, in b's own memory.  False, and *out is untouched:
 * they are not all there, or `first` is in the middle of a panel (nr columns; of INT8 32).  Behind the last column its panel may go on with
 * b's next ones instead of zeros; a product stores none of them. */
bool rw_matrix_columns(rw_matrix *out, const rw_matrix *b, const rw_kernels *kernels, size_t first, size_t count);

/* The same in float32, for matrices that are made on the spot: size in floats, packing, and what rw_gemm() takes. */
bool rw_packed_size(size_t *floats, const rw_kernels *kernels, size_t n, size_t k);
void rw_pack(float *packed, const rw_kernels *kernels, const float *b, size_t n, size_t k, size_t stride_n, size_t stride_k);
rw_matrix rw_matrix_f32(const float *packed, size_t n, size_t k);

/* C [m, n; ldc] = the ending of A [m, k; lda] * B. */
typedef struct {
    float       *c;
    size_t       ldc;
    const float *a;
    size_t       lda;
    rw_matrix    b; /* packed for the same table */
    size_t       m;
    rw_ending    ending;  /* its residual may be c itself (x += ...): read before it is written */
    void        *scratch; /* rw_gemm_scratch() bytes, aligned to RW_ALIGNMENT; NULL where that is 0 */
} rw_gemm_args;

/* Bytes that a product of m rows with B needs beside its result: 0, but for INT8, whose rows of A become integers first. */
bool rw_gemm_scratch(size_t *bytes, const rw_matrix *b, size_t m);

/* Splits rows and panels over the pool (NULL: the caller alone), never k: an element is one chain of multiply-adds.  Takes 72 KB of stack. */
void rw_gemm(const rw_gemm_args *args, const rw_kernels *kernels, rw_pool *pool);

/* Bytes of a number kept as F32, F16 or BF16. */
static inline size_t rw_number_bytes(rwda_precision kind)
{
    return kind == RWDA_PRECISION_F32 ? sizeof(float) : sizeof(uint16_t);
}

/* Conversions, exact: n values from little-endian halves at `from` (may be unaligned). */
void rw_f32_from_f16(float *out, const void *from, size_t n);
void rw_f32_from_bf16(float *out, const void *from, size_t n);
/* The same by kind: F32 (copied), F16 or BF16. */
void rw_widen(float *out, rwda_precision kind, const void *from, size_t n);
void rw_narrow(void *out, rwda_precision kind, const float *from, size_t n);

/* Rounded to nearest, ties to even; what is beyond F16's 65,504 becomes infinite. */
uint16_t rw_f16_from_f32(float value);
uint16_t rw_bf16_from_f32(float value);

#endif

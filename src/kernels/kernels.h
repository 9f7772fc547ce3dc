/* kernels.h - compute kernels: matrix product (GEMM), layer operations, image resampling          rank 1: kernels
 *
 * A kernel set is a struct of function pointers, one set for each instruction set.  Arrays are float32, row-major, and may be
 * unaligned unless stated.  `ref` (plain C) is the specification; every other set computes the same within tests/tolerance.h.
 * Within one set a result never depends on the number of rows in a call, on its position in the matrix, or on threads: each
 * output element is summed over k in ascending order in one chain of (fused) multiply-adds, and element-wise functions are the
 * same in vector bodies and tails.
 *
 * Matrix product.  The right-hand matrix B [k, n] is packed once into panels of `nr` columns:
 *
 *     panel p, k rows of nr floats:  B[0][p*nr .. p*nr+nr-1]  B[1][p*nr ..]  ...      (columns beyond n are zero)
 *
 * Panels hold float32, or F16 or BF16 that a tile widens as it loads them: widening is exact, so a matrix whose values are 16-bit
 * numbers gives the same bytes either way.  A tile multiplies up to `mr` rows of A with one panel. */
#ifndef RW_KERNELS_H
#define RW_KERNELS_H

#include "base/thread_pool.h"

#include <stdbool.h>

/* The vectorised sets of this build: its machine's, or none (CMake's RWDA_CPU=ref). */
#if defined(__x86_64__) && !defined(RWDA_REF_ALONE)
#define RW_SETS_X86 1
#define RW_SETS_ARM 0
#elif defined(__aarch64__) && !defined(RWDA_REF_ALONE)
#define RW_SETS_X86 0
#define RW_SETS_ARM 1
#else
#define RW_SETS_X86 0
#define RW_SETS_ARM 0
#endif

/* GELU is exact: x/2 (1 + erf(x/sqrt 2)); QUICK_GELU: x * sigmoid(1.702 x); GELU_TANH: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), which
 * is x * sigmoid of twice that. */
typedef enum { RW_ACT_NONE = 0, RW_ACT_GELU, RW_ACT_QUICK_GELU, RW_ACT_RELU, RW_ACT_GELU_TANH } rw_activation;

#define RW_ACT_LAST    RW_ACT_GELU_TANH     /* last enumerator */
#define RW_GELU_TANH_A 1.59576912160573071f /* 2 sqrt(2/pi): GELU_TANH(x) = x sigmoid(A (x + B x^3)) */
#define RW_GELU_TANH_B 0.044715f

/* Software prefetch of the panel that is multiplied next: at each step through k a tile prefetches the cache line at `at`, which advances
 * by `stride` bytes; 0: nothing to prefetch. */
typedef struct {
    const char *at;
    size_t      stride;
} rw_prefetch;

/* C tile [rows <= mr, nr panel, of which cols <= nr are stored] := A [rows, k; lda] * panel [k, nr]; with `accumulate`, C += instead,
 * continuing the chains of multiply-adds that C holds. */
typedef void (*rw_tile_fn)(float *c, size_t ldc, const float *a, size_t lda, const void *panel, size_t rows, size_t cols,
                           size_t k, bool accumulate, rw_prefetch prefetch);

/* GEMM epilogue: act(x + bias) + residual. */
typedef struct {
    const float  *bias;     /* [columns], or NULL: none */
    const float  *residual; /* [rows, columns; ldr], or NULL: none */
    size_t        ldr;
    rw_activation act;
} rw_epilogue;

/* One step of AdamW: m += (1 - beta1) (g - m), v += (1 - beta2) (g^2 - v), both as beta m + (1 - beta) g; then
 * p = p * shrink - rate * m / (sqrt(v) * root + 1e-8), `rate` and `root` including the bias corrections. */
typedef struct {
    float shrink, beta1, beta2, rate, root;
} rw_adamw_factors;

/* Resampling of 8-bit RGB in integers.  Output i is the sum over inputs first[i] + j, 0 <= j < count[i], of input times
 * (high[i * taps + j] * 2^11 + low[i * taps + j]) / 2^22, rounded and clamped to 0..255; taps is a multiple of 4, at least the largest
 * count rounded up, and weights beyond a count are zero.  Bit-identical in every kernel set. */
/* Pillow's filters: Keys' bicubic kernel (a = -0.5) and the triangle. */
typedef enum { RW_FILTER_BICUBIC = 0, RW_FILTER_BILINEAR } rw_filter;

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

    /* out [rows, n] = (x - mean) / sqrt(biased variance + eps) * gain [n] + bias [n], a row at a time; out may be x. */
    void (*layer_norm)(float *out, const float *x, const float *gain, const float *bias, size_t rows, size_t n, float eps);

    /* x [n] := softmax(scale * x); stable (the maximum is subtracted); n >= 1. */
    void (*softmax)(float *x, size_t n, float scale);

    /* c [rows, n; ldc] := act(x [rows, n; ldx] + bias) + residual.  c may be x or the residual. */
    void (*apply_epilogue)(float *c, size_t ldc, const float *x, size_t ldx, const rw_epilogue *epilogue, size_t rows,
                           size_t n);

    float (*dot)(const float *a, const float *b, size_t n);

    /* most [rows], no NaN: each := the largest of itself and its row of x [rows, n; ldx]; what is NaN in x is passed over. */
    void (*row_max)(float *most, const float *x, size_t ldx, size_t rows, size_t n);

    /* Each pair (a, b) of x [n] := (a c - b s, b c + a s), c and s its pair of turns [n]; n is even. */
    void (*turn_pairs)(float *x, const float *turns, size_t n);

    /* out [columns, rows; out_stride] := in [rows, columns; in_stride] transposed; no overlap. */
    void (*transpose)(float *out, size_t out_stride, const float *in, size_t in_stride, size_t rows, size_t columns);

    /* Training: y [n] += a * x [n]; x [n] *= y [n]; d [n] *= act'(x) [n], the backward pass of the activation (ReLU'(0) = 0). */
    void (*axpy)(float *y, float a, const float *x, size_t n);
    void (*multiply)(float *x, const float *y, size_t n);
    void (*activation_backward)(float *d, const float *x, size_t n, rw_activation act);
    void (*adamw)(float *parameters, float *mean, float *square, const float *gradient, size_t n,
                  const rw_adamw_factors *factors);

    /* Box-Muller transform: u [n] := sqrt(-2 ln u) cos(2 pi v [n]), u in 2^-24..1, v in 0..1. */
    void (*box_muller)(float *u, const float *v, size_t n);

    /* out [rows, out_stride] := `columns` pixels a row from in [rows, in_stride].  May read each row of `in` up to byte
     * 3 * (first + count rounded up to 4) + 4, and may write one byte past each row of `out`. */
    void (*resample_horizontal)(uint8_t *out, size_t out_stride, const uint8_t *in, size_t in_stride, size_t rows,
                                size_t columns, const rw_resample *resample);

    /* out [bytes] := output row `row` from the rows of in. */
    void (*resample_vertical)(uint8_t *out, const uint8_t *in, size_t in_stride, size_t bytes, const rw_resample *resample,
                              size_t row);
} rw_kernels;

/* The kernel set for `cpu`.  RWDA_EUNSUPPORTED when this machine or build lacks it; AUTO always succeeds.  Detection covers
 * CPUID and the operating system's saving of wide registers.  $RWDA_CPU is not read here: programs do that. */
rwda_status rw_kernels_find(const rw_kernels **out, rwda_cpu cpu, rwda_error *err);

#define RW_PRECISION_LAST RWDA_PRECISION_INT8 /* last enumerator */

/* Right-hand matrix B [k, n], packed for one kernel set. */
typedef struct {
    rwda_precision dtype;  /* of the panels; never AUTO */
    size_t         n, k;   /* columns, rows */
    const void    *panels; /* aligned to RW_ALIGNMENT, on Windows perhaps to 16 */
    const float   *scales; /* INT8 (int8.h): of each column, [n] and zeros to whole panels; else NULL */
    const int32_t *sums;   /* INT8: each column's sum of integers, likewise */
} rw_matrix;

/* Bytes that the packed form of B [k, n] takes; false: more than fits size_t, or k too large for INT8. */
bool rw_matrix_bytes(size_t *bytes, rwda_precision dtype, const rw_kernels *kernels, size_t n, size_t k);

/* B with B[i][j] = b[i * stride_k + j * stride_n], 0 <= i < k, 0 <= j < n, packed into `memory` of rw_matrix_bytes(), best aligned to
 * RW_ALIGNMENT.  F16 and BF16 are rounded to nearest, ties to even. A PyTorch Linear weight W [n, k] (y = x W^T) has stride_k = 1,
 * stride_n = k. */
rw_matrix rw_matrix_pack(void *memory, rwda_precision dtype, const rw_kernels *kernels, const float *b, size_t n, size_t k,
                         size_t stride_n, size_t stride_k);

/* The same piece by piece: columns first .. first + count - 1 of a matrix of rw_matrix_at() in zeroed memory, from rows [count, k] that
 * become columns.  `first` and all counts but the last are multiples of RW_PACK_ROWS. */
#define RW_PACK_ROWS 96 /* a multiple of every panel's columns: 12 (NEON), 16, 32, 48 */
void rw_matrix_pack_rows(const rw_matrix *to, const rw_kernels *kernels, const float *rows, size_t first, size_t count);

/* The matrix in memory that rw_matrix_pack() filled earlier. */
rw_matrix rw_matrix_at(const void *memory, rwda_precision dtype, size_t n, size_t k);

/* *out = a view of columns first .. first + count - 1 of `b`, packed for the same kernel set.  False, *out untouched: out of range, or
 * `first` is inside a panel (nr columns; INT8: 32).  Past its last column the view's panel may hold b's next columns instead of zeros; a
 * product stores none of them. */
bool rw_matrix_columns(rw_matrix *out, const rw_matrix *b, const rw_kernels *kernels, size_t first, size_t count);

/* The same in float32, for matrices packed at run time: size in floats, packing, matrix. */
bool rw_packed_size(size_t *floats, const rw_kernels *kernels, size_t n, size_t k);
void rw_pack(float *packed, const rw_kernels *kernels, const float *b, size_t n, size_t k, size_t stride_n, size_t stride_k);
rw_matrix rw_matrix_f32(const float *packed, size_t n, size_t k);

/* C [m, n; ldc] = epilogue(A [m, k; lda] * B). */
typedef struct {
    float       *c;
    size_t       ldc;
    const float *a;
    size_t       lda;
    rw_matrix    b; /* packed for the same kernel set */
    size_t       m;
    rw_epilogue  epilogue; /* its residual may be c itself: x += ... */
    void        *scratch;  /* rw_gemm_scratch() bytes, aligned to RW_ALIGNMENT; NULL where that is 0 */
} rw_gemm_args;

/* Scratch bytes of a product of m rows with B: 0, except for INT8, which quantises the rows of A first. */
bool rw_gemm_scratch(size_t *bytes, const rw_matrix *b, size_t m);

/* Splits rows and panels over the pool (NULL: the caller alone), never k.  Takes 72 KB of stack. */
void rw_gemm(const rw_gemm_args *args, const rw_kernels *kernels, rw_thread_pool *pool);

/* Bytes of an F32, F16 or BF16 element. */
static inline size_t rw_element_bytes(rwda_precision dtype)
{
    return dtype == RWDA_PRECISION_F32 ? sizeof(float) : sizeof(uint16_t);
}

/* Exact conversions of n little-endian 16-bit values at `from` (may be unaligned). */
void rw_f32_from_f16(float *out, const void *from, size_t n);
void rw_f32_from_bf16(float *out, const void *from, size_t n);
/* To and from float32 by dtype: F32 (copied), F16 or BF16. */
void rw_widen(float *out, rwda_precision dtype, const void *from, size_t n);
void rw_narrow(void *out, rwda_precision dtype, const float *from, size_t n);

/* Rounded to nearest, ties to even; beyond F16's 65,504: infinity. */
uint16_t rw_f16_from_f32(float value);
uint16_t rw_bf16_from_f32(float value);

#endif

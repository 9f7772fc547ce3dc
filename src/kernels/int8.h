/* int8.h - INT8 quantisation and matrix product, bit-identical in every kernel set                rank 1: kernels
 *
 *   weights      column j of B [k, n]: q = round(b / s_j), s_j = max |b| / 127                       -127..127
 *   activations  row i of A [m, k]:    u = round(a / s_i) + z_i, s_i = (hi - lo) / 255, z_i = round(-lo / s_i)   0..255,
 *                with lo = min(0, a), hi = max(0, a) over the row: row by row, when the product is computed (dynamic quantisation)
 *   product      C[i][j] = (sum_k u q - z_i sum_k q) * (s_i * s_j)
 *
 * The sum is exact in 32 bits for k <= RW_INT8_K_MAX, and the float operations are the same, in the same order, in every set.
 * The layout of packed weights is the same too: a panel of 32 columns is
 *
 *     rows 0..3 of column 0, rows 0..3 of column 1, ... column 31, rows 4..7 of column 0, ...       (beyond n and k: zero)
 *
 * A row with an infinity has an infinite scale, so its results are not finite; a NaN is quantised as 0. */
#ifndef RW_INT8_H
#define RW_INT8_H

#include "kernels/kernels.h"

#define RW_INT8_COLUMNS   32
#define RW_INT8_K_MAX     66048  /* 255 * 127 * k < 2^31 */
#define RW_INT8_RANGE_MIN 1e-30f /* a row or column of a smaller range is quantised to zero */

/* Quantised rows of A.  Bytes of a row beyond k are arbitrary: the weights there are zero. */
typedef struct {
    uint8_t *values; /* [m, pitch] */
    float   *scales; /* [m] */
    int32_t *zeros;  /* [m] */
    size_t   pitch;  /* bytes from row to row, a multiple of RW_ALIGNMENT */
} rw_int8_rows;

typedef struct {
    const char *name; /* "ref", "avx2", "avxvnni", "avx512vnni" */
    size_t      mr;

    /* Row `row` of `out` := x [k], quantised. */
    void (*quantise)(const rw_int8_rows *out, size_t row, const float *x, size_t k);

    /* c [rows <= mr, 32] = rows of A from `row` on, times the panel of B that starts at column `column`; four values of k a step. */
    void (*tile)(float *c, const rw_int8_rows *a, size_t row, size_t rows, const rw_matrix *b, size_t column,
                 rw_prefetch prefetch);
} rw_int8_kernels;

extern const rw_int8_kernels rw_int8_ref;
#if RW_SETS_X86
extern const rw_int8_kernels rw_int8_avx2, rw_int8_avxvnni, rw_int8_avx512vnni;
#endif

/* The fastest INT8 kernels of this machine that go with `kernels`. */
const rw_int8_kernels *rw_int8_find(const rw_kernels *kernels);

/* What RWDA_PRECISION_AUTO means with this kernel set: INT8 where the CPU has instructions for byte products (VNNI). */
rwda_precision rw_precision_default(const rw_kernels *kernels);

/* Range of a row -> scale and zero point; returns 1 / scale, or 0.  Shared by all sets. */
static inline float rw_int8_range(float *scale, float *zero, float lowest, float highest)
{
    float range = highest - lowest, factor;

    *scale = 0.0f;
    *zero  = 0.0f;
    if (!(range > RW_INT8_RANGE_MIN))
        return 0.0f;
    factor = 255.0f / range;
    *scale = range / 255.0f;
    *zero  = __builtin_rintf(-lowest * factor);
    *zero  = *zero > 0.0f ? *zero : 0.0f;
    *zero  = *zero < 255.0f ? *zero : 255.0f;
    return factor;
}

static inline size_t rw_int8_groups(size_t k) /* of four rows of B */
{
    return k / 4 + (k % 4 != 0);
}

#endif

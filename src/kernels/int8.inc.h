/* int8.inc.h - the same product of 8-bit integers on vectors, written once?                       rank 1: kernels
 *
 * Included after: VL (32-bit lanes), MR and NV (rows and vectors of a tile), vf and vi (vectors of floats and of integers);
 * f_load, f_load_part (the first n < VL lanes, others 0), f_store, f_set, f_mul, f_add, f_max, f_min (a when a < b, else b, as for
 * f_max), f_round, f_lowest, f_highest (over lanes), f_bytes (stores lanes as VL bytes); i_load, i_store, i_set, i_mul, i_sub, i_float,
 * i_dot4 (each lane: sum + four products of unsigned and signed bytes, exactly); INT8_TABLE, INT8_NAME. */
#include <string.h>

static void quantise(const rw_int8_rows *out, size_t row, const float *x, size_t k)
{
    uint8_t *values = out->values + row * out->pitch;
    vf       lowest = f_set(0.0f), highest = f_set(0.0f), none = f_set(0.0f), most = f_set(255.0f), by, from;
    float    zero, factor;
    size_t   p = 0;

    for (; p + VL <= k; p += VL) {
        lowest  = f_min(f_load(x + p), lowest);
        highest = f_max(f_load(x + p), highest);
    }
    if (p < k) { /* lanes beyond k are 0, which changes neither */
        lowest  = f_min(f_load_part(x + p, k - p), lowest);
        highest = f_max(f_load_part(x + p, k - p), highest);
    }
    factor          = rw_int8_range(&out->scales[row], &zero, f_lowest(lowest), f_highest(highest));
    out->zeros[row] = (int32_t)zero;
    by              = f_set(factor);
    from            = f_set(zero);
    for (p = 0; p < k; p += VL) { /* the pitch leaves room for a whole vector */
        vf v = k - p >= VL ? f_load(x + p) : f_load_part(x + p, k - p);

        f_bytes(values + p, f_min(f_max(f_add(f_round(f_mul(v, by)), from), none), most));
    }
}

/* The sums alone, as integers in the place of c's floats.  `rows` is a constant where this is inlined and nothing but sums is in
 * sight: the accumulators then live in registers. */
static inline __attribute__((always_inline)) void tile_rows(const size_t rows, float *c, const uint8_t *values, size_t pitch,
                                                            const int8_t *panel, size_t groups, rw_ahead ahead)
{
    vi sum[MR][NV];

#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (size_t v = 0; v < NV; v++)
            sum[i][v] = i_set(0);
    for (size_t g = 0; g < groups; g++, panel += 4 * RW_INT8_COLUMNS, values += 4, ahead.at += ahead.stride) {
        vi weights[NV];

        __builtin_prefetch(ahead.at, 0, 2);
#pragma GCC unroll 4
        for (size_t v = 0; v < NV; v++)
            weights[v] = i_load(panel + v * 4 * VL);
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++) {
            int32_t four;
            vi      left;

            memcpy(&four, values + i * pitch, sizeof four);
            left = i_set(four);
#pragma GCC unroll 4
            for (size_t v = 0; v < NV; v++)
                sum[i][v] = i_dot4(sum[i][v], left, weights[v]);
        }
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (size_t v = 0; v < NV; v++)
            i_store(c + i * RW_INT8_COLUMNS + v * VL, sum[i][v]);
}

/* c [rows, 32]: sums -> floats, in place. */
static void scale_sums(float *c, const rw_int8_rows *a, size_t row, size_t rows, const rw_matrix *b, size_t column)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < RW_INT8_COLUMNS; j += VL, c += VL) {
            vi shift = i_mul(i_set(a->zeros[row + i]), i_load(b->sums + column + j));
            vf scale = f_mul(f_set(a->scales[row + i]), f_load(b->scales + column + j));

            f_store(c, f_mul(i_float(i_sub(i_load(c), shift)), scale));
        }
}

#define ROWS(r)                                                                                                             \
    case r:                                                                                                                 \
        if (r <= MR)                                                                                                        \
            tile_rows(r <= MR ? r : 1, c + at, values, a->pitch, panel + 4 * at, groups, ahead);                            \
        break;

static void tile(float *c, const rw_int8_rows *a, size_t row, size_t rows, const rw_matrix *b, size_t column, rw_ahead ahead)
{
    size_t         groups = rw_int8_groups(b->k);
    const int8_t  *panel  = (const int8_t *)b->panels + column * groups * 4;
    const uint8_t *values = a->values + row * a->pitch;

    for (size_t at = 0; at < RW_INT8_COLUMNS; at += NV * VL)
        switch (rows) {
            ROWS(1)
            ROWS(2)
            ROWS(3)
            ROWS(4)
            ROWS(5)
            ROWS(6)
            ROWS(7)
            ROWS(8)
            ROWS(9)
            ROWS(10)
            ROWS(11)
            ROWS(12)
            ROWS(13)
            ROWS(14)
        default: break;
        }
    scale_sums(c, a, row, rows, b, column);
}

const rw_int8_kernels INT8_TABLE = { INT8_NAME, MR, quantise, tile };

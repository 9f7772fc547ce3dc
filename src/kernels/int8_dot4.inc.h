/* int8_dot4.inc.h - INT8 tile product with a four-byte dot product instruction (VNNI)             rank 1: kernels
 *
 * Included before int8.inc.h, after its operations, i_dot4 (each lane: sum + four exact products of unsigned and signed bytes), and
 * MR and NV (rows and vectors of a tile). */
#include <string.h>

/* `rows` is a constant where this is inlined, so the accumulators stay in registers. */
static inline __attribute__((always_inline)) void tile_rows(const size_t rows, float *c, const uint8_t *values, size_t pitch,
                                                            const int8_t *panel, size_t groups, rw_prefetch prefetch)
{
    vi sum[MR][NV];

#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (size_t v = 0; v < NV; v++)
            sum[i][v] = i_set(0);
    for (size_t g = 0; g < groups; g++, panel += 4 * RW_INT8_COLUMNS, values += 4, prefetch.at += prefetch.stride) {
        vi weights[NV];

        __builtin_prefetch(prefetch.at, 0, 2);
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

#define ROWS(r)                                                                                                             \
    case r:                                                                                                                 \
        if (r <= MR)                                                                                                        \
            tile_rows(r <= MR ? r : 1, c + at, values, pitch, panel + 4 * at, groups, prefetch);                            \
        break;

static void sum_products(float *c, const uint8_t *values, size_t pitch, size_t rows, const int8_t *panel, size_t groups,
                         rw_prefetch prefetch)
{
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
}

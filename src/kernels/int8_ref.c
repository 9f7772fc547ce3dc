/* int8_ref.c - reference INT8 kernels in plain C: the bit-exact specification of the others */
#include "kernels/int8.h"

#include <math.h>

static void quantise(const rw_int8_rows *out, size_t row, const float *x, size_t k)
{
    uint8_t *values = out->values + row * out->pitch;
    float    lowest = 0.0f, highest = 0.0f, zero, factor;

    for (size_t p = 0; p < k; p++) {
        lowest  = x[p] < lowest ? x[p] : lowest;
        highest = x[p] > highest ? x[p] : highest;
    }
    factor          = rw_int8_range(&out->scales[row], &zero, lowest, highest);
    out->zeros[row] = (int32_t)zero;
    for (size_t p = 0; p < k; p++) {
        float v = rintf(x[p] * factor) + zero;

        v         = v > 0.0f ? v : 0.0f; /* NaN: 0 */
        v         = v < 255.0f ? v : 255.0f;
        values[p] = (uint8_t)v;
    }
    for (size_t p = k; p < 4 * rw_int8_groups(k); p++)
        values[p] = 0;
}

static void tile(float *c, const rw_int8_rows *a, size_t row, size_t rows, const rw_matrix *b, size_t column,
                 rw_prefetch prefetch)
{
    size_t        groups = rw_int8_groups(b->k);
    const int8_t *panel  = (const int8_t *)b->panels + column * groups * 4;

    (void)prefetch;
    for (size_t i = 0; i < rows; i++) {
        const uint8_t *values = a->values + (row + i) * a->pitch;

        for (size_t j = 0; j < RW_INT8_COLUMNS; j++) {
            int32_t sum = 0;

            for (size_t p = 0; p < 4 * groups; p++)
                sum += values[p] * panel[p / 4 * 4 * RW_INT8_COLUMNS + 4 * j + p % 4];
            sum -= a->zeros[row + i] * b->sums[column + j];
            c[i * RW_INT8_COLUMNS + j] = (float)sum * (a->scales[row + i] * b->scales[column + j]);
        }
    }
}

const rw_int8_kernels rw_int8_ref = { "ref", 4, quantise, tile };

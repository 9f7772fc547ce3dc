/* resample.c - reference kernels of image resampling: the specification of the vectorised ones */
#include "kernels/kernel_sets.h"

static uint8_t to_pixel(int32_t sum)
{
    int32_t value = sum >> RW_RESAMPLE_BITS;

    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static int32_t weight(const rw_resample *r, size_t i, size_t j)
{
    return r->high[i * r->taps + j] * (1 << RW_RESAMPLE_SPLIT) + r->low[i * r->taps + j];
}

void rw_resample_horizontal_ref(uint8_t *out, size_t out_stride, const uint8_t *in, size_t in_stride, size_t rows,
                                size_t columns, const rw_resample *r)
{
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < columns; x++) {
            const uint8_t *from   = in + y * in_stride + 3 * (size_t)r->first[x];
            int32_t        sum[3] = { RW_RESAMPLE_HALF, RW_RESAMPLE_HALF, RW_RESAMPLE_HALF };

            for (size_t j = 0; j < (size_t)r->count[x]; j++)
                for (size_t c = 0; c < 3; c++)
                    sum[c] += from[3 * j + c] * weight(r, x, j);
            for (size_t c = 0; c < 3; c++)
                out[y * out_stride + 3 * x + c] = to_pixel(sum[c]);
        }
}

void rw_resample_vertical_ref(uint8_t *out, const uint8_t *in, size_t in_stride, size_t bytes, const rw_resample *r,
                              size_t row)
{
    for (size_t i = 0; i < bytes; i++) {
        int32_t sum = RW_RESAMPLE_HALF;

        for (size_t j = 0; j < (size_t)r->count[row]; j++)
            sum += in[((size_t)r->first[row] + j) * in_stride + i] * weight(r, row, j);
        out[i] = to_pixel(sum);
    }
}

/* resize.c - how does Pillow's bicubic resize, exactly?
 *
 * Written from the description of Pillow's src/libImaging/Resample.c in 8-bit mode: a horizontal pass into 8-bit pixels, then a
 * vertical one; weights in fixed point with 22 fractional bits; a pass whose size does not change is left out. */
#include "image/resize.h"

#include "base/cubic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PRECISION 22 /* fractional bits: 32 - 8 for a pixel - 2 for the kernel's overshoot */

/* For output i: inputs first[i] .. first[i] + count[i] - 1 with weights[i * widest ..]. */
typedef struct {
    int     *first, *count;
    int32_t *weights;
    int      widest;
} kernel_table;

static void table_free(kernel_table *t)
{
    free(t->first);
    free(t->count);
    free(t->weights);
}

static bool table_new(kernel_table *t, int in, int out)
{
    double  scale = (double)in / out, spread = scale > 1.0 ? scale : 1.0, support = 2.0 * spread;
    double *row;

    t->widest  = (int)ceil(support) * 2 + 1;
    t->first   = rw_new_array((size_t)out, sizeof *t->first);
    t->count   = rw_new_array((size_t)out, sizeof *t->count);
    t->weights = rw_new_array((size_t)out, (size_t)t->widest * sizeof *t->weights);
    row        = rw_new_array((size_t)t->widest, sizeof *row);
    if (t->first == NULL || t->count == NULL || t->weights == NULL || row == NULL) {
        free(row);
        return false;
    }
    for (int i = 0; i < out; i++) {
        double centre = (i + 0.5) * scale, sum = 0.0;
        int    first = (int)(centre - support + 0.5), last = (int)(centre + support + 0.5);

        first = first < 0 ? 0 : first;
        last  = last > in ? in : last;
        for (int j = 0; j < last - first; j++) {
            row[j] = rw_cubic((j + first - centre + 0.5) * (1.0 / spread));
            sum += row[j];
        }
        t->first[i] = first;
        t->count[i] = last - first;
        for (int j = 0; j < last - first; j++) {
            double weight = sum != 0.0 ? row[j] * (1.0 / sum) : row[j];
            double fixed  = weight * (1 << PRECISION);

            t->weights[i * t->widest + j] = (int32_t)(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
        }
    }
    free(row);
    return true;
}

static uint8_t to_pixel(int32_t sum)
{
    int32_t value = sum >> PRECISION;

    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void resize_rows(uint8_t *out, int out_width, const uint8_t *in, size_t in_stride, int rows, const kernel_table *t)
{
    for (int y = 0; y < rows; y++, in += in_stride)
        for (int x = 0; x < out_width; x++, out += 3) {
            const uint8_t *from    = in + 3 * (size_t)t->first[x];
            const int32_t *weights = t->weights + (size_t)x * (size_t)t->widest;
            int32_t        r = 1 << (PRECISION - 1), g = r, b = r;

            for (int j = 0; j < t->count[x]; j++, from += 3) {
                r += from[0] * weights[j];
                g += from[1] * weights[j];
                b += from[2] * weights[j];
            }
            out[0] = to_pixel(r);
            out[1] = to_pixel(g);
            out[2] = to_pixel(b);
        }
}

static void resize_columns(uint8_t *out, int out_height, const uint8_t *in, size_t in_stride, size_t row_bytes,
                           const kernel_table *t, int32_t *sums)
{
    for (int y = 0; y < out_height; y++, out += row_bytes) {
        const int32_t *weights = t->weights + (size_t)y * (size_t)t->widest;

        for (size_t i = 0; i < row_bytes; i++)
            sums[i] = 1 << (PRECISION - 1);
        for (int j = 0; j < t->count[y]; j++) {
            const uint8_t *from = in + (size_t)(t->first[y] + j) * in_stride;

            for (size_t i = 0; i < row_bytes; i++)
                sums[i] += from[i] * weights[j];
        }
        for (size_t i = 0; i < row_bytes; i++)
            out[i] = to_pixel(sums[i]);
    }
}

rwda_status rw_resize_bicubic(uint8_t *out, int out_width, int out_height, const rwda_image *image, rw_box box,
                              rwda_error *err)
{
    const uint8_t *in     = image->pixels + (size_t)box.y * image->stride + 3 * (size_t)box.x;
    size_t         stride = image->stride, row_bytes = 3 * (size_t)out_width;
    kernel_table   across = { 0 }, down = { 0 };
    uint8_t       *narrow = NULL;
    int32_t       *sums   = NULL;
    rwda_status    status = RWDA_OK;

    if (box.width != out_width) {
        narrow = rw_new_array((size_t)box.height, row_bytes);
        if (narrow == NULL || !table_new(&across, box.width, out_width))
            goto no_memory;
        resize_rows(narrow, out_width, in, stride, box.height, &across);
        in     = narrow;
        stride = row_bytes;
    }
    if (box.height != out_height) {
        sums = rw_new_array(row_bytes, sizeof *sums);
        if (sums == NULL || !table_new(&down, box.height, out_height))
            goto no_memory;
        resize_columns(out, out_height, in, stride, row_bytes, &down, sums);
    } else {
        for (int y = 0; y < out_height; y++)
            memcpy(out + (size_t)y * row_bytes, in + (size_t)y * stride, row_bytes);
    }
    goto done;
no_memory:
    status =
        rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "resize %d x %d to %d x %d", box.width, box.height, out_width, out_height);
done:
    table_free(&across);
    table_free(&down);
    free(narrow);
    free(sums);
    return status;
}

#include "image/resize.h"

#include "base/cubic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Written from the description of Pillow's src/libImaging/Resample.c in 8-bit mode: a horizontal pass into 8-bit pixels, then a
 * vertical one; weights in fixed point with 22 fractional bits; a pass whose size does not change is skipped. */

static void resample_free(rw_resample *t)
{
    free(t->first);
    free(t->count);
    free(t->high);
    free(t->low);
}

/* Filter taps of outputs from .. from + n - 1, when `in` pixels are resized to `out`. */
static bool resample_new(rw_resample *t, int in, int out, int from, int n)
{
    double  scale = (double)in / out, filter_scale = scale > 1.0 ? scale : 1.0, support = 2.0 * filter_scale;
    size_t  taps = ((size_t)ceil(support) * 2 + 1 + 3) / 4 * 4;
    double *row;

    t->taps  = taps;
    t->first = rw_new_array((size_t)n, sizeof *t->first);
    t->count = rw_new_array((size_t)n, sizeof *t->count);
    t->high  = rw_new_array((size_t)n, taps * sizeof *t->high);
    t->low   = rw_new_array((size_t)n, taps * sizeof *t->low);
    row      = rw_new_array(taps, sizeof *row);
    if (t->first == NULL || t->count == NULL || t->high == NULL || t->low == NULL || row == NULL) {
        free(row);
        return false;
    }
    for (int i = 0; i < n; i++) {
        double centre = (from + i + 0.5) * scale, sum = 0.0;
        int    first = (int)(centre - support + 0.5), last = (int)(centre + support + 0.5);

        first = first < 0 ? 0 : first;
        last  = last > in ? in : last;
        for (int j = 0; j < last - first; j++) {
            row[j] = rw_cubic((j + first - centre + 0.5) * (1.0 / filter_scale));
            sum += row[j];
        }
        t->first[i] = first;
        t->count[i] = last - first;
        for (int j = 0; j < last - first; j++) {
            double  weight = sum != 0.0 ? row[j] * (1.0 / sum) : row[j];
            double  fixed  = weight * (1 << RW_RESAMPLE_BITS);
            int32_t whole  = (int32_t)(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
            size_t  at     = (size_t)i * taps + (size_t)j;

            t->high[at] = (int16_t)(whole >> RW_RESAMPLE_SPLIT);
            t->low[at]  = (int16_t)(whole & ((1 << RW_RESAMPLE_SPLIT) - 1));
        }
    }
    free(row);
    return true;
}

/* Bytes of a row that resample_horizontal() may read (kernels.h). */
static size_t reach_of(const rw_resample *t, int n)
{
    size_t most = 0;

    for (int i = 0; i < n; i++) {
        size_t reach = 3 * ((size_t)t->first[i] + ((size_t)t->count[i] + 3) / 4 * 4) + 4;

        most = reach > most ? reach : most;
    }
    return most;
}

/* `rows` rows of `width` pixels at `in`, `left` bytes of the image remaining there, -> out [rows, out_stride].  Rows so near the
 * image's end that the kernel would read past it are copied to a padded buffer first. */
static bool resize_rows(uint8_t *out, size_t out_stride, int columns, const uint8_t *in, size_t stride, size_t width,
                        size_t left, size_t rows, const rw_resample *t, const rw_kernels *kernels)
{
    size_t   reach = reach_of(t, columns), safe = left >= reach ? (left - reach) / stride + 1 : 0;
    uint8_t *padded;

    safe = safe < rows ? safe : rows;
    kernels->resample_horizontal(out, out_stride, in, stride, safe, (size_t)columns, t);
    if (safe == rows)
        return true;
    padded = rw_new_array(1, reach + 3 * width);
    if (padded == NULL)
        return false;
    for (size_t y = safe; y < rows; y++) {
        memcpy(padded, in + y * stride, 3 * width);
        kernels->resample_horizontal(out + y * out_stride, out_stride, padded, 0, 1, (size_t)columns, t);
    }
    free(padded);
    return true;
}

rwda_status rw_resize_bicubic(uint8_t *out, rw_box window, int width, int height, const rwda_image *image, rw_box box,
                              const rw_kernels *kernels, rwda_error *err)
{
    const uint8_t *in     = image->pixels + (size_t)box.y * image->stride + 3 * (size_t)box.x;
    size_t         stride = image->stride, row_bytes = 3 * (size_t)window.width;
    size_t         top = (size_t)window.y, rows = (size_t)window.height; /* of the box: input of the vertical pass */
    rw_resample    horizontal = { 0 }, vertical = { 0 };
    uint8_t       *narrow    = NULL;
    bool           no_memory = true;

    if (box.height != height) {
        if (!resample_new(&vertical, box.height, height, window.y, window.height))
            goto done;
        top  = (size_t)vertical.first[0];
        rows = (size_t)(vertical.first[window.height - 1] + vertical.count[window.height - 1]) - top;
        for (int i = 0; i < window.height; i++)
            vertical.first[i] -= (int32_t)top;
    }
    in += top * stride;
    if (box.width != width) {
        size_t left = (size_t)(image->height - 1 - box.y) * stride + 3 * (size_t)(image->width - box.x) - top * stride;
        size_t room = (row_bytes + 1 + RW_ALIGNMENT - 1) / RW_ALIGNMENT * RW_ALIGNMENT; /* a spare byte a row */

        narrow = malloc(rows * room);
        if (narrow == NULL || !resample_new(&horizontal, box.width, width, window.x, window.width) ||
            !resize_rows(narrow, room, window.width, in, stride, (size_t)box.width, left, rows, &horizontal, kernels))
            goto done;
        in     = narrow;
        stride = room;
    } else {
        in += 3 * (size_t)window.x;
    }
    for (size_t y = 0; y < (size_t)window.height; y++)
        if (box.height != height)
            kernels->resample_vertical(out + y * row_bytes, in, stride, row_bytes, &vertical, y);
        else
            memcpy(out + y * row_bytes, in + y * stride, row_bytes);
    no_memory = false;
done:
    resample_free(&horizontal);
    resample_free(&vertical);
    free(narrow);
    if (no_memory)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "resize %d x %d to %d x %d", box.width, box.height, width, height);
    return RWDA_OK;
}

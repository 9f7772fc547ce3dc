#include "image/resize.h"

#include "base/cubic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Written from the description of Pillow's src/libImaging/Resample.c in 8-bit mode: two passes, between them 8-bit pixels; weights in
 * fixed point with 22 fractional bits; a pass whose size does not change is skipped. */

/* Which pass goes first decides what is rounded in between.  Pillow 12.2 and later: horizontal, unless the height shrinks by more than
 * twice what the width does (before: always horizontal). */
static bool vertical_first(int width, int height, rw_box box)
{
    return box.height > height && box.height - height > 2 * (int64_t)(box.width - width);
}

static void resample_free(rw_resample *t)
{
    free(t->first);
    free(t->count);
    free(t->high);
    free(t->low);
}

/* Pixels that a filter reaches to each side, where nothing is scaled down; its weight at a distance. */
static double support_of(rw_filter filter)
{
    return filter == RW_FILTER_BILINEAR ? 1.0 : 2.0;
}

static double weight_at(rw_filter filter, double x)
{
    if (filter == RW_FILTER_BICUBIC)
        return rw_cubic(x);
    return fabs(x) < 1.0 ? 1.0 - fabs(x) : 0.0;
}

/* Filter taps of outputs from .. from + n - 1, when `in` pixels are resized to `out`. */
static bool resample_new(rw_resample *t, rw_filter filter, int in, int out, int from, int n)
{
    double  scale = (double)in / out, filter_scale = scale > 1.0 ? scale : 1.0, support = support_of(filter) * filter_scale;
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
            row[j] = weight_at(filter, (j + first - centre + 0.5) * (1.0 / filter_scale));
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

/* Outputs of one axis and the inputs they come from. */
typedef struct {
    int         in, out, from, n; /* `in` pixels are resized to `out`, of which from .. from + n - 1 are wanted */
    size_t      first, count;     /* inputs that these need; table.first counts from the first of them */
    rw_resample table;            /* only where in is not out */
} axis;

static bool axis_new(axis *a, rw_filter filter, int in, int out, int from, int n)
{
    *a = (axis){ in, out, from, n, (size_t)from, (size_t)n, { 0 } };
    if (in == out)
        return true;
    if (!resample_new(&a->table, filter, in, out, from, n))
        return false;
    a->first = (size_t)a->table.first[0];
    a->count = (size_t)(a->table.first[n - 1] + a->table.count[n - 1]) - a->first;
    for (int i = 0; i < n; i++)
        a->table.first[i] -= (int32_t)a->first;
    return true;
}

/* Rows of pixels in memory. */
typedef struct {
    const uint8_t *at;
    size_t         stride, width, rows, left; /* bytes from row to row; pixels of a row; bytes up to the end of the memory */
} pixels;

/* Room for such rows, with a spare byte behind each, which the kernels ask for.  NULL: no memory. */
static uint8_t *pixels_new(pixels *out, size_t width, size_t rows)
{
    size_t   stride = (3 * width + 1 + RW_ALIGNMENT - 1) / RW_ALIGNMENT * RW_ALIGNMENT;
    uint8_t *buffer = malloc(rows * stride);

    *out = (pixels){ buffer, stride, width, rows, rows * stride };
    return buffer;
}

/* *now, what there is of the picture, becomes what the pass makes of it, in *buffer. */
static bool pass_across(uint8_t **buffer, pixels *now, const axis *x, const rw_kernels *kernels)
{
    pixels in = *now;

    *buffer = pixels_new(now, (size_t)x->n, in.rows);
    return *buffer != NULL &&
           resize_rows(*buffer, now->stride, x->n, in.at, in.stride, in.width, in.left, in.rows, &x->table, kernels);
}

static void pass_down(uint8_t *out, size_t stride, const pixels *in, const axis *y, const rw_kernels *kernels)
{
    for (size_t row = 0; row < (size_t)y->n; row++)
        kernels->resample_vertical(out + row * stride, in->at, in->stride, 3 * in->width, &y->table, row);
}

rwda_status rw_resize(uint8_t *out, rw_box window, int width, int height, const rwda_image *image, rw_box box,
                      rw_filter filter, const rw_kernels *kernels, rwda_error *err)
{
    axis     x = { 0 }, y = { 0 };
    uint8_t *narrow = NULL, *low = NULL; /* after the pass across, after the pass down */
    size_t   row_bytes = 3 * (size_t)window.width, left, top;
    bool     no_memory = true, down_first = box.height != height && vertical_first(width, height, box);
    pixels   now;

    if (!axis_new(&x, filter, box.width, width, window.x, window.width) ||
        !axis_new(&y, filter, box.height, height, window.y, window.height))
        goto done;
    left = (size_t)box.x + x.first;
    top  = (size_t)box.y + y.first;
    now  = (pixels){ image->pixels + top * image->stride + 3 * left, image->stride, x.count, y.count,
                     ((size_t)image->height - 1 - top) * image->stride + 3 * ((size_t)image->width - left) };
    if (down_first) {
        pixels in = now;

        low = pixels_new(&now, in.width, (size_t)window.height);
        if (low == NULL)
            goto done;
        pass_down(low, now.stride, &in, &y, kernels);
    }
    if (box.width != width && !pass_across(&narrow, &now, &x, kernels))
        goto done;
    if (box.height != height && !down_first)
        pass_down(out, row_bytes, &now, &y, kernels);
    else
        for (size_t row = 0; row < now.rows; row++)
            memcpy(out + row * row_bytes, now.at + row * now.stride, row_bytes);
    no_memory = false;
done:
    resample_free(&x.table);
    resample_free(&y.table);
    free(narrow);
    free(low);
    if (no_memory)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "resize %d x %d to %d x %d", box.width, box.height, width, height);
    return RWDA_OK;
}

/* field.c - how do a few values become one for each pixel? */
#include "image/field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Bilinear ------------------------------------------------------------------------------------------------------- */

/* Where output pixel i of `out` lies among `in` cells: between `first` and `second`, `weight` of the way. */
typedef struct {
    size_t first, second;
    double weight;
} place;

static place place_of(int i, int out, size_t in)
{
    double at    = (i + 0.5) * (double)in / out - 0.5;
    size_t first = at > 0.0 ? (size_t)at : 0;

    return (place){ first, first + 1 < in ? first + 1 : first, at > 0.0 ? at - (double)first : 0.0 };
}

typedef struct {
    const rw_field *field;
    rw_box          box;
    const float    *grid;
    size_t          n;
    int             crop_width, crop_height;
} add_job;

static void grid_row(void *context, size_t row, int thread)
{
    const add_job *job = context;
    place          v   = place_of((int)row, job->box.height, job->n);
    float       *out = job->field->values + (size_t)(job->box.y + (int)row) * (size_t)job->field->width + (size_t)job->box.x;
    const float *above = job->grid + v.first * job->n, *below = job->grid + v.second * job->n;

    (void)thread;
    for (int x = 0; x < job->box.width; x++) {
        place  u      = place_of(x, job->box.width, job->n);
        double top    = (double)above[u.first] + u.weight * ((double)above[u.second] - (double)above[u.first]);
        double bottom = (double)below[u.first] + u.weight * ((double)below[u.second] - (double)below[u.first]);

        out[x] += (float)(top + v.weight * (bottom - top));
    }
}

void rw_field_add_grid(const rw_field *field, rw_box box, const float *grid, size_t n, rw_pool *pool)
{
    add_job job = { field, box, grid, n, 0, 0 };

    rw_pool_run(pool, grid_row, &job, (size_t)box.height);
}

/* ---- Crops ---------------------------------------------------------------------------------------------------------- */

int rw_field_step(int length, int side, int n, int i)
{
    return n > 1 ? (int)((int64_t)(length - side) * i / (n - 1)) : 0;
}

static bool covers(int length, int side, int n, int i, int at)
{
    int first = rw_field_step(length, side, n, i);

    return at >= first && at < first + side;
}

static void crops_row(void *context, size_t row, int thread)
{
    const add_job *job = context;
    int            n   = (int)job->n;
    float *out = job->field->values + (size_t)(job->box.y + (int)row) * (size_t)job->field->width + (size_t)job->box.x;

    (void)thread;
    for (int x = 0; x < job->box.width; x++) {
        double sum   = 0.0;
        int    count = 0;

        for (int i = 0; i < n; i++)
            for (int j = 0; j < n && covers(job->box.height, job->crop_height, n, i, (int)row); j++)
                if (covers(job->box.width, job->crop_width, n, j, x)) {
                    sum += (double)job->grid[i * n + j];
                    count++;
                }
        out[x] += (float)(sum / count);
    }
}

void rw_field_add_crops(const rw_field *field, rw_box box, const float *scores, int n, int crop_width, int crop_height,
                        rw_pool *pool)
{
    add_job job = { field, box, scores, (size_t)n, crop_width, crop_height };

    rw_pool_run(pool, crops_row, &job, (size_t)box.height);
}

/* ---- Mean over boxes ------------------------------------------------------------------------------------------------ */

typedef struct {
    const rw_field *field;
    const uint32_t *across, *down;
} divide_job;

static void divide_row(void *context, size_t row, int thread)
{
    const divide_job *job = context;
    float            *out = job->field->values + row * (size_t)job->field->width;

    (void)thread;
    for (int x = 0; x < job->field->width; x++)
        out[x] /= (float)job->across[x] * (float)job->down[row];
}

void rw_field_divide(const rw_field *field, const uint32_t *across, const uint32_t *down, rw_pool *pool)
{
    divide_job job = { field, across, down };

    rw_pool_run(pool, divide_row, &job, (size_t)field->height);
}

/* ---- Gaussian ------------------------------------------------------------------------------------------------------- */

typedef struct {
    const rw_field *field;
    float          *across; /* [height, width]: after the horizontal pass */
    const double   *weights;
    int             radius;
} blur_job;

static int held(int i, int n)
{
    return i < 0 ? 0 : i < n ? i : n - 1;
}

static void blur_across(void *context, size_t row, int thread)
{
    const blur_job *job   = context;
    int             width = job->field->width;
    const float    *in    = job->field->values + row * (size_t)width;
    float          *out   = job->across + row * (size_t)width;

    (void)thread;
    for (int x = 0; x < width; x++) {
        double sum = 0.0;

        for (int k = -job->radius; k <= job->radius; k++)
            sum += job->weights[k + job->radius] * (double)in[held(x + k, width)];
        out[x] = (float)sum;
    }
}

static void blur_down(void *context, size_t row, int thread)
{
    const blur_job *job   = context;
    int             width = job->field->width;
    float          *out   = job->field->values + row * (size_t)width;

    (void)thread;
    for (int x = 0; x < width; x++) {
        double sum = 0.0;

        for (int k = -job->radius; k <= job->radius; k++)
            sum += job->weights[k + job->radius] *
                   (double)job->across[(size_t)held((int)row + k, job->field->height) * (size_t)width + (size_t)x];
        out[x] = sum < 0.0 ? 0.0f : sum > 1.0 ? 1.0f : (float)sum;
    }
}

rwda_status rw_field_blur(const rw_field *field, float sigma, rw_pool *pool, rwda_error *err)
{
    int         radius  = (int)(4.0f * sigma + 0.5f);
    double     *weights = rw_new_array(2 * (size_t)radius + 1, sizeof *weights), total = 0.0;
    float      *across = rw_new_array((size_t)field->width * (size_t)field->height, sizeof *across);
    blur_job    job    = { field, across, weights, radius };
    rwda_status status = RWDA_OK;

    if (weights == NULL || across == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "smoothing a map of %d x %d", field->width, field->height);
        goto done;
    }
    for (int k = -radius; k <= radius; k++)
        total += weights[k + radius] = exp(-0.5 * k * k / ((double)sigma * (double)sigma));
    for (int k = 0; k <= 2 * radius; k++)
        weights[k] /= total;
    rw_pool_run(pool, blur_across, &job, (size_t)field->height);
    rw_pool_run(pool, blur_down, &job, (size_t)field->height);
done:
    free(weights);
    free(across);
    return status;
}

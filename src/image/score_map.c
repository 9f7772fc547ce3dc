#include "image/score_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Bilinear ------------------------------------------------------------------------------------------------------- */

/* Interpolation between cells `first` and `second`: first + weight * (second - first). */
typedef struct {
    size_t first, second;
    double weight;
} interpolation;

/* Of output pixel i of `out`, which are as long as `across` cells, of which there are `in`. */
static interpolation interpolation_at(int i, int out, size_t in, double across)
{
    double at    = (i + 0.5) * across / out - 0.5;
    size_t first = at > 0.0 ? (size_t)at : 0;

    first = first < in ? first : in - 1;

    return (interpolation){ first, first + 1 < in ? first + 1 : first, at > 0.0 ? at - (double)first : 0.0 };
}

typedef struct {
    const rw_score_map *map;
    rw_box              box;
    const float        *grid;
    size_t              n;
    double              across;
    int                 crop_width, crop_height;
} add_job;

static void grid_row(void *context, size_t row, int thread)
{
    const add_job *job   = context;
    interpolation  v     = interpolation_at((int)row, job->box.height, job->n, job->across);
    float         *out   = job->map->values + (size_t)(job->box.y + (int)row) * (size_t)job->map->width + (size_t)job->box.x;
    const float   *above = job->grid + v.first * job->n, *below = job->grid + v.second * job->n;

    (void)thread;
    for (int x = 0; x < job->box.width; x++) {
        interpolation u      = interpolation_at(x, job->box.width, job->n, job->across);
        double        top    = (double)above[u.first] + u.weight * ((double)above[u.second] - (double)above[u.first]);
        double        bottom = (double)below[u.first] + u.weight * ((double)below[u.second] - (double)below[u.first]);

        out[x] += (float)(top + v.weight * (bottom - top));
    }
}

void rw_score_map_add_grid(const rw_score_map *map, rw_box box, const float *grid, size_t n, double across,
                           rw_thread_pool *pool)
{
    add_job job = { map, box, grid, n, across, 0, 0 };

    rw_thread_pool_run(pool, grid_row, &job, (size_t)box.height);
}

/* ---- Crops ---------------------------------------------------------------------------------------------------------- */

int rw_score_map_offset(int length, int side, int n, int i)
{
    return n > 1 ? (int)((int64_t)(length - side) * i / (n - 1)) : 0;
}

static bool covers(int length, int side, int n, int i, int at)
{
    int first = rw_score_map_offset(length, side, n, i);

    return at >= first && at < first + side;
}

static void crops_row(void *context, size_t row, int thread)
{
    const add_job *job = context;
    int            n   = (int)job->n;
    float         *out = job->map->values + (size_t)(job->box.y + (int)row) * (size_t)job->map->width + (size_t)job->box.x;

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

void rw_score_map_add_crops(const rw_score_map *map, rw_box box, const float *scores, int n, int crop_width, int crop_height,
                            rw_thread_pool *pool)
{
    add_job job = { map, box, scores, (size_t)n, 0.0, crop_width, crop_height };

    rw_thread_pool_run(pool, crops_row, &job, (size_t)box.height);
}

/* ---- Mean over boxes ------------------------------------------------------------------------------------------------ */

typedef struct {
    const rw_score_map *map;
    const uint32_t     *columns, *rows;
} divide_job;

static void divide_row(void *context, size_t row, int thread)
{
    const divide_job *job = context;
    float            *out = job->map->values + row * (size_t)job->map->width;

    (void)thread;
    for (int x = 0; x < job->map->width; x++)
        out[x] /= (float)job->columns[x] * (float)job->rows[row];
}

void rw_score_map_divide(const rw_score_map *map, const uint32_t *columns, const uint32_t *rows, rw_thread_pool *pool)
{
    divide_job job = { map, columns, rows };

    rw_thread_pool_run(pool, divide_row, &job, (size_t)map->height);
}

/* ---- Gaussian ------------------------------------------------------------------------------------------------------- */

typedef struct {
    const rw_score_map *map;
    float              *horizontal; /* [height, width]: result of the horizontal pass */
    const double       *weights;
    int                 radius;
} blur_job;

static int clamp(int i, int n)
{
    return i < 0 ? 0 : i < n ? i : n - 1;
}

static void blur_horizontal(void *context, size_t row, int thread)
{
    const blur_job *job   = context;
    int             width = job->map->width;
    const float    *in    = job->map->values + row * (size_t)width;
    float          *out   = job->horizontal + row * (size_t)width;

    (void)thread;
    for (int x = 0; x < width; x++) {
        double sum = 0.0;

        for (int k = -job->radius; k <= job->radius; k++)
            sum += job->weights[k + job->radius] * (double)in[clamp(x + k, width)];
        out[x] = (float)sum;
    }
}

static void blur_vertical(void *context, size_t row, int thread)
{
    const blur_job *job   = context;
    int             width = job->map->width;
    float          *out   = job->map->values + row * (size_t)width;

    (void)thread;
    for (int x = 0; x < width; x++) {
        double sum = 0.0;

        for (int k = -job->radius; k <= job->radius; k++)
            sum += job->weights[k + job->radius] *
                   (double)job->horizontal[(size_t)clamp((int)row + k, job->map->height) * (size_t)width + (size_t)x];
        out[x] = sum < 0.0 ? 0.0f : sum > 1.0 ? 1.0f : (float)sum;
    }
}

rwda_status rw_score_map_blur(const rw_score_map *map, float sigma, rw_thread_pool *pool, rwda_error *err)
{
    int         radius  = (int)(4.0f * sigma + 0.5f);
    double     *weights = rw_new_array(2 * (size_t)radius + 1, sizeof *weights), total = 0.0;
    float      *horizontal = rw_new_array((size_t)map->width * (size_t)map->height, sizeof *horizontal);
    blur_job    job        = { map, horizontal, weights, radius };
    rwda_status status     = RWDA_OK;

    if (weights == NULL || horizontal == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "smoothing a map of %d x %d", map->width, map->height);
        goto done;
    }
    for (int k = -radius; k <= radius; k++)
        total += weights[k + radius] = exp(-0.5 * k * k / ((double)sigma * (double)sigma));
    for (int k = 0; k <= 2 * radius; k++)
        weights[k] /= total;
    rw_thread_pool_run(pool, blur_horizontal, &job, (size_t)map->height);
    rw_thread_pool_run(pool, blur_vertical, &job, (size_t)map->height);
done:
    free(weights);
    free(horizontal);
    return status;
}

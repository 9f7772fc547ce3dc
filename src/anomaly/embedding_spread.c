#include "anomaly/embedding_spread.h"

#include "base/memory.h"
#include "rwda_drift.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define MEAN_MAX   1e6
#define SPREAD_MIN 1e-6 /* identical images have none */
#define SPREAD_MAX 1e6

void rw_embedding_spread_free(rw_embedding_spread *e)
{
    if (e == NULL)
        return;
    free(e->mean);
    free(e->spread);
    free(e->distances);
    free(e);
}

static rwda_status new_spread(rw_embedding_spread **out, size_t dim, size_t count, rwda_error *err)
{
    rw_embedding_spread *e = calloc(1, sizeof *e);

    *out = e;
    if (e != NULL) {
        e->dim       = dim;
        e->count     = count;
        e->mean      = rw_new_array(dim, sizeof *e->mean);
        e->spread    = rw_new_array(dim, sizeof *e->spread);
        e->distances = rw_new_array(count, sizeof *e->distances);
    }
    if (e == NULL || e->mean == NULL || e->spread == NULL || e->distances == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "mean and spread of embeddings of %zu dimensions", dim);
    return RWDA_OK;
}

double rw_embedding_spread_distance(const rw_embedding_spread *e, const float *x)
{
    double sum = 0.0;

    for (size_t j = 0; j < e->dim; j++) {
        double d = ((double)x[j] - e->mean[j]) / e->spread[j];

        sum += d * d;
    }
    return fmin((double)(float)sqrt(sum / (double)e->dim), (double)FLT_MAX);
}

/* ---- Making --------------------------------------------------------------------------------------------------------------- */

static bool finite_row(const float *x, size_t dim)
{
    for (size_t j = 0; j < dim; j++)
        if (!isfinite(x[j]))
            return false;
    return true;
}

/* Of few images the spread of one dimension is as good as chance: half of the variance is the mean variance of all of them. */
static void set_mean_and_spread(rw_embedding_spread *e, const float *x, const size_t *rows)
{
    double n = (double)e->averaged, mean_variance = 0.0;

    for (size_t j = 0; j < e->dim; j++) {
        double sum = 0.0, squares = 0.0;

        for (size_t i = 0; i < e->averaged; i++)
            sum += (double)x[rows[i] * e->dim + j];
        for (size_t i = 0; i < e->averaged; i++) {
            double d = (double)x[rows[i] * e->dim + j] - sum / n;

            squares += d * d;
        }
        e->mean[j]   = (double)(float)fmin(fmax(sum / n, -MEAN_MAX), MEAN_MAX);
        e->spread[j] = squares / (n - 1.0); /* its variance, until all of them are known */
        mean_variance += e->spread[j] / (double)e->dim;
    }
    for (size_t j = 0; j < e->dim; j++) {
        double spread = sqrt((e->spread[j] + mean_variance) / 2.0);

        e->spread[j] = (double)(float)fmin(fmax(spread, SPREAD_MIN), SPREAD_MAX);
    }
}

rwda_status rw_embedding_spread_new(rw_embedding_spread **out, const float *x, const uint8_t *classes, size_t rows,
                                    size_t dim, rwda_error *err)
{
    size_t              *chosen = rw_new_array(rows, sizeof *chosen), n = 0, averaged; /* those averaged, then the others */
    rw_embedding_spread *e      = NULL;
    rwda_status          status = RWDA_OK;

    *out = NULL;
    if (chosen == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "mean and spread of %zu embeddings", rows);
    for (size_t i = 0; i < rows; i++)
        n += classes[i] == 0;
    averaged = (n + 1) / 2;
    for (size_t i = 0, normal = 0; i < rows; i++) {
        if (!finite_row(x + i * dim, dim)) {
            status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "embedding %zu is not finite", i);
            goto done;
        }
        if (classes[i] == 0) {
            chosen[normal % 2 == 0 ? normal / 2 : averaged + normal / 2] = i;
            normal++;
        }
    }
    if (n < RWDA_EMBEDDED_NORMALS_MIN)
        goto done;
    RW_TRY(new_spread(&e, dim, n - averaged, err));
    e->averaged = averaged;
    set_mean_and_spread(e, x, chosen);
    for (size_t i = 0; i < e->count; i++)
        e->distances[i] = rw_embedding_spread_distance(e, x + chosen[averaged + i] * dim);
    rw_sort_doubles(e->distances, e->count);
    *out = e;
    e    = NULL;
done:
    rw_embedding_spread_free(e);
    free(chosen);
    return status;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------------------- */

/* from [n]: numbers in low..high, rounded to float32 as they were before they were written. */
static rwda_status read_numbers(double *out, const json_t *from, const char *name, size_t n, double low, double high,
                                bool ascending, rwda_error *err)
{
    if (json_array_size(from) != n)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "threshold file: embedding.%s holds %zu numbers, not %zu", name,
                       json_array_size(from), n);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(from, i);
        double        x     = json_number_value(value);
        bool          fits  = json_is_number(value) && x >= -(double)FLT_MAX && x <= (double)FLT_MAX;

        out[i] = fits ? (double)(float)x : 0.0;
        if (!fits || out[i] < low || out[i] > high || (ascending && i > 0 && out[i] < out[i - 1]))
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                           "threshold file: embedding.%s[%zu] is not a number in its range%s", name, i,
                           ascending ? ", or smaller than the one before it" : "");
    }
    return RWDA_OK;
}

static size_t count_of(const json_t *from, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(from, name));

    return n >= 1 && n <= RWDA_NORMAL_MAX ? (size_t)n : 0;
}

rwda_status rw_embedding_spread_read(rw_embedding_spread **out, const json_t *from, rwda_error *err)
{
    const json_t *distances = json_object_get(from, "distances");
    size_t        dim = count_of(from, "dim"), averaged = count_of(from, "averaged"), count = json_array_size(distances);
    rw_embedding_spread *e = NULL;
    rwda_status          status;

    *out = NULL;
    if (dim < 1 || dim > RW_EMBEDDING_DIM_MAX || averaged < 1 || count < 1 || count > RWDA_NORMAL_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                       "threshold file: embedding.dim, averaged or distances is missing or out of its range");
    RW_TRY(new_spread(&e, dim, count, err));
    e->averaged = averaged;
    RW_TRY(read_numbers(e->mean, json_object_get(from, "mean"), "mean", dim, -MEAN_MAX, MEAN_MAX, false, err));
    RW_TRY(read_numbers(e->spread, json_object_get(from, "spread"), "spread", dim, (double)(float)SPREAD_MIN,
                        (double)(float)SPREAD_MAX, false, err));
    RW_TRY(read_numbers(e->distances, distances, "distances", count, 0.0, (double)FLT_MAX, true, err));
    *out = e;
    e    = NULL;
done:
    rw_embedding_spread_free(e);
    return status;
}

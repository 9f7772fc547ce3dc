#include "anomaly/embedding_gaussian.h"

#include "base/memory.h"
#include "base/random.h"
#include "rwda_drift.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEAN_MAX       1e6
#define DEVIATION_MIN  1e-6 /* identical images have none */
#define DEVIATION_MAX  1e6
#define DIRECTIONS_MAX 64 /* in a file */
#define ITERATIONS     12

void rw_embedding_gaussian_free(rw_embedding_gaussian *e)
{
    if (e == NULL)
        return;
    free(e->mean);
    free(e->directions);
    free(e->deviations);
    free(e->distances);
    free(e);
}

static rwda_status new_gaussian(rw_embedding_gaussian **out, size_t dim, size_t n_directions, size_t count, rwda_error *err)
{
    rw_embedding_gaussian *e = calloc(1, sizeof *e);
    size_t                 size;

    *out = e;
    if (e != NULL && rw_size_mul(&size, n_directions, dim)) {
        e->dim          = dim;
        e->n_directions = n_directions;
        e->count        = count;
        e->mean         = rw_new_array(dim, sizeof *e->mean);
        e->directions   = rw_new_array(size, sizeof *e->directions);
        e->deviations   = rw_new_array(n_directions, sizeof *e->deviations);
        e->distances    = rw_new_array(count, sizeof *e->distances);
    }
    if (e == NULL || e->mean == NULL || e->directions == NULL || e->deviations == NULL || e->distances == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "mean and covariance of embeddings of %zu dimensions", dim);
    return RWDA_OK;
}

double rw_embedding_gaussian_distance(const rw_embedding_gaussian *e, const float *x)
{
    double left = 0.0, sum = 0.0;

    for (size_t j = 0; j < e->dim; j++)
        left += ((double)x[j] - e->mean[j]) * ((double)x[j] - e->mean[j]);
    for (size_t k = 0; k < e->n_directions; k++) {
        double along = 0.0;

        for (size_t j = 0; j < e->dim; j++)
            along += ((double)x[j] - e->mean[j]) * e->directions[k * e->dim + j];
        sum += along * along / (e->deviations[k] * e->deviations[k]);
        left -= along * along;
    }
    sum += fmax(left, 0.0) / (e->rest * e->rest); /* rounded directions may take a little too much */
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

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0.0;

    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

/* v [k, dim] is made orthogonal and of unit length, row after row (Gram and Schmidt, twice); what depends on the others becomes zero. */
static void make_orthogonal(double *v, size_t k, size_t dim)
{
    for (size_t i = 0; i < k; i++) {
        double *row = v + i * dim, before = sqrt(dot(row, row, dim)), length;

        for (size_t other = 0; other < 2 * i; other++) {
            const double *o     = v + other % i * dim;
            double        along = dot(row, o, dim);

            for (size_t j = 0; j < dim; j++)
                row[j] -= along * o[j];
        }
        length = sqrt(dot(row, row, dim));
        for (size_t j = 0; j < dim; j++)
            row[j] = length > 1e-9 * before ? row[j] / length : 0.0;
    }
}

/* The directions of largest variance of z [n, dim], whose mean is 0, by orthogonal iteration (power iteration of several vectors).
 * next [n_directions, dim] is scratch.  Returns the variance that is not along them. */
static double find_directions(rw_embedding_gaussian *e, const double *z, double *next)
{
    const size_t n = e->averaged, k = e->n_directions, dim = e->dim;
    double       left   = 0.0;
    rw_random    random = rw_random_init(1, 0);

    for (size_t i = 0; i < k * dim; i++)
        e->directions[i] = (double)rw_random_normal(&random);
    make_orthogonal(e->directions, k, dim);
    for (int round = 0; round < ITERATIONS; round++) {
        memset(next, 0, k * dim * sizeof *next);
        for (size_t i = 0; i < n; i++)
            for (size_t d = 0; d < k; d++) {
                double along = dot(z + i * dim, e->directions + d * dim, dim);

                for (size_t j = 0; j < dim; j++)
                    next[d * dim + j] += along * z[i * dim + j];
            }
        make_orthogonal(next, k, dim);
        memcpy(e->directions, next, k * dim * sizeof *next);
    }
    for (size_t i = 0; i < n; i++) {
        left += dot(z + i * dim, z + i * dim, dim);
        for (size_t d = 0; d < k; d++) {
            double along = dot(z + i * dim, e->directions + d * dim, dim);

            e->deviations[d] += along * along / (double)(n - 1); /* its variance so far */
            left -= along * along;
        }
    }
    return fmax(left, 0.0) / (double)(n - 1);
}

static double rounded(double x, double low, double high)
{
    return (double)(float)fmin(fmax(x, low), high);
}

static rwda_status set_mean_and_covariance(rw_embedding_gaussian *e, const float *x, const size_t *rows, rwda_error *err)
{
    const size_t n = e->averaged, dim = e->dim;
    double      *z      = rw_new_array(n, dim * sizeof *z);
    double      *next   = rw_new_array(e->n_directions, dim * sizeof *next), rest;
    rwda_status  status = RWDA_OK;

    if (z == NULL || next == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "covariance of %zu embeddings", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < dim; j++)
            e->mean[j] += (double)x[rows[i] * dim + j] / (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < dim; j++)
            z[i * dim + j] = (double)x[rows[i] * dim + j] - e->mean[j];
    rest    = sqrt(find_directions(e, z, next) / (double)(dim - e->n_directions));
    e->rest = rounded(rest, DEVIATION_MIN, DEVIATION_MAX);
    for (size_t j = 0; j < dim; j++)
        e->mean[j] = rounded(e->mean[j], -MEAN_MAX, MEAN_MAX);
    for (size_t i = 0; i < e->n_directions * dim; i++)
        e->directions[i] = rounded(e->directions[i], -1.0, 1.0);
    for (size_t d = 0; d < e->n_directions; d++)
        e->deviations[d] = rounded(fmax(sqrt(e->deviations[d]), rest), DEVIATION_MIN, DEVIATION_MAX);
done:
    free(z);
    free(next);
    return status;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

rwda_status rw_embedding_gaussian_new(rw_embedding_gaussian **out, const float *x, const uint8_t *classes, size_t rows,
                                      size_t dim, rwda_error *err)
{
    size_t *chosen = rw_new_array(rows, sizeof *chosen), n = 0, averaged; /* those averaged, then the others */
    rw_embedding_gaussian *e      = NULL;
    rwda_status            status = RWDA_OK;

    *out = NULL;
    if (chosen == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "mean and covariance of %zu embeddings", rows);
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
    RW_TRY(new_gaussian(&e, dim, least(RW_DIRECTIONS, least(averaged - 2, dim - 1)), n - averaged, err));
    e->averaged = averaged;
    RW_TRY(set_mean_and_covariance(e, x, chosen, err));
    for (size_t i = 0; i < e->count; i++)
        e->distances[i] = rw_embedding_gaussian_distance(e, x + chosen[averaged + i] * dim);
    rw_sort_doubles(e->distances, e->count);
    *out = e;
    e    = NULL;
done:
    rw_embedding_gaussian_free(e);
    free(chosen);
    return status;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------------------- */

/* *out: a number in low..high, rounded to float32 as it was before it was written. */
static bool read_number(double *out, const json_t *value, double low, double high)
{
    double x = json_number_value(value);

    if (!json_is_number(value) || !(x >= -(double)FLT_MAX && x <= (double)FLT_MAX))
        return false;
    *out = (double)(float)x;
    return *out >= low && *out <= high;
}

static rwda_status read_numbers(double *out, const json_t *from, const char *name, size_t n, double low, double high,
                                bool ascending, rwda_error *err)
{
    if (json_array_size(from) != n)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "threshold file: embedding.%s holds %zu numbers, not %zu", name,
                       json_array_size(from), n);
    for (size_t i = 0; i < n; i++)
        if (!read_number(&out[i], json_array_get(from, i), low, high) || (ascending && i > 0 && out[i] < out[i - 1]))
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                           "threshold file: embedding.%s[%zu] is not a number in its range%s", name, i,
                           ascending ? ", or smaller than the one before it" : "");
    return RWDA_OK;
}

static size_t count_of(const json_t *from, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(from, name));

    return n >= 1 && n <= RWDA_NORMAL_MAX ? (size_t)n : 0;
}

rwda_status rw_embedding_gaussian_read(rw_embedding_gaussian **out, const json_t *from, rwda_error *err)
{
    const double           low = (double)(float)DEVIATION_MIN, high = (double)(float)DEVIATION_MAX;
    const json_t          *deviations = json_object_get(from, "deviations"), *distances = json_object_get(from, "distances");
    size_t                 dim = count_of(from, "dim"), averaged = count_of(from, "averaged");
    size_t                 k = json_array_size(deviations), count = json_array_size(distances);
    rw_embedding_gaussian *e = NULL;
    double                 rest;
    rwda_status            status;

    *out = NULL;
    if (dim < 1 || dim > RW_EMBEDDING_DIM_MAX || averaged < 1 || k > DIRECTIONS_MAX || k >= dim || count < 1 ||
        count > RWDA_NORMAL_MAX || !read_number(&rest, json_object_get(from, "rest"), low, high))
        return rw_fail(
            err, RWDA_EFORMAT, RWDA_NO_OFFSET,
            "threshold file: embedding.dim, averaged, rest, deviations or distances is missing or out of its range");
    RW_TRY(new_gaussian(&e, dim, k, count, err));
    e->averaged = averaged;
    e->rest     = rest;
    RW_TRY(read_numbers(e->mean, json_object_get(from, "mean"), "mean", dim, -MEAN_MAX, MEAN_MAX, false, err));
    RW_TRY(read_numbers(e->deviations, deviations, "deviations", k, low, high, false, err));
    RW_TRY(read_numbers(e->directions, json_object_get(from, "directions"), "directions", k * dim, -1.0, 1.0, false, err));
    RW_TRY(read_numbers(e->distances, distances, "distances", count, 0.0, (double)FLT_MAX, true, err));
    *out = e;
    e    = NULL;
done:
    rw_embedding_gaussian_free(e);
    return status;
}

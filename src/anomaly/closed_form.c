/* closed_form.c - which direction tells normal from anomalous without training a network? */
#include "anomaly/closed_form.h"

#include <math.h>
#include <stdlib.h>

#define CHUNK 512 /* rows a product: float32 sums stay short, chunks are added in double */

/* means [2, D]: of the normal and of the anomalous rows. */
static void class_means(double *means, const float *x, size_t pairs, size_t dim)
{
    for (size_t i = 0; i < 2 * pairs; i++)
        for (size_t j = 0; j < dim; j++)
            means[(i % 2) * dim + j] += (double)x[i * dim + j] / (double)pairs;
}

/* covariance [D, D] += sum over rows of centred outer products, over the number of rows. */
static rwda_status covariance_of(double *covariance, const double *means, const float *x, size_t rows, size_t dim,
                                 const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    rw_arena_mark mark    = rw_arena_save(arena);
    size_t        floats  = 0;
    bool          fits    = rw_packed_size(&floats, kernels, dim, CHUNK);
    float        *centred = rw_arena_array(arena, CHUNK, dim * sizeof *centred);
    float        *turned  = rw_arena_array(arena, CHUNK, dim * sizeof *turned);
    float        *packed  = fits ? rw_arena_array(arena, floats, sizeof *packed) : NULL;
    float        *part    = rw_arena_array(arena, dim, dim * sizeof *part);

    if (centred == NULL || turned == NULL || packed == NULL || part == NULL) {
        rw_arena_rewind(arena, mark);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "covariance of %zu dimensions", dim);
    }
    for (size_t first = 0; first < rows; first += CHUNK) {
        size_t       n    = rows - first < CHUNK ? rows - first : CHUNK;
        rw_gemm_args args = { .c = part, .ldc = dim, .a = turned, .lda = n, .b = rw_matrix_f32(packed, dim, n), .m = dim };

        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < dim; j++) {
                float v = (float)((double)x[(first + i) * dim + j] - means[((first + i) % 2) * dim + j]);

                centred[i * dim + j] = v;
                turned[j * n + i]    = v;
            }
        rw_pack(packed, kernels, centred, dim, n, 1, dim);
        rw_gemm(&args, kernels, pool);
        for (size_t i = 0; i < dim * dim; i++)
            covariance[i] += (double)part[i] / (double)rows;
    }
    rw_arena_rewind(arena, mark);
    return RWDA_OK;
}

/* Solves a w = b for a symmetric positive definite a [n, n] (Cholesky, in place); b becomes w. */
static bool solve(double *a, double *b, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            double sum = a[i * n + j];

            for (size_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            if (i == j && sum <= 0.0)
                return false;
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= a[i * n + k] * b[k];
        b[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= a[k * n + i] * b[k];
        b[i] /= a[i * n + i];
    }
    return true;
}

/* Scales direction w [D] to unit length and puts 0 half-way between the means. */
static rwda_status finish(rw_direction *out, const double *w, const double *means, size_t dim, rwda_error *err)
{
    double middle = 0.0, apart = 0.0, square = 0.0, scale;

    for (size_t j = 0; j < dim; j++) {
        middle += 0.5 * w[j] * (means[j] + means[dim + j]);
        apart += w[j] * (means[dim + j] - means[j]);
        square += w[j] * w[j];
    }
    if (!(apart > 0.0) || !isfinite(square))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "normal and anomalous prompts have the same mean embedding: the state words do not differ");
    scale       = 1.0 / sqrt(square);
    out->weight = rw_new_array(dim, sizeof *out->weight);
    if (out->weight == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "direction of %zu dimensions", dim);
    for (size_t j = 0; j < dim; j++)
        out->weight[j] = (float)(w[j] * scale);
    out->bias = (float)(-middle * scale);
    return RWDA_OK;
}

rwda_status rw_direction_paired(rw_direction *out, const float *x, size_t pairs, size_t dim, rwda_error *err)
{
    double     *means = rw_new_array(3, dim * sizeof *means), *w = means + 2 * dim;
    rwda_status status;

    *out = (rw_direction){ NULL, 0.0f };
    if (means == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "means of %zu dimensions", dim);
    class_means(means, x, pairs, dim);
    for (size_t j = 0; j < dim; j++)
        w[j] = means[dim + j] - means[j];
    status = finish(out, w, means, dim, err);
    free(means);
    return status;
}

rwda_status rw_direction_lda(rw_direction *out, const float *x, size_t pairs, size_t dim, const rw_kernels *kernels,
                             rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    double     *means = rw_new_array(3, dim * sizeof *means), *w = means + 2 * dim;
    double     *covariance = rw_new_array(dim, dim * sizeof *covariance);
    double      trace      = 0.0;
    rwda_status status     = RWDA_OK;

    *out = (rw_direction){ NULL, 0.0f };
    if (means == NULL || covariance == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "covariance of %zu dimensions", dim);
        goto done;
    }
    class_means(means, x, pairs, dim);
    RW_TRY(covariance_of(covariance, means, x, 2 * pairs, dim, kernels, arena, pool, err));
    for (size_t j = 0; j < dim; j++) {
        w[j] = means[dim + j] - means[j];
        trace += covariance[j * dim + j];
    }
    for (size_t j = 0; j < dim; j++)
        covariance[j * dim + j] += RW_LDA_SHRINKAGE * trace / (double)dim + 1e-12;
    if (!solve(covariance, w, dim)) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "the embeddings' covariance is not positive definite");
        goto done;
    }
    RW_TRY(finish(out, w, means, dim, err));
done:
    free(means);
    free(covariance);
    return status;
}

void rw_direction_free(rw_direction *direction)
{
    free(direction->weight);
    direction->weight = NULL;
}

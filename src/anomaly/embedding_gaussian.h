/* embedding_gaussian.h - Gaussian of embeddings, with Mahalanobis distances to its mean              rank 3: anomaly
 *
 * The covariance is that of probabilistic principal components (M. Tipping, C. Bishop, 1999): the largest few directions with their
 * variances, and one variance for all the rest.  Images of one product differ in a few directions; other light or a blur moves them a
 * little in another one, which a standard deviation of each dimension does not show. */
#ifndef RW_EMBEDDING_GAUSSIAN_H
#define RW_EMBEDDING_GAUSSIAN_H

#include "base/status.h"

#include <jansson.h>

#define RW_EMBEDDING_DIM_MAX 65536
#define RW_DIRECTIONS        8 /* that are looked for */

/* Numbers are float32 in doubles, as they stand in a file. */
typedef struct {
    size_t  dim, averaged, n_directions; /* averaged: embeddings that gave mean and covariance */
    double *mean;                        /* [dim] */
    double *directions;                  /* [n_directions, dim], of unit length and orthogonal, or zero */
    double *deviations;                  /* [n_directions], > 0: standard deviations along them */
    double  rest;                        /* > 0: standard deviation along any other direction */
    double *distances;                   /* [count] of other embeddings than those averaged, ascending */
    size_t  count;
} rw_embedding_gaussian;

/* x [rows, dim], classes [rows]: those of class 0 count, the first, third, ... of them for mean and covariance, the others for distances.
 * *out stays NULL where fewer than RWDA_EMBEDDED_NORMALS_MIN count.  RWDA_EINVAL: not finite; RWDA_ENOMEM. */
rwda_status rw_embedding_gaussian_new(rw_embedding_gaussian **out, const float *x, const uint8_t *classes, size_t rows,
                                      size_t dim, rwda_error *err);
/* The member "embedding" of a threshold file (docs/formats.md).  RWDA_EFORMAT, RWDA_ENOMEM. */
rwda_status rw_embedding_gaussian_read(rw_embedding_gaussian **out, const json_t *from, rwda_error *err);
void        rw_embedding_gaussian_free(rw_embedding_gaussian *e);

/* x [dim] -> its Mahalanobis distance to the mean, over the root of dim: about 1 for those averaged. */
double rw_embedding_gaussian_distance(const rw_embedding_gaussian *e, const float *x);

#endif

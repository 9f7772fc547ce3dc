/* embedding_spread.h - mean and spread of embeddings, with distances to that mean                  rank 3: anomaly */
#ifndef RW_EMBEDDING_SPREAD_H
#define RW_EMBEDDING_SPREAD_H

#include "base/status.h"

#include <jansson.h>

#define RW_EMBEDDING_DIM_MAX 65536

/* Numbers are float32 in doubles, as they stand in a file. */
typedef struct {
    size_t  dim;
    size_t  averaged;  /* embeddings that gave mean and spread */
    double *mean;      /* [dim] */
    double *spread;    /* [dim], > 0 */
    double *distances; /* [count] of other embeddings than those averaged, ascending */
    size_t  count;
} rw_embedding_spread;

/* x [rows, dim], classes [rows]: those of class 0 count, the first, third, ... of them for mean and spread, the others for distances.
 * *out stays NULL where fewer than RWDA_EMBEDDED_NORMALS_MIN count.  RWDA_EINVAL: not finite; RWDA_ENOMEM. */
rwda_status rw_embedding_spread_new(rw_embedding_spread **out, const float *x, const uint8_t *classes, size_t rows,
                                    size_t dim, rwda_error *err);
/* The member "embedding" of a threshold file (docs/formats.md).  RWDA_EFORMAT, RWDA_ENOMEM. */
rwda_status rw_embedding_spread_read(rw_embedding_spread **out, const json_t *from, rwda_error *err);
void        rw_embedding_spread_free(rw_embedding_spread *e);

/* x [dim] -> root of the mean squared difference to the mean, in spreads; about 1 for those averaged. */
double rw_embedding_spread_distance(const rw_embedding_spread *e, const float *x);

#endif

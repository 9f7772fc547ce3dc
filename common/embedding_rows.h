/* embedding_rows.h - embeddings of many images, row after row.                                       layer: common */
#ifndef RW_EMBEDDING_ROWS_H
#define RW_EMBEDDING_ROWS_H

#include "base/status.h"

#include <stdbool.h>

#define RW_GROUP     16 /* images of a stream that go through the encoder together */
#define RW_GROUP_MAX 64 /* the most that do */

/* Start with { .dim = D }; free(x) ends it. */
typedef struct {
    float *x;               /* [count, dim] */
    size_t count, capacity; /* rows filled, rows there is room for */
    size_t dim;
} rw_rows;

bool rw_rows_reserve(rw_rows *rows, size_t more); /* false: no memory */

/* One image of a group. */
typedef struct {
    const rwda_image *image; /* NULL: it has no rows, and err is left alone */
    size_t            crops; /* rows that were added for it; 0: it failed, err says why */
    rwda_error       *err;
} rw_rows_item;

/* Encodes a group together and adds its rows in order; if that fails, image by image, so that one cannot spoil others.  RWDA_ENOMEM: no
 * room for the rows, nothing was added.  The same bytes as each image alone (rwda.h). */
rwda_status rw_rows_embed(rw_rows *rows, rw_rows_item *items, size_t n, rwda_session *session, rwda_resize resize,
                          rwda_crops crops, rwda_error *err);

/* x [crops, dim] of one image -> out [dim], their mean: one embedding for each image (rwda_drift.h). */
void rw_mean_row(float *out, const float *x, size_t crops, size_t dim);

#endif

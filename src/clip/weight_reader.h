/* weight_reader.h - reader of a checkpoint's tensors into packed weights                          rank 2: clip
 *
 * It keeps the first error, so that the reads need no checks between them.  The first pass checks every tensor's name, dtype and shape and
 * counts bytes; the second reads the weights, or finds them as the cache had them. */
#ifndef RW_WEIGHT_READER_H
#define RW_WEIGHT_READER_H

#include "clip/clip.h"
#include "format/safetensors.h"

#define RW_READER_PART ((size_t)1 << 16) /* bytes of the file that are read at a time */

typedef struct {
    rw_clip         *clip;
    rw_safetensors  *file;
    rw_weight_store *store;  /* of the tower that is read */
    bool             reads;  /* second pass: values are read into slices of the store */
    bool            *used;   /* [tensors] */
    float           *buffer; /* a matrix before it is packed; NULL in the first pass */
    uint8_t          raw[RW_READER_PART];
    const char      *omitted; /* what a name may lack at its beginning; NULL: nothing */
    const char      *path;
    rwda_error      *err;
    rwda_status      status;
} rw_weight_reader;

/* The next `count` elements of the store; NULL in the first pass and after an error. */
void *rw_reader_slice(rw_weight_reader *r, size_t count, size_t element);

/* The tensor of that name must exist with a known dtype and that shape; in the second pass its values, which must be finite, go to out. */
void rw_reader_tensor(rw_weight_reader *r, float *out, const char *name, const size_t *shape, int ndim);

/* Whether there is a tensor of that name. */
bool rw_reader_has(const rw_weight_reader *r, const char *name);

const float *rw_reader_vector(rw_weight_reader *r, const char *name, size_t n);
const float *rw_reader_table(rw_weight_reader *r, const char *name, size_t rows, size_t columns); /* float32 */

/* The same in `dtype`, row by row, so that no second copy is needed: token embeddings are the largest tensor. */
const void *rw_reader_token_table(rw_weight_reader *r, rwda_precision dtype, const char *name, size_t rows, size_t columns);

/* A Linear's weight [n, k], used as y = x W^T. */
rw_matrix rw_reader_matrix(rw_weight_reader *r, rwda_precision dtype, const char *name, size_t n, size_t k);

/* What was read into the buffer, as B [k, n] with B[i][j] = buffer[i * stride_k + j * stride_n], packed; `name` is for errors. */
rw_matrix rw_reader_pack(rw_weight_reader *r, rwda_precision dtype, const char *name, size_t n, size_t k, size_t stride_n,
                         size_t stride_k);

/* Precision of the weights outside the blocks: patch embedding, pooling head, projections, token embeddings. */
rwda_precision rw_reader_outer_dtype(const rw_weight_reader *r);

#endif

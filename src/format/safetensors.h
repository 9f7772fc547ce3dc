/* safetensors.h - safetensors reader and writer                                                   rank 1: format
 *
 *   offset  size  content
 *   0       8     N, length of the header in bytes, unsigned little-endian
 *   8       N     JSON object, may end in spaces:
 *                 { "name": { "dtype": "F16", "shape": [768, 3, 16, 16], "data_offsets": [begin, end] }, ... }
 *   8 + N   ...   tensor bytes, little-endian, row-major; offsets count from here
 *
 * The file is not trusted.  After a successful open or parse:
 *   (1) N <= RW_SAFETENSORS_HEADER_MAX and 8 + N <= file size;
 *   (2) the shape's product times the dtype's size fits size_t and equals end - begin;
 *   (3) ranges lie inside the data, do not overlap, leave no gap, and claim every byte;
 *   (4) names are unique, valid UTF-8, at most RW_SAFETENSORS_NAME_MAX bytes, at most RW_SAFETENSORS_TENSORS_MAX of them.
 *
 * Threads: a handle is immutable; share it; reading and summing an opened file, one thread.  Views live as long as the handle. */
#ifndef RW_SAFETENSORS_H
#define RW_SAFETENSORS_H

#include "base/checked_file.h"

#define RW_SAFETENSORS_HEADER_MAX  ((size_t)16 << 20) /* the format allows 100 MB; the largest CLIP needs 0.1 MB */
#define RW_SAFETENSORS_TENSORS_MAX 16384 /* the largest CLIP has 1,300; a header has 16 values a tensor at most */
#define RW_SAFETENSORS_NAME_MAX    256
#define RW_SAFETENSORS_NDIM_MAX    8
#define RW_SAFETENSORS_PARTS_MAX   64

typedef enum { RW_F32, RW_F16, RW_BF16, RW_F64, RW_I64, RW_I32, RW_I16, RW_I8, RW_U8, RW_BOOL } rw_dtype;

typedef struct rw_safetensors rw_safetensors;

typedef struct {
    const char    *name; /* owned by the handle */
    rw_dtype       dtype;
    int            ndim;                           /* 0: a scalar */
    size_t         shape[RW_SAFETENSORS_NDIM_MAX]; /* slowest dimension first */
    size_t         count;                          /* product of shape */
    const uint8_t *data;                           /* may be unaligned; NULL after _open: rw_safetensors_read() */
    size_t         offset, nbytes;                 /* among the tensors' bytes */
    size_t         part;                           /* of the files of an index */
} rw_tensor_view;

/* Reads the header alone; tensors' bytes stay in the file.  A path that ends in ".json" is an index, as model.safetensors.index.json:
 * { "weight_map": { "tensor": "file beside it", ... } }, of at most RW_SAFETENSORS_PARTS_MAX files, whose tensors are one list then. */
rwda_status rw_safetensors_open(rw_safetensors **out, const char *path, rwda_error *err);
/* The same on bytes the caller keeps alive, which views point into. */
rwda_status rw_safetensors_parse(rw_safetensors **out, const void *bytes, size_t len, rwda_error *err);
void        rw_safetensors_close(rw_safetensors *st); /* NULL is fine */

size_t                rw_safetensors_count(const rw_safetensors *st);
const rw_tensor_view *rw_safetensors_at(const rw_safetensors *st, size_t i);              /* sorted by name */
const rw_tensor_view *rw_safetensors_find(const rw_safetensors *st, const char *name);    /* NULL: no such tensor */
const char           *rw_safetensors_metadata(const rw_safetensors *st, const char *key); /* NULL: no such key */
const rw_file_stamp  *rw_safetensors_stamp(const rw_safetensors *st); /* of the opened file; of parts, of all */
const char           *rw_dtype_name(rw_dtype dtype);
size_t                rw_dtype_bytes(rw_dtype dtype); /* of an element */

/* Of an opened file: SHA-256 of the whole (of parts: of what `sha256sum` prints of them, in the order of their names), against which every
 * later read is checked (checked_file.h); bytes first .. first + len - 1 of a tensor.  RWDA_EIO: the file was changed meanwhile. */
rwda_status rw_safetensors_sum(rw_safetensors *st, char sha256[65], rwda_error *err);
rwda_status rw_safetensors_check_same(const rw_safetensors *st, rwda_error *err); /* not written to since it was opened */
rwda_status rw_safetensors_read(rw_safetensors *st, void *out, const rw_tensor_view *view, size_t first, size_t len,
                                rwda_error *err);

/* Writing.  The same tensors and metadata give the same bytes. */
typedef struct {
    const char *name;
    const void *
        data; /* [product of shape] of dtype; NULL: zeros, for a caller who fills them in where rw_safetensors_find() says */
    int ndim;
    size_t   shape[RW_SAFETENSORS_NDIM_MAX];
    rw_dtype dtype; /* RW_F32 is 0 */
} rw_tensor_out;

/* *out [*len] is the whole file, the caller's to free.  metadata: n_metadata pairs key, value.  Tensors are stored sorted by name. */
rwda_status rw_safetensors_build(uint8_t **out, size_t *len, const rw_tensor_out *tensors, size_t n_tensors,
                                 const char *const (*metadata)[2], size_t n_metadata, rwda_error *err);

#endif

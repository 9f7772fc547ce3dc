/* npy_rows.h - rows of an .npy file, of which it is not known how many there will be.                layer: common */
#ifndef RW_NPY_ROWS_H
#define RW_NPY_ROWS_H

#include "common/output.h"

typedef struct {
    rw_stream out; /* to a file: its header is written again at the end */
    size_t    count, dim;
} rw_npy_rows;

rwda_status rw_npy_rows_open(rw_npy_rows *rows, const char *path, bool overwrite, size_t dim, rwda_error *err);
rwda_status rw_npy_rows_add(rw_npy_rows *rows, const float *x, rwda_error *err); /* x [dim] */
/* keep: the whole file [count, dim] in its place; else nothing is left.  Closed rows are fine. */
rwda_status rw_npy_rows_close(rw_npy_rows *rows, bool keep, rwda_error *err);

#endif

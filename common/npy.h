/* npy.h - float32 arrays as NumPy's .npy files.                                                    layer: common */
#ifndef RW_NPY_H
#define RW_NPY_H

#include "base/status.h"

#include <stdbool.h>

/* data [shape[0], ..., shape[ndim - 1]], at most 8 dimensions -> an output (common/output.h): a file, or standard output ("-"). */
rwda_status rw_npy_write(const char *path, bool overwrite, const float *data, const size_t *shape, int ndim,
                         rwda_error *err);
/* Into a file that is replaced as a whole; what a killed writer left beside it is removed.  Errors: those of base/file.h. */
rwda_status rw_npy_save(const char *path, const float *data, const size_t *shape, int ndim, rwda_error *err);

/* The numbers of a file that one of these two made, when there are exactly `count`; false: there is no such file. */
bool rw_npy_load(float *out, size_t count, const char *path);

/* What stands before the numbers, and how many follow. */
#define RW_NPY_HEADER_MAX 320
size_t rw_npy_header(char out[RW_NPY_HEADER_MAX], size_t *count, const size_t *shape, int ndim); /* its length */

#endif

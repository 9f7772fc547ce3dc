/* npy.h - float32 arrays as NumPy's .npy files.                                                    layer: common */
#ifndef RW_NPY_H
#define RW_NPY_H

#include "base/status.h"

#include <stdbool.h>

/* data [shape[0], ..., shape[ndim - 1]] -> a file, or standard output ("-").  Errors: those of an output (common/output.h). */
rwda_status rw_npy_write(const char *path, bool overwrite, const float *data, const size_t *shape, int ndim, rwda_error *err);

/* The numbers of a file that rw_npy_write() made, when there are exactly `count`; false: there is no such file. */
bool rw_npy_load(float *out, size_t count, const char *path);

#endif

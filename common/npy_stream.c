/* npy_stream.c - .npy writer: header and data through a whole-file stream. */
#include "common/npy.h"
#include "common/output.h"

rwda_status rw_npy_write(const char *path, bool overwrite, const float *data, const size_t *shape, int ndim, rwda_error *err)
{
    char        header[RW_NPY_HEADER_MAX];
    size_t      count, len = rw_npy_header(header, &count, shape, ndim);
    rw_stream   out;
    rwda_status status = rw_stream_open(&out, path, overwrite, err);

    if (status != RWDA_OK)
        return status;
    (void)fwrite(header, 1, len, out.file); /* closing tells whether all of it arrived */
    (void)fwrite(data, sizeof *data, count, out.file);
    return rw_stream_close(&out, true, err);
}

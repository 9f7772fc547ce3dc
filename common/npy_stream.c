/* npy_stream.c - .npy writer: header and data through a whole-file stream. */
#include "common/npy.h"
#include "common/output.h"

rwda_status rw_npy_write(const char *path, bool overwrite, const float *data, const size_t *shape, int ndim, rwda_error *err)
{
    char        header[RW_NPY_HEADER_MAX];
    size_t      count, len = rw_npy_header(header, &count, shape, ndim);
    rw_stream   out;
    rwda_status status;

    RW_TRY(rw_stream_open(&out, path, overwrite, err));
    status = rw_stream_put(&out, header, len, err);
    if (status == RWDA_OK)
        status = rw_stream_put(&out, data, count * sizeof *data, err);
    if (status == RWDA_OK)
        return rw_stream_close(&out, true, err);
    (void)rw_stream_close(&out, false, NULL);
done:
    return status;
}

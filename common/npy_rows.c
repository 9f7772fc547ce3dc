#include "common/npy_rows.h"

#include "common/npy.h"

#include <errno.h>

static rwda_status put_header(rw_npy_rows *r, rwda_error *err)
{
    char   header[RW_NPY_HEADER_MAX];
    size_t numbers, len = rw_npy_header(header, &numbers, (size_t[]){ r->count, r->dim }, 2);

    return rw_stream_put(&r->out, header, len, err); /* padded: as long for any count below 10^40 */
}

rwda_status rw_npy_rows_open(rw_npy_rows *r, const char *path, bool overwrite, size_t dim, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    *r = (rw_npy_rows){ .dim = dim };
    RW_TRY(rw_stream_open(&r->out, path, overwrite, err));
    status = put_header(r, err);
    if (status != RWDA_OK)
        (void)rw_npy_rows_close(r, false, NULL);
done:
    return status;
}

rwda_status rw_npy_rows_add(rw_npy_rows *r, const float *x, rwda_error *err)
{
    r->count++;
    return rw_stream_put(&r->out, x, r->dim * sizeof *x, err);
}

rwda_status rw_npy_rows_close(rw_npy_rows *r, bool keep, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    if (r->out.file != NULL && keep && fseeko(r->out.file, 0, SEEK_SET) != 0)
        status = rw_fail_errno(err, r->out.path, "cannot be written");
    else if (r->out.file != NULL && keep)
        status = put_header(r, err);
    if (status == RWDA_OK)
        return rw_stream_close(&r->out, keep, err);
    (void)rw_stream_close(&r->out, false, NULL);
    return status;
}

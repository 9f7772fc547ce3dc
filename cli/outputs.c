/* outputs.c - Outputs, with what went wrong said. */
#include "cli/cli.h"

#include "common/json_watch.h"
#include "common/npy.h"

static int said(rwda_status status, const rwda_error *err)
{
    return status == RWDA_OK ? 0 : cli_fail(err, EXIT_OUTPUT);
}

int cli_output_check(const char *path, bool force)
{
    rwda_error err;

    return said(rw_stream_check(path, force, &err), &err);
}

int cli_output_open(rw_stream *out, const char *path, bool force)
{
    rwda_error err;

    return said(rw_stream_open(out, path, force, &err), &err);
}

int cli_output_close(rw_stream *out, bool keep)
{
    rwda_error err;

    return said(rw_stream_close(out, keep, &err), &err);
}

int cli_write_bytes(const char *path, bool force, const void *bytes, size_t len)
{
    rwda_error err;

    return said(rw_stream_write(path, force, bytes, len, &err), &err);
}

int cli_put_json(json_t *record, size_t flags)
{
    rwda_error err;

    if (rw_json_line(stdout, "standard output", record, flags, &err) == RWDA_OK)
        return 0;
    rw_json_lose();
    return cli_fail(&err, EXIT_OUTPUT);
}

int cli_write_npy(const char *path, bool force, const float *data, const size_t *shape, int ndim)
{
    rwda_error err;

    return said(rw_npy_write(path, force, data, shape, ndim, &err), &err);
}

/* output_file.c - an output in one call */
#include "base/file.h"

/* Takes the output. */
static rwda_status fill(rw_output *output, const void *bytes, size_t len, rwda_error *err)
{
    rwda_status status = rw_output_write(output, bytes, len, err);

    if (status == RWDA_OK)
        status = rw_output_commit(output, err);
    rw_output_free(output);
    return status;
}

rwda_status rw_file_write(const char *path, const void *bytes, size_t len, bool overwrite, rwda_error *err)
{
    rw_output  *output;
    rwda_status status = rw_output_new(&output, path, overwrite, err);

    return status == RWDA_OK ? fill(output, bytes, len, err) : status;
}

rwda_status rw_file_write_own(const char *path, const void *bytes, size_t len, rwda_error *err)
{
    rw_output  *output;
    rwda_status status;

    rw_output_remove_stale(path);
    status = rw_output_new_own(&output, path, true, err);
    return status == RWDA_OK ? fill(output, bytes, len, err) : status;
}

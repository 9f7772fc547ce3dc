#include "common/npy.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

#define MAGIC "\x93NUMPY\x01\x00" /* and the version */

/* Format 1.0: magic, version, header length, a Python dictionary padded to 64 bytes, the data. */
size_t rw_npy_header(char out[RW_NPY_HEADER_MAX], size_t *count, const size_t *shape, int ndim)
{
    char  *text      = out + 10;
    char   dims[176] = "";
    size_t len, used = 0;

    *count = 1;
    for (int i = 0; i < ndim; i++) {
        used += (size_t)snprintf(dims + used, sizeof dims - used, "%zu,%s", shape[i], i + 1 < ndim ? " " : "");
        *count *= shape[i];
    }
    len = (size_t)snprintf(text, RW_NPY_HEADER_MAX - 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", dims);
    while ((10 + len + 1) % 64 != 0)
        text[len++] = ' ';
    text[len++] = '\n';
    memcpy(out, MAGIC, 8);
    out[8] = (char)(len & 255);
    out[9] = (char)(len >> 8);
    return 10 + len;
}

rwda_status rw_npy_save(const char *path, const float *data, const size_t *shape, int ndim, rwda_error *err)
{
    char        header[RW_NPY_HEADER_MAX];
    size_t      count, len = rw_npy_header(header, &count, shape, ndim);
    rw_output  *out = NULL;
    rwda_status status;

    rw_output_remove_stale(path);
    RW_TRY(rw_output_new_own(&out, path, true, err));
    RW_TRY(rw_output_write(out, header, len, err));
    RW_TRY(rw_output_write(out, data, count * sizeof *data, err));
    RW_TRY(rw_output_commit(out, err));
done:
    rw_output_free(out);
    return status;
}

bool rw_npy_load(float *out, size_t count, const char *path)
{
    FILE   *in       = rw_file_stream_own(path);
    uint8_t head[10] = { 0 };
    bool    fine     = in != NULL && count < SIZE_MAX / 8 && fread(head, 1, sizeof head, in) == sizeof head &&
                memcmp(head, MAGIC, 8) == 0 && fseek(in, -(long)(count * sizeof *out), SEEK_END) == 0 &&
                ftell(in) == (long)sizeof head + head[8] + 256 * head[9] && fread(out, sizeof *out, count, in) == count;

    if (in != NULL)
        fclose(in);
    return fine;
}

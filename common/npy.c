#include "common/npy.h"

#include "common/output.h"

#include <string.h>

#define MAGIC "\x93NUMPY\x01\x00" /* and the version */

/* Format 1.0: magic, version, header length, a Python dictionary padded to 64 bytes, the data. */
rwda_status rw_npy_write(const char *path, bool overwrite, const float *data, const size_t *shape, int ndim, rwda_error *err)
{
    rw_stream   out;
    char        header[256], dims[128] = "";
    size_t      count  = 1, len;
    rwda_status status = rw_stream_open(&out, path, overwrite, err);

    if (status != RWDA_OK)
        return status;
    for (int i = 0; i < ndim; i++) {
        (void)snprintf(dims + strlen(dims), sizeof dims - strlen(dims), "%zu,%s", shape[i], i + 1 < ndim ? " " : "");
        count *= shape[i];
    }
    len = (size_t)snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", dims);
    while ((10 + len + 1) % 64 != 0)
        header[len++] = ' ';
    header[len++] = '\n';
    (void)fwrite(MAGIC, 1, 8, out.file);
    fputc((int)(len & 255), out.file);
    fputc((int)(len >> 8), out.file);
    (void)fwrite(header, 1, len, out.file);
    (void)fwrite(data, sizeof *data, count, out.file);
    return rw_stream_close(&out, true, err);
}

bool rw_npy_load(float *out, size_t count, const char *path)
{
    FILE   *in       = fopen(path, "rb");
    uint8_t head[10] = { 0 };
    bool    fine     = in != NULL && count < SIZE_MAX / 8 && fread(head, 1, sizeof head, in) == sizeof head &&
                memcmp(head, MAGIC, 8) == 0 && fseek(in, -(long)(count * sizeof *out), SEEK_END) == 0 &&
                ftell(in) == (long)sizeof head + head[8] + 256 * head[9] && fread(out, sizeof *out, count, in) == count;

    if (in != NULL)
        fclose(in);
    return fine;
}

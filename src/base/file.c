#include "base/file.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

bool rw_file_stamp_same(const rw_file_stamp *a, const rw_file_stamp *b)
{
    return a->size == b->size && a->inode == b->inode && a->modified == b->modified;
}

rwda_status rw_file_get_all(uint8_t **out, size_t *len, const rw_file *file, const char *path, size_t limit, rwda_error *err)
{
    size_t      size   = (size_t)file->stamp.size;
    uint8_t    *bytes  = NULL;
    rwda_status status = RWDA_OK;

    *out = NULL;
    *len = 0;
    if (file->stamp.size > limit)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: file of %zu bytes is over the limit of %zu", path, size,
                       limit);
    bytes = malloc(size + 1);
    if (bytes == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for %zu bytes", path, size);
    RW_TRY(rw_file_get(file, bytes, size, 0, path, err));
    RW_TRY(rw_file_check_same(file, path, err));
    bytes[size] = '\0';
    *out        = bytes;
    *len        = size;
    bytes       = NULL;
done:
    free(bytes);
    return status;
}

rwda_status rw_file_read(uint8_t **out, size_t *len, const char *path, size_t limit, rwda_error *err)
{
    rw_file     file;
    rwda_status status;

    *out   = NULL;
    *len   = 0;
    status = rw_file_open(&file, path, err);
    if (status == RWDA_OK)
        status = rw_file_get_all(out, len, &file, path, limit, err);
    rw_file_close(&file);
    return status;
}

bool rw_file_read_own(uint8_t **out, size_t *len, const char *path, size_t limit)
{
    rw_file file;
    bool    good;

    *out = NULL;
    *len = 0;
    good = rw_file_open_own(&file, path) && rw_file_get_all(out, len, &file, path, limit, NULL) == RWDA_OK;
    rw_file_close(&file);
    return good;
}

rwda_status rw_file_stream(FILE **out, const char *path, rwda_error *err)
{
    rw_file     file;
    rwda_status status = rw_file_open(&file, path, err);

    *out = status == RWDA_OK ? fdopen(file.fd, "rb") : NULL;
    if (status == RWDA_OK && *out == NULL) {
        status = rw_fail_errno(err, path, "cannot be read");
        rw_file_close(&file);
    }
    return status;
}

FILE *rw_file_stream_own(const char *path)
{
    rw_file file;
    FILE   *stream;

    if (!rw_file_open_own(&file, path))
        return NULL;
    stream = fdopen(file.fd, "rb");
    if (stream == NULL)
        rw_file_close(&file);
    return stream;
}

void rw_sha256_hex(char out[65], const void *bytes, size_t len)
{
    struct sha256_ctx sum;

    sha256_init(&sum);
    if (len > 0)
        sha256_update(&sum, len, bytes);
    rw_sha256_finish(out, &sum);
}

void rw_sha256_finish(char out[65], struct sha256_ctx *sum)
{
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_digest(sum, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

bool rw_path_join(char *out, size_t capacity, const char *dir, const char *name)
{
    const char *last  = rw_last_separator(dir);
    const char *slash = last != NULL && last[1] == '\0' ? "" : "/";
    int         need  = snprintf(out, capacity, "%s%s%s", dir, slash, name);

    return need >= 0 && (size_t)need < capacity;
}

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

rwda_status rw_fail_errno(rwda_error *err, const char *path, const char *what)
{
    rwda_status code = errno == ENOENT || errno == ENOTDIR ? RWDA_ENOTFOUND : RWDA_EIO;

    return rw_fail(err, code, RWDA_NO_OFFSET, "%.300s: %s: %s", path, what, strerror(errno));
}

rwda_status rw_fail_not_regular(rwda_error *err, const char *path, mode_t mode)
{
    return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: is %s, not a regular file", path,
                   S_ISDIR(mode) ? "a directory" : "a device, pipe or socket");
}

static int64_t nanoseconds(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static rw_file_stamp stamp_of(const struct stat *info)
{
    return (rw_file_stamp){ info->st_ino, (uint64_t)info->st_size, nanoseconds(&info->st_mtim),
                            nanoseconds(&info->st_ctim) };
}

bool rw_file_stamp_of(rw_file_stamp *out, const char *path)
{
    struct stat info;

    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    *out = stamp_of(&info);
    return true;
}

bool rw_file_stamp_same(const rw_file_stamp *a, const rw_file_stamp *b)
{
    return a->size == b->size && a->inode == b->inode && a->modified == b->modified;
}

static rwda_status open_file(rw_file *out, struct stat *info, const char *path, int more_flags, rwda_error *err)
{
    /* Opening a FIFO or a terminal must not wait. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | more_flags);

    *out = RW_FILE_CLOSED;
    if (fd < 0)
        return rw_fail_errno(err, path, "cannot open");
    if (fstat(fd, info) != 0) {
        rwda_status status = rw_fail_errno(err, path, "cannot stat");
        close(fd);
        return status;
    }
    if (!S_ISREG(info->st_mode)) { /* reading a FIFO or device could block or never end */
        close(fd);
        return rw_fail_not_regular(err, path, info->st_mode);
    }
    *out = (rw_file){ fd, stamp_of(info) };
    return RWDA_OK;
}

rwda_status rw_file_open(rw_file *out, const char *path, rwda_error *err)
{
    struct stat info;

    return open_file(out, &info, path, 0, err);
}

bool rw_file_open_own(rw_file *out, const char *path)
{
    struct stat info;

    if (open_file(out, &info, path, O_NOFOLLOW, NULL) != RWDA_OK)
        return false;
    if (info.st_uid == geteuid() && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return true;
    rw_file_close(out);
    return false;
}

rwda_status rw_file_get(const rw_file *file, void *out, size_t len, uint64_t offset, const char *path, rwda_error *err)
{
    uint8_t *to = out;

    while (len > 0) {
        ssize_t got = pread(file->fd, to, len, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return rw_fail_errno(err, path, "cannot read");
        if (got == 0)
            return rw_fail(err, RWDA_EIO, (int64_t)offset, "%.300s: ends at %llu while it is read, it had %llu bytes", path,
                           (unsigned long long)offset, (unsigned long long)file->stamp.size);
        to += got;
        len -= (size_t)got;
        offset += (uint64_t)got;
    }
    return RWDA_OK;
}

rwda_status rw_file_check_same(const rw_file *file, const char *path, rwda_error *err)
{
    struct stat   info;
    rw_file_stamp now;

    if (fstat(file->fd, &info) != 0)
        return rw_fail_errno(err, path, "cannot stat");
    now = stamp_of(&info);
    if (now.size == file->stamp.size && now.modified == file->stamp.modified)
        return RWDA_OK;
    return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET,
                   "%.300s: was written to while it was read (%llu bytes before, %llu after): try again", path,
                   (unsigned long long)file->stamp.size, (unsigned long long)now.size);
}

void rw_file_close(rw_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    *file = RW_FILE_CLOSED;
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

bool rw_is_directory(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool rw_path_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool rw_real_path(char out[RW_PATH_MAX], const char *path)
{
    return realpath(path, out) != NULL;
}

bool rw_make_own_folder(const char *path)
{
    return mkdir(path, 0700) == 0;
}

bool rw_path_join(char *out, size_t capacity, const char *dir, const char *name)
{
    size_t      len   = strlen(dir);
    const char *slash = len > 0 && dir[len - 1] == '/' ? "" : "/";
    int         need  = snprintf(out, capacity, "%s%s%s", dir, slash, name);

    return need >= 0 && (size_t)need < capacity;
}

#include "base/file.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static rwda_status fail_errno(rwda_error *err, const char *path, const char *what)
{
    rwda_status code = errno == ENOENT || errno == ENOTDIR ? RWDA_ENOTFOUND : RWDA_EIO;

    return rw_fail(err, code, RWDA_NO_OFFSET, "%.300s: %s: %s", path, what, strerror(errno));
}

static const char *file_type(const struct stat *info)
{
    return S_ISDIR(info->st_mode) ? "a directory" : "a device, pipe or socket";
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

/* Regular files only: reading a FIFO or device could block or never end. */
static rwda_status open_regular(int *fd_out, rw_file_stamp *stamp, const char *path, rwda_error *err)
{
    struct stat info;
    int         fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return fail_errno(err, path, "cannot open");
    if (fstat(fd, &info) != 0) {
        rwda_status status = fail_errno(err, path, "cannot stat");
        close(fd);
        return status;
    }
    if (!S_ISREG(info.st_mode)) {
        close(fd);
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: is %s, not a regular file", path, file_type(&info));
    }
    *fd_out = fd;
    *stamp  = stamp_of(&info);
    return RWDA_OK;
}

rwda_status rw_file_map(rw_mapping *out, const char *path, rwda_error *err)
{
    int           fd;
    rw_file_stamp stamp;
    void         *bytes  = NULL;
    rwda_status   status = open_regular(&fd, &stamp, path, err);

    *out = (rw_mapping){ .bytes = NULL };
    if (status != RWDA_OK)
        return status;
    if (stamp.size > 0) {
        bytes = mmap(NULL, (size_t)stamp.size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED) {
            status = fail_errno(err, path, "cannot map");
            close(fd);
            return status;
        }
    }
    close(fd);
    *out = (rw_mapping){ bytes, (size_t)stamp.size, stamp };
    return RWDA_OK;
}

bool rw_file_map_own(rw_mapping *out, const char *path, size_t len)
{
    struct stat info;
    void       *bytes = MAP_FAILED;
    int         fd    = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);

    *out = (rw_mapping){ .bytes = NULL };
    if (fd < 0)
        return false;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
        (info.st_mode & (S_IWGRP | S_IWOTH)) == 0 && (uint64_t)info.st_size == len)
        bytes = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED)
        return false;
    *out = (rw_mapping){ bytes, len, stamp_of(&info) };
    return true;
}

void rw_file_drop_pages(const void *bytes, size_t len)
{
    uintptr_t page  = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)bytes + page - 1) & ~(page - 1), end = ((uintptr_t)bytes + len) & ~(page - 1);

    if (first < end)
        (void)madvise((void *)first, end - first, MADV_DONTNEED); /* only advice: failure is harmless */
}

void rw_file_unmap(rw_mapping *mapping)
{
    if (mapping->bytes != NULL)
        munmap((void *)(uintptr_t)mapping->bytes, mapping->len);
    *mapping = (rw_mapping){ .bytes = NULL };
}

rwda_status rw_file_read(uint8_t **out, size_t *len, const char *path, size_t limit, rwda_error *err)
{
    int           fd    = -1;
    rw_file_stamp stamp = { 0 };
    size_t        size, done = 0;
    uint8_t      *bytes  = NULL;
    rwda_status   status = open_regular(&fd, &stamp, path, err);

    *out = NULL;
    *len = 0;
    if (status != RWDA_OK)
        return status;
    size = (size_t)stamp.size;
    if (size > limit) {
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: file of %zu bytes is over the limit of %zu", path, size,
                         limit);
        goto done;
    }
    bytes = malloc(size + 1);
    if (bytes == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for %zu bytes", path, size);
        goto done;
    }
    while (done < size) {
        ssize_t got = read(fd, bytes + done, size - done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            status = fail_errno(err, path, "cannot read");
            goto done;
        }
        if (got == 0) /* truncated since fstat: return what is left */
            break;
        done += (size_t)got;
    }
    bytes[done] = '\0';
    *out        = bytes;
    *len        = done;
    bytes       = NULL;
done:
    free(bytes);
    close(fd);
    return status;
}

struct rw_output {
    int   fd;
    char *path, *temporary;
    bool  overwrite;
};

rwda_status rw_output_new(rw_output **out, const char *path, bool overwrite, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    rw_output  *output = NULL;
    size_t      len    = strlen(path);
    struct stat info;
    mode_t      mask;

    *out = NULL;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) /* renaming onto /dev/null would replace it */
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: is %s, not a regular file", path, file_type(&info));
    if (!overwrite && access(path, F_OK) == 0)
        return rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET, "%.300s: exists already", path);
    output = calloc(1, sizeof *output);
    if (output == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for an output handle", path);
    output->fd        = -1;
    output->overwrite = overwrite;
    output->path      = rw_string_copy(path);
    output->temporary = malloc(len + 8);
    if (output->path == NULL || output->temporary == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for a path of %zu bytes", path, len);
        goto done;
    }
    (void)snprintf(output->temporary, len + 8, "%s.XXXXXX", path);
    output->fd = mkstemp(output->temporary);
    if (output->fd < 0) {
        status               = fail_errno(err, path, "cannot be created");
        output->temporary[0] = '\0';
        goto done;
    }
    mask = umask(0); /* mkstemp makes 0600; a finished output has the usual permissions */
    (void)umask(mask);
    (void)fchmod(output->fd, 0666 & ~mask);
    *out   = output;
    output = NULL;
done:
    rw_output_free(output);
    return status;
}

rwda_status rw_output_write(rw_output *output, const void *bytes, size_t len, rwda_error *err)
{
    const uint8_t *from = bytes;

    while (len > 0) {
        ssize_t put = write(output->fd, from, len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return fail_errno(err, output->path, "cannot be written");
        from += put;
        len -= (size_t)put;
    }
    return RWDA_OK;
}

rwda_status rw_output_commit(rw_output *output, rwda_error *err)
{
    int fd = output->fd;

    if (fsync(fd) != 0)
        return fail_errno(err, output->path, "cannot write to disk");
    output->fd = -1;
    if (close(fd) != 0)
        return fail_errno(err, output->path, "cannot close");
    if (!output->overwrite) {
        /* link() fails where rename() would replace: no window in which another writer's file is lost. */
        if (link(output->temporary, output->path) == 0)
            return RWDA_OK; /* _free() removes the temporary name */
        if (errno == EEXIST)
            return rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET, "%.300s: was made by somebody else meanwhile", output->path);
        /* A file system without hard links: fall through to rename(). */
    }
    if (rename(output->temporary, output->path) != 0)
        return fail_errno(err, output->path, "cannot rename into place");
    output->temporary[0] = '\0';
    return RWDA_OK;
}

int rw_output_fd(const rw_output *output)
{
    return output->fd;
}

const char *rw_output_temporary(const rw_output *output)
{
    return output->temporary;
}

void rw_output_make_private(rw_output *output)
{
    (void)fchmod(output->fd, 0600);
}

void rw_output_free(rw_output *output)
{
    if (output == NULL)
        return;
    if (output->fd >= 0)
        close(output->fd);
    if (output->temporary != NULL && output->temporary[0] != '\0')
        (void)unlink(output->temporary);
    free(output->temporary);
    free(output->path);
    free(output);
}

void rw_output_remove_stale(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t      len   = strlen(slash != NULL ? slash + 1 : path);
    char        dir[RW_PATH_MAX], other[RW_PATH_MAX];
    DIR        *folder;

    (void)snprintf(dir, sizeof dir, "%.*s", slash != NULL ? (int)(slash - path) : 1, slash != NULL ? path : ".");
    folder = opendir(dir);
    for (struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        const char *name = entry->d_name;
        struct stat info;

        if (strncmp(name, path + strlen(path) - len, len) == 0 && name[len] == '.' &&
            strlen(name + len) == sizeof ".XXXXXX" - 1 && rw_path_join(other, sizeof other, dir, name) &&
            lstat(other, &info) == 0 && S_ISREG(info.st_mode) && info.st_mtime < time(NULL) - 3600)
            (void)unlink(other);
    }
    if (folder != NULL)
        closedir(folder);
}

rwda_status rw_file_write(const char *path, const void *bytes, size_t len, bool overwrite, rwda_error *err)
{
    rw_output  *output = NULL;
    rwda_status status = RWDA_OK;

    RW_TRY(rw_output_new(&output, path, overwrite, err));
    RW_TRY(rw_output_write(output, bytes, len, err));
    RW_TRY(rw_output_commit(output, err));
done:
    rw_output_free(output);
    return status;
}

static void write_hex(char out[65], const unsigned char digest[SHA256_DIGEST_LENGTH])
{
    for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

void rw_sha256_hex(char out[65], const void *bytes, size_t len)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256(len > 0 ? bytes : "", len, digest);
    write_hex(out, digest);
}

rwda_status rw_sha256_mapped(char out[65], const rw_mapping *mapping, rwda_error *err)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    const size_t  piece = (size_t)4 << 20;
    EVP_MD_CTX   *sum   = EVP_MD_CTX_new();
    bool          good  = sum != NULL && EVP_DigestInit_ex(sum, EVP_sha256(), NULL) == 1;

    for (size_t at = 0; at < mapping->len && good; at += piece) {
        size_t len = mapping->len - at < piece ? mapping->len - at : piece;

        good = EVP_DigestUpdate(sum, mapping->bytes + at, len) == 1;
        rw_file_drop_pages(mapping->bytes + at, len);
    }
    good = good && EVP_DigestFinal_ex(sum, digest, NULL) == 1;
    EVP_MD_CTX_free(sum);
    if (!good)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the sum of %zu bytes", mapping->len);
    write_hex(out, digest);
    return RWDA_OK;
}

bool rw_is_directory(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool rw_path_join(char *out, size_t capacity, const char *dir, const char *name)
{
    size_t      len   = strlen(dir);
    const char *slash = len > 0 && dir[len - 1] == '/' ? "" : "/";
    int         need  = snprintf(out, capacity, "%s%s%s", dir, slash, name);

    return need >= 0 && (size_t)need < capacity;
}

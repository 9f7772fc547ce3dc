/* file_posix.c - files and paths of POSIX */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
            return rw_fail_shorter(err, path, offset, file->stamp.size);
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
    return rw_fail_written_to(err, path, file->stamp.size, now.size);
}

void rw_file_close(rw_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    *file = RW_FILE_CLOSED;
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

const char *rw_last_separator(const char *path)
{
    return strrchr(path, '/');
}

void rw_path_to_folder(char path[RW_PATH_MAX])
{
    char *slash = strrchr(path, '/');

    if (slash == NULL)
        strcpy(path, ".");
    else
        path[slash == path ? 1 : slash - path] = '\0';
}

bool rw_is_name(const char *name)
{
    return name[0] != '\0' && strchr(name, '/') == NULL;
}

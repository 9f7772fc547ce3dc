/* output_file_posix.c - output that appears whole or not at all.
 *
 * Where the file system can (O_TMPFILE), the file has no name before it is whole: a killed writer leaves nothing.  Elsewhere it has a
 * temporary one. */
#include "base/output_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int open_unnamed(const char *path, mode_t mode)
{
    char   dir[RW_PATH_MAX];
    size_t folder, stem;

    rw_output_split(&folder, &stem, path);
    if (folder >= sizeof dir || access("/proc/self/fd", X_OK) != 0) /* linkat() goes through it */
        return -1;
    memcpy(dir, folder > 0 ? path : ".", folder > 0 ? folder : 1);
    dir[folder > 0 ? folder : 1] = '\0';
    return open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
}

/* Both opens take the process's mask into account by themselves: asking for it would change it for other threads. */
static rwda_status open_output(rw_output *output, mode_t mode, rwda_error *err)
{
    output->fd = open_unnamed(output->path, mode);
    for (int i = 0; i < 100; i++) {
        if (!rw_output_name(output->temporary, output->path))
            break;
        if (output->fd >= 0) {
            output->unnamed = true;
            return RWDA_OK;
        }
        output->fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (output->fd >= 0)
            return RWDA_OK;
        if (errno != EEXIST)
            break;
    }
    output->temporary[0] = '\0';
    return rw_fail_errno(err, output->path, "cannot be created");
}

static rwda_status new_output(rw_output **out, const char *path, bool overwrite, mode_t mode, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    rw_output  *output = NULL;
    struct stat info;

    *out = NULL;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) /* renaming onto /dev/null would replace it */
        return rw_fail_not_regular(err, path, info.st_mode);
    if (!overwrite && lstat(path, &info) == 0)
        return rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET, "%.300s: exists already%s", path,
                       access(path, F_OK) != 0 && S_ISLNK(info.st_mode) ? ", a link to nothing" : "");
    status = rw_output_blank(&output, path, overwrite, err);
    if (status == RWDA_OK)
        status = open_output(output, mode, err);
    if (status != RWDA_OK)
        rw_output_free(output);
    else
        *out = output;
    return status;
}

rwda_status rw_output_new(rw_output **out, const char *path, bool overwrite, rwda_error *err)
{
    return new_output(out, path, overwrite, 0666, err);
}

rwda_status rw_output_new_own(rw_output **out, const char *path, bool readable, rwda_error *err)
{
    return new_output(out, path, true, readable ? 0644 : 0600, err);
}

rwda_status rw_output_write(rw_output *output, const void *bytes, size_t len, rwda_error *err)
{
    const uint8_t *from = bytes;

    while (len > 0) {
        ssize_t put = write(output->fd, from, len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return rw_fail_errno(err, output->path, "cannot be written");
        from += put;
        len -= (size_t)put;
    }
    return RWDA_OK;
}

/* An unnamed file takes `name`, which must be free. */
static bool take_name(const rw_output *output, const char *name)
{
    char self[64];

    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", output->fd);
    return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
}

rwda_status rw_output_commit(rw_output *output, rwda_error *err)
{
    int fd = output->fd;

    if (fsync(fd) != 0)
        return rw_fail_errno(err, output->path, "cannot write to disk");
    if (output->unnamed && !output->overwrite) {
        if (take_name(output, output->path)) {
            output->temporary[0] = '\0';
            return RWDA_OK;
        }
        return errno == EEXIST ? rw_output_fail_exists(output, err)
                               : rw_fail_errno(err, output->path, "cannot be put in place");
    }
    if (output->unnamed && !take_name(output, output->temporary)) /* linkat() does not replace, rename() does */
        return rw_fail_errno(err, output->path, "cannot be put in place");
    output->unnamed = false;
    output->fd      = -1;
    if (close(fd) != 0)
        return rw_fail_errno(err, output->path, "cannot close");
    if (!output->overwrite) {
        /* link() fails where rename() would replace: no window in which another writer's file is lost. */
        if (link(output->temporary, output->path) == 0)
            return RWDA_OK; /* _free() removes the temporary name */
        if (errno == EEXIST)
            return rw_output_fail_exists(output, err);
        /* A file system without hard links: fall through to rename(). */
    }
    if (rename(output->temporary, output->path) != 0)
        return rw_fail_errno(err, output->path, "cannot rename into place");
    output->temporary[0] = '\0';
    return RWDA_OK;
}

void rw_output_free(rw_output *output)
{
    if (output == NULL)
        return;
    if (output->fd >= 0)
        close(output->fd);
    if (output->temporary != NULL && output->temporary[0] != '\0' && !output->unnamed)
        (void)unlink(output->temporary);
    free(output->temporary);
    free(output->path);
    free(output);
}

void rw_output_remove_stale(const char *path)
{
    char   dir[RW_PATH_MAX], other[RW_PATH_MAX];
    size_t folder, stem;
    DIR   *entries;

    rw_output_split(&folder, &stem, path);
    if (folder >= sizeof dir)
        return;
    (void)snprintf(dir, sizeof dir, "%.*s", folder > 0 ? (int)folder : 1, folder > 0 ? path : ".");
    entries = opendir(dir);
    for (struct dirent *entry = NULL; entries != NULL && (entry = readdir(entries)) != NULL;) {
        const char *name = entry->d_name;
        struct stat info;

        if (strncmp(name, path + folder, stem) == 0 && name[stem] == '.' && strlen(name + stem) == RW_OUTPUT_SUFFIX &&
            rw_path_join(other, sizeof other, dir, name) && lstat(other, &info) == 0 && S_ISREG(info.st_mode) &&
            info.st_mtime < time(NULL) - 3600)
            (void)unlink(other);
    }
    if (entries != NULL)
        closedir(entries);
}

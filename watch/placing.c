#include "watch/placing.h"

#include "common/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 65536

const char *place_of(const place_options *o, const char *label)
{
    return strcmp(label, "normal") == 0      ? o->normal
           : strcmp(label, "review") == 0    ? o->review
           : strcmp(label, "anomalous") == 0 ? o->anomalous
           : strcmp(label, "failed") == 0    ? o->failed
                                             : NULL;
}

static rwda_status check_one(const char *to, const char *folder, rwda_error *err)
{
    char        path[RW_PATH_MAX], whole[PATH_MAX];
    rwda_status status = RWDA_OK;

    if (to == NULL)
        return RWDA_OK;
    if (!rw_path_format(path, "%s/", to))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: too long for a path", to);
    RW_TRY(rw_path_make_folders(path, err));
    if (realpath(to, whole) == NULL)
        return rw_fail_errno(err, to, "cannot be used");
    if (!rw_is_directory(whole))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: is no folder", to);
    if (rw_path_contains(folder, whole) || rw_path_contains(whole, folder))
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                         "%.300s: lies in the watched folder %.300s, or around it: what is put there would be scored again",
                         to, folder);
done:
    return status;
}

rwda_status place_check(const place_options *o, const char *folder, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    RW_TRY(check_one(o->normal, folder, err));
    RW_TRY(check_one(o->review, folder, err));
    RW_TRY(check_one(o->anomalous, folder, err));
    RW_TRY(check_one(o->failed, folder, err));
done:
    return status;
}

/* SHA-256 of a file, and its bytes into `copy` unless that is NULL. */
static rwda_status read_file(char sha256[65], const char *path, rw_output *copy, rwda_error *err)
{
    rw_file           file = RW_FILE_CLOSED;
    struct sha256_ctx sum;
    uint8_t          *piece = malloc(PIECE);
    struct timespec   times[2];
    rwda_status status = piece != NULL ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory", path);

    RW_TRY(status);
    RW_TRY(rw_file_open(&file, path, err));
    sha256_init(&sum);
    for (uint64_t at = 0; at < file.stamp.size;) {
        size_t len = file.stamp.size - at < PIECE ? (size_t)(file.stamp.size - at) : PIECE;

        RW_TRY(rw_file_get(&file, piece, len, at, path, err));
        sha256_update(&sum, len, piece);
        if (copy != NULL)
            RW_TRY(rw_output_write(copy, piece, len, err));
        at += len;
    }
    RW_TRY(rw_file_check_same(&file, path, err));
    rw_sha256_finish(sha256, &sum);
    times[0] = times[1] = (struct timespec){ file.stamp.modified / 1000000000, file.stamp.modified % 1000000000 };
    if (copy != NULL)
        (void)futimens(rw_output_fd(copy), times);
done:
    rw_file_close(&file);
    free(piece);
    return status;
}

static bool holds(const char *path, const char *sha256)
{
    char found[65];

    return read_file(found, path, NULL, NULL) == RWDA_OK && strcmp(found, sha256) == 0;
}

/* What is at the source? */
typedef enum { SOURCE_SAME, SOURCE_ANEW, SOURCE_GONE } source_state;

static source_state look_at(const char *source, const ledger_message *m)
{
    rw_file_stamp stamp;

    if (!rw_file_stamp_of(&stamp, source))
        return SOURCE_GONE;
    if (m->sha256[0] == '\0') /* it could not be read */
        return rw_file_stamp_same(&stamp, &m->stamp) ? SOURCE_SAME : SOURCE_ANEW;
    return rw_file_stamp_same(&stamp, &m->stamp) || holds(source, m->sha256) ? SOURCE_SAME : SOURCE_ANEW;
}

static rwda_status copy_file(const char *source, const char *target, const ledger_message *m, bool *other, rwda_error *err)
{
    rw_output  *output = NULL;
    char        sha256[65];
    rwda_status status = RWDA_OK;

    RW_TRY(rw_output_new(&output, target, false, err));
    RW_TRY(read_file(sha256, source, output, err));
    *other = m->sha256[0] != '\0' && strcmp(sha256, m->sha256) != 0;
    if (!*other)
        status = rw_output_commit(output, err);
done:
    rw_output_free(output);
    return status;
}

/* By its name alone.  EXDEV: only a copy can. */
static int rename_file(const char *source, const char *target)
{
    if (renameat2(AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (link(source, target) == 0) /* a file system that cannot refuse to replace */
        return unlink(source) == 0 ? 0 : errno;
    return errno == EEXIST ? EEXIST : EXDEV;
}

static rwda_status move_file(const char *source, const char *target, const ledger_message *m, bool *left, rwda_error *err)
{
    rw_file_stamp stamp;
    bool          other  = false;
    int           code   = rename_file(source, target);
    rwda_status   status = RWDA_OK;

    if (code == 0) {
        *left = true;
        if (!rw_file_stamp_of(&stamp, target) || rw_file_stamp_same(&stamp, &m->stamp) || m->sha256[0] == '\0' ||
            holds(target, m->sha256))
            return RWDA_OK;
        *left = rename_file(target, source) != 0; /* a new one came just then */
        return RWDA_OK;
    }
    if (code != EXDEV) {
        errno = code;
        return code == EEXIST ? rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET, "%.300s: exists already", target)
                              : rw_fail_errno(err, source, "cannot be moved");
    }
    RW_TRY(copy_file(source, target, m, &other, err));
    if (!other && look_at(source, m) == SOURCE_SAME) {
        if (unlink(source) != 0)
            RW_TRY(rw_fail_errno(err, source, "cannot be removed after it was copied"));
        *left = true;
    }
done:
    return status;
}

static rwda_status link_file(const char *source, const char *target, rwda_error *err)
{
    char whole[PATH_MAX];

    if (linkat(AT_FDCWD, source, AT_FDCWD, target, AT_SYMLINK_FOLLOW) == 0) /* of a link: to its file */
        return RWDA_OK;
    if ((errno == EXDEV || errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP) && realpath(source, whole) != NULL &&
        symlink(whole, target) == 0)
        return RWDA_OK;
    return errno == EEXIST ? rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET, "%.300s: exists already", target)
                           : rw_fail_errno(err, target, "cannot be made");
}

/* "part.png" as "part-0123abcd.png". */
static bool other_name(char out[RW_PATH_MAX], const char *path, const char *sha256)
{
    const char *base = rw_path_base(path), *dot = strrchr(base, '.');
    int         stem = dot != NULL && dot > base ? (int)(dot - path) : (int)strlen(path);

    return rw_path_format(out, "%.*s-%.8s%s", stem, path, sha256[0] != '\0' ? sha256 : "unread", path + stem);
}

static bool is_there(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

/* Is the file, or a folder on the way to it from the watched one, a link? */
static bool is_linked(const char *folder, const char *path)
{
    char        part[RW_PATH_MAX];
    struct stat info;

    for (size_t len = strcspn(path, "/");; len += 1 + strcspn(path + len + 1, "/")) {
        if (!rw_path_format(part, "%s/%.*s", folder, (int)len, path) || (lstat(part, &info) == 0 && S_ISLNK(info.st_mode)))
            return true;
        if (path[len] == '\0')
            return false;
    }
}

rwda_status place_file(bool *left, const place_options *o, const char *folder, const ledger_message *m, rwda_error *err)
{
    char         source[RW_PATH_MAX], targets[2][RW_PATH_MAX];
    source_state state;
    bool         other  = false;
    rwda_status  status = RWDA_OK;

    *left = false;
    if (!rw_path_format(source, "%s/%s", folder, m->path) ||
        !rw_path_format(targets[0], "%s/%s", place_of(o, m->label), m->path) ||
        !other_name(targets[1], targets[0], m->sha256))
        return rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET, "%.300s: its place has too long a path", m->path);
    if (o->how == PLACE_MOVE && is_linked(folder, m->path)) /* its file is others', outside of the folder perhaps */
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.300s: is a link, or lies behind one, so it stays", source);
    state = look_at(source, m);
    for (int i = 0; i < 2 && m->sha256[0] != '\0'; i++)
        if (is_there(targets[i]) &&
            holds(targets[i], m->sha256)) { /* it was placed, and this was not noted; or it is a copy */
            *left = o->how == PLACE_MOVE && (state == SOURCE_GONE || (state == SOURCE_SAME && unlink(source) == 0));
            return RWDA_OK;
        }
    if (state == SOURCE_ANEW)
        return RWDA_OK;
    if (state == SOURCE_GONE) {
        *left = true;
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.300s: was gone before it could be placed", source);
    }
    RW_TRY(rw_path_make_folders(targets[0], err));
    for (int i = 0; i < 2; i++) {
        if (is_there(targets[i]))
            continue;
        status = o->how == PLACE_MOVE   ? move_file(source, targets[i], m, left, err)
                 : o->how == PLACE_COPY ? copy_file(source, targets[i], m, &other, err)
                                        : link_file(source, targets[i], err);
        if (status != RWDA_EEXIST)
            return status;
    }
    status = rw_fail(err, RWDA_EEXIST, RWDA_NO_OFFSET, "%.300s: other files are there under both names that it might take",
                     targets[0]);
done:
    return status;
}

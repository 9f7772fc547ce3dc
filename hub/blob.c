#include "hub/blob.h"

#include "common/paths.h"
#include "hub/digest.h"
#include "hub/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define IDLE_TRIES 5 /* one after another that brought less than GAIN bytes */
#define GAIN       ((uint64_t)64 << 10)
#define MEGABYTE   ((uint64_t)1000000)

/* The file that grows, and the digest of what it holds. */
typedef struct {
    rw_hub_job        *job;
    const rw_hub_file *file;
    char               blob[RW_PATH_MAX], growing[RW_PATH_MAX];
    int                fd;
    uint64_t           have;
    rw_hub_digest     *digest;
} arrival;

static rwda_status fail_errno(const arrival *a, const char *what, rwda_error *err)
{
    a->job->disk_failed = true;
    return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: %s: %s", a->growing, what, strerror(errno));
}

static bool is_there(const char *path, uint64_t size)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
           (uint64_t)info.st_size == size; /* a blob may be a link to a shared one */
}

static bool paths_of(arrival *a, const char *cache, const char *repository, const rw_hub_file *file)
{
    return rw_hub_blob_path(a->blob, cache, repository, file->digest) &&
           rw_path_format(a->growing, "%s.incomplete", a->blob);
}

uint64_t rw_hub_blob_have(const char *cache, const char *repository, const rw_hub_file *file)
{
    arrival     a;
    struct stat info;

    if (!paths_of(&a, cache, repository, file))
        return 0;
    if (is_there(a.blob, file->size))
        return file->size;
    return lstat(a.growing, &info) == 0 && S_ISREG(info.st_mode) && (uint64_t)info.st_size <= file->size
               ? (uint64_t)info.st_size
               : 0;
}

/* Megabytes, so that the bar's numbers can be read. */
static rwda_status tell(const rw_hub_job *job, uint64_t bytes, rwda_error *err)
{
    size_t total = (size_t)((job->total + MEGABYTE - 1) / MEGABYTE), done = (size_t)(bytes / MEGABYTE);

    if (bytes >= job->total)
        done = total;
    return total > 0 && rw_progress(job->events, "fetch, MB", done, total) != 0
               ? rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "%.200s: stopped; what has arrived is kept", job->repository)
               : RWDA_OK;
}

static rwda_status start_anew(arrival *a, rwda_error *err)
{
    rw_hub_digest_free(a->digest);
    a->digest = NULL;
    a->have   = 0;
    if (ftruncate(a->fd, 0) != 0)
        return fail_errno(a, "cannot be emptied", err);
    return rw_hub_digest_new(&a->digest, a->file->digest, a->file->size, err);
}

/* The digest of what an earlier call left. */
static rwda_status take_up(arrival *a, rwda_error *err)
{
    static const size_t step  = (size_t)1 << 20;
    uint8_t            *bytes = malloc(step);
    ssize_t             got;
    rwda_status         status = RWDA_OK;

    if (bytes == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory to read it", a->growing);
        goto done;
    }
    while ((got = pread(a->fd, bytes, step, (off_t)a->have)) > 0) {
        rw_hub_digest_add(a->digest, bytes, (size_t)got);
        a->have += (uint64_t)got;
    }
    if (got < 0)
        status = fail_errno(a, "cannot be read", err);
done:
    free(bytes);
    return status;
}

static rwda_status open_growing(arrival *a, rwda_error *err)
{
    struct stat info;

    a->fd = open(a->growing, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (a->fd < 0)
        return fail_errno(a, "cannot be written", err);
    if (fstat(a->fd, &info) != 0 || !S_ISREG(info.st_mode))
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: is not a regular file", a->growing);
    if ((uint64_t)info.st_size > a->file->size && ftruncate(a->fd, 0) != 0)
        return fail_errno(a, "cannot be emptied", err);
    return rw_hub_digest_new(&a->digest, a->file->digest, a->file->size, err);
}

/* ---- The sink of a request -------------------------------------------------------------------------------------------- */

static rwda_status begin(void *user, uint64_t offset, rwda_error *err)
{
    arrival *a = user;

    return offset == a->have ? RWDA_OK : start_anew(a, err); /* a server that does not resume */
}

static rwda_status take(void *user, const void *bytes, size_t len, rwda_error *err)
{
    arrival       *a    = user;
    const uint8_t *from = bytes;

    if (len > a->file->size - a->have)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                       "%.200s of %.100s: the server sends more than the %llu bytes that it has", a->file->file,
                       a->job->repository, (unsigned long long)a->file->size);
    rw_hub_digest_add(a->digest, bytes, len);
    while (len > 0) {
        ssize_t put = pwrite(a->fd, from, len, (off_t)a->have);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return fail_errno(a, "cannot be written (what has arrived is kept)", err);
        from += put;
        len -= (size_t)put;
        a->have += (uint64_t)put;
        a->job->fetched += (uint64_t)put;
    }
    return tell(a->job, a->job->done + a->have, err);
}

/* ---- All of it ---------------------------------------------------------------------------------------------------------- */

static void rest(int turn)
{
    struct timespec t = { turn / 4, (turn % 4) * 250000000L };

    (void)nanosleep(&t, NULL);
}

/* Until the last byte is there.  A connection that is cut is taken up again where it ended, as long as it brings something; where the server
 * does not go on there, all of it is asked for, once. */
static rwda_status fetch_rest(arrival *a, rwda_error *err)
{
    const rw_hub_sink sink   = { begin, take, a };
    bool              anew   = false;
    rwda_status       status = RWDA_OK;

    for (int idle = 0; a->have < a->file->size;) {
        uint64_t before = a->have;
        bool     again;

        status =
            rw_hub_http_fetch(a->job->http, a->job->repository, a->job->commit, a->file->file, a->have, &sink, &again, err);
        if (status == RWDA_EMISMATCH && a->have > 0 && !anew) {
            anew = true;
            RW_TRY(start_anew(a, err));
            continue;
        }
        if (status != RWDA_OK && !again)
            return status;
        if (a->have == a->file->size)
            return RWDA_OK;
        if (status == RWDA_OK) /* less than the size, and the server is content */
            status =
                rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.200s of %.100s: the server ends after %llu of %llu bytes",
                        a->file->file, a->job->repository, (unsigned long long)a->have, (unsigned long long)a->file->size);
        idle = a->have >= before + GAIN ? 0 : idle + 1;
        if (idle == IDLE_TRIES)
            return status;
        rest(idle);
    }
    status = RWDA_OK;
done:
    return status;
}

static bool is_right(arrival *a, char is[65])
{
    rw_hub_digest_end(a->digest, is);
    return strcmp(is, a->file->digest) == 0;
}

static rwda_status arrive(arrival *a, rwda_error *err)
{
    char        is[65];
    bool        right  = false, resumed;
    rwda_status status = RWDA_OK;

    RW_TRY(open_growing(a, err));
    RW_TRY(take_up(a, err));
    resumed = a->have > 0;
    RW_TRY(fetch_rest(a, err));
    right = is_right(a, is);
    if (!right && resumed) { /* what lay there may be something else's beginning */
        RW_TRY(start_anew(a, err));
        RW_TRY(fetch_rest(a, err));
        right = is_right(a, is);
    }
    if (!right) {
        (void)unlink(a->growing);
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                         "%.150s of %.100s: what arrived has the hash %.64s, not %.64s as the hub says; it is not kept",
                         a->file->file, a->job->repository, is, a->file->digest);
        goto done;
    }
    if (fsync(a->fd) != 0)
        status = fail_errno(a, "cannot be written", err);
    else if (rename(a->growing, a->blob) != 0)
        status = fail_errno(a, "cannot be renamed", err);
done:
    if (status == RWDA_EFORMAT)
        (void)unlink(a->growing);
    return status;
}

rwda_status rw_hub_blob_fetch(rw_hub_job *job, const rw_hub_file *file, rwda_error *err)
{
    arrival     a    = { .job = job, .file = file, .fd = -1 };
    rw_hub_lock lock = { -1 };
    char        path[RW_PATH_MAX];
    rwda_status status = RWDA_OK;

    if (!paths_of(&a, job->cache, job->repository, file) ||
        !rw_hub_lock_path(path, job->cache, job->repository, file->digest))
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: its path in the cache has over %d bytes", file->file,
                       RW_PATH_MAX - 1);
    if (is_there(a.blob, file->size))
        goto done;
    RW_TRY(rw_path_make_folders(a.blob, err));
    RW_TRY(rw_path_make_folders(path, err));
    RW_TRY(rw_hub_lock_take(&lock, path, file->file, job->events, err));
    if (!is_there(a.blob, file->size))
        RW_TRY(arrive(&a, err));
done:
    if (status == RWDA_OK)
        job->done += file->size;
    rw_hub_digest_free(a.digest);
    if (a.fd >= 0)
        (void)close(a.fd);
    rw_hub_lock_give(&lock);
    return status;
}

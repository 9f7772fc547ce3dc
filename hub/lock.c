#include "hub/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS 50

static int open_lock(const char *path, int flags)
{
    return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0664);
}

rwda_status rw_hub_lock_take(rw_hub_lock *out, const char *path, const char *what, const rwda_events *events,
                             rwda_error *err)
{
    const struct timespec step = { 0, STEP_MS * 1000000 };

    out->fd = open_lock(path, O_CREAT);
    if (out->fd < 0)
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: the lock cannot be opened: %s", path, strerror(errno));
    for (size_t turn = 0; flock(out->fd, LOCK_EX | LOCK_NB) != 0; turn++) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            rwda_status status =
                rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: this file system has no locks: %s", path, strerror(errno));

            rw_hub_lock_give(out);
            return status;
        }
        if (turn == 10)
            rw_note(events, "another process fetches %s; waiting for it", what);
        if (rw_progress(events, "waiting", 0, 1) != 0) {
            rw_hub_lock_give(out);
            return rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "%.200s: stopped while waiting for it", what);
        }
        (void)nanosleep(&step, NULL);
    }
    return RWDA_OK;
}

bool rw_hub_lock_is_free(const char *path)
{
    int  fd = open_lock(path, 0);
    bool is_free;

    if (fd < 0)
        return errno == ENOENT;
    is_free = flock(fd, LOCK_EX | LOCK_NB) == 0;
    (void)close(fd);
    return is_free;
}

void rw_hub_lock_give(rw_hub_lock *lock)
{
    if (lock->fd >= 0)
        (void)close(lock->fd);
    lock->fd = -1;
}

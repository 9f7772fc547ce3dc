#include "common/output.h"

#include "base/memory.h"
#include "common/json_watch.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- Files under way ------------------------------------------------------------------------------------------------- */

/* A signal handler reads these: fixed memory, and a name stands before it counts. */
static struct {
    atomic_bool under_way;
    char        path[RW_PATH_MAX];
} unfinished[8];
static atomic_int opening; /* files that may be there already and have no place yet */

static int remember(const char *temporary)
{
    for (size_t i = 0; i < RW_COUNTOF(unfinished); i++)
        if (!unfinished[i].under_way && strlen(temporary) < RW_PATH_MAX) {
            strcpy(unfinished[i].path, temporary);
            unfinished[i].under_way = true;
            return (int)i + 1;
        }
    return 0;
}

static void on_signal(int number)
{
    const struct timespec tick = { 0, 1000000 };

    for (int i = 0; opening > 0 && i < 1000; i++) /* in another thread: one that opens takes no signal (create()) */
        (void)nanosleep(&tick, NULL);
    for (size_t i = 0; i < RW_COUNTOF(unfinished); i++)
        if (unfinished[i].under_way)
            (void)unlink(unfinished[i].path);
    (void)raise(number); /* SA_RESETHAND: it now does what it does by default, and a shell sees 128 + number */
}

void rw_stream_clean_up_on_signals(void)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

    for (size_t i = 0; i < RW_COUNTOF(numbers); i++) {
        struct sigaction action, before;

        memset(&action, 0, sizeof action);
        action.sa_handler = on_signal;
        action.sa_flags   = (int)SA_RESETHAND;
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* nohup stays in force */
            (void)sigaction(numbers[i], &action, NULL);
    }
}

/* ---- Streams --------------------------------------------------------------------------------------------------------- */

static bool is_standard_output(const char *path)
{
    return path == NULL || strcmp(path, "-") == 0;
}

static bool is_pipe_or_device(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

static rwda_status fail_errno(const char *path, const char *what, rwda_error *err)
{
    return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: %s: %s", path, what,
                   errno != 0 ? strerror(errno) : "an earlier write failed");
}

/* The temporary file and its place in the list at once, as signals see it. */
static rwda_status create(rw_stream *out, const char *path, bool overwrite, rwda_error *err)
{
    sigset_t    all, before;
    rwda_status status;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    opening++;
    status = rw_output_new(&out->whole, path, overwrite, err);
    if (status == RWDA_OK)
        out->slot = remember(rw_output_temporary(out->whole));
    opening--;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

rwda_status rw_stream_open(rw_stream *out, const char *path, bool overwrite, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    int         fd     = -1;

    *out = (rw_stream){ stdout, NULL, NULL, 0 };
    if (is_standard_output(path))
        return RWDA_OK;
    out->file = NULL;
    out->path = rw_string_copy(path);
    if (out->path == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its path", path);
        goto done;
    }
    if (is_pipe_or_device(path)) { /* renaming onto /dev/null would replace it */
        out->file = fopen(path, "wb");
        if (out->file == NULL)
            status = fail_errno(path, "cannot be opened", err);
        goto done;
    }
    RW_TRY(create(out, path, overwrite, err));
    fd        = dup(rw_output_fd(out->whole));
    out->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (out->file == NULL) {
        status = fail_errno(path, "cannot be created", err);
        if (fd >= 0)
            (void)close(fd);
    }
done:
    if (status != RWDA_OK)
        (void)rw_stream_close(out, false, NULL);
    return status;
}

static const char *name_of(const rw_stream *out)
{
    return out->path != NULL ? out->path : "standard output";
}

rwda_status rw_stream_put(rw_stream *out, const void *bytes, size_t len, rwda_error *err)
{
    errno = 0;
    return len == 0 || fwrite(bytes, 1, len, out->file) == len ? RWDA_OK
                                                               : fail_errno(name_of(out), "cannot be written", err);
}

rwda_status rw_stream_close(rw_stream *out, bool keep, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    bool        fine;

    errno = 0;
    fine  = out->file == NULL || (fflush(out->file) == 0 && !ferror(out->file));
    if (out->path != NULL && out->file != NULL)
        fine = fclose(out->file) == 0 && fine;
    if (!fine && (keep || out->path == NULL))
        status = fail_errno(name_of(out), "cannot be written", err);
    if (keep && status == RWDA_OK && rw_json_lost())
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for some of it", name_of(out));
    if (out->whole != NULL) {
        if (keep && status == RWDA_OK)
            status = rw_output_commit(out->whole, err);
        rw_output_free(out->whole);
    }
    if (out->slot > 0)
        unfinished[out->slot - 1].under_way = false;
    free(out->path);
    *out = (rw_stream){ NULL, NULL, NULL, 0 };
    return status;
}

rwda_status rw_stream_check(const char *path, bool overwrite, rwda_error *err)
{
    rw_stream   out;
    rwda_status status;

    if (is_standard_output(path) || is_pipe_or_device(path))
        return RWDA_OK; /* opening a pipe would be noticed at its other end */
    status = rw_stream_open(&out, path, overwrite, err);
    return status != RWDA_OK ? status : rw_stream_close(&out, false, err);
}

rwda_status rw_stream_write(const char *path, bool overwrite, const void *bytes, size_t len, rwda_error *err)
{
    rw_stream   out;
    rwda_status status;

    RW_TRY(rw_stream_open(&out, path, overwrite, err));
    status = rw_stream_put(&out, bytes, len, err);
    if (status == RWDA_OK)
        return rw_stream_close(&out, true, err);
    (void)rw_stream_close(&out, false, NULL);
done:
    return status;
}

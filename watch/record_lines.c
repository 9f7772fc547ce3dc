#include "watch/record_lines.h"

#include "base/file.h"
#include "common/text_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP 64 /* written at once: what may be there and not be noted */

typedef struct {
    char    *text; /* their lines */
    size_t   len;
    uint64_t numbers[GROUP];
    size_t   ends[GROUP]; /* in text, of each line */
    size_t   n;
} lines;

static rwda_status take_lines(lines *out, ledger *l, rwda_error *err)
{
    ledger_message *group  = calloc(GROUP, sizeof *group);
    FILE           *stream = NULL;
    size_t          at     = 0;
    int64_t         next;
    rwda_status     status = group != NULL ? ledger_due(group, &out->n, &next, l, SINK_OUTPUT, GROUP, err)
                                           : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for records");

    if (status != RWDA_OK || out->n == 0)
        goto done;
    stream = rw_text_stream(&out->text, &out->len);
    for (size_t i = 0; i < out->n; i++) {
        if (stream != NULL)
            fprintf(stream, "%s\n", group[i].body);
        at += strlen(group[i].body) + 1;
        out->numbers[i] = group[i].number;
        out->ends[i]    = at;
        ledger_message_free(&group[i]);
    }
    if (stream == NULL || !rw_text_stream_close(stream))
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for records");
done:
    free(group);
    return status;
}

/* How much of the lines the end of the file has: `tail` are its last bytes, `whole`: all of them. */
static size_t found_at_end(const lines *of, const char *tail, size_t len, bool whole)
{
    for (size_t from = 0; from < len; from++)
        if ((from > 0 ? tail[from - 1] == '\n' : whole) && memcmp(tail + from, of->text, len - from) == 0)
            return len - from;
    return 0;
}

static rwda_status recover_file(int fd, const char *path, off_t size, const lines *of, ledger *l, rwda_error *err)
{
    size_t      len = (size_t)size < of->len ? (size_t)size : of->len, more = (size_t)size > len, there, n = 0;
    char       *tail   = malloc(len + more + 1); /* with the byte before it: does a line begin there? */
    rwda_status status = RWDA_OK;

    if (tail == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its end", path);
    if (pread(fd, tail, len + more, size - (off_t)(len + more)) != (ssize_t)(len + more)) {
        status = rw_fail_errno(err, path, "cannot be read");
        goto done;
    }
    there = more ? found_at_end(of, tail, len + 1, false) : found_at_end(of, tail, len, true);
    while (n < of->n && of->ends[n] <= there)
        n++;
    there -= n > 0 ? of->ends[n - 1] : 0;
    if (there > 0 && ftruncate(fd, size - (off_t)there) != 0) /* of a line that was not ended */
        RW_TRY(rw_fail_errno(err, path, "cannot be cut"));
    status = ledger_delivered(l, SINK_OUTPUT, of->numbers, n, err);
done:
    free(tail);
    return status;
}

static rwda_status open_lines(int *fd, struct stat *info, const char *path, int flags, rwda_error *err)
{
    *fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);
    if (*fd < 0)
        return rw_fail_errno(err, path, "cannot be written");
    return fstat(*fd, info) == 0 ? RWDA_OK : rw_fail_errno(err, path, "cannot be written");
}

rwda_status record_lines_recover(const char *path, ledger *l, rwda_error *err)
{
    lines       of = { .n = 0 };
    int         fd = -1;
    struct stat info;
    rwda_status status = RWDA_OK;

    if (path == NULL)
        return RWDA_OK;
    RW_TRY(open_lines(&fd, &info, path, O_RDWR | O_CREAT, err)); /* that it can be written is known before the first image */
    if (!S_ISREG(info.st_mode))
        goto done;
    RW_TRY(take_lines(&of, l, err));
    if (of.n > 0)
        status = recover_file(fd, path, info.st_size, &of, l, err);
done:
    if (fd >= 0)
        (void)close(fd);
    free(of.text);
    return status;
}

static rwda_status put_all(int fd, const char *path, const char *text, size_t len, rwda_error *err)
{
    while (len > 0) {
        ssize_t put = write(fd, text, len);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return rw_fail_errno(err, path, "cannot be written");
        text += put;
        len -= (size_t)put;
    }
    return RWDA_OK;
}

static rwda_status write_lines(const char *path, const lines *of, rwda_error *err)
{
    int         fd = -1;
    struct stat info;
    rwda_status status = RWDA_OK;

    if (path == NULL)
        return put_all(STDOUT_FILENO, "standard output", of->text, of->len, err);
    RW_TRY(open_lines(&fd, &info, path, O_WRONLY | O_APPEND | O_CREAT, err));
    status = put_all(fd, path, of->text, of->len, err);
    if (status == RWDA_OK && S_ISREG(info.st_mode) && fdatasync(fd) != 0)
        status = rw_fail_errno(err, path, "cannot be written");
    if (status != RWDA_OK && S_ISREG(info.st_mode))
        (void)ftruncate(fd, info.st_size);
done:
    if (fd >= 0)
        (void)close(fd);
    return status;
}

rwda_status record_lines_write(const char *path, ledger *l, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (bool more = true; more && status == RWDA_OK;) {
        lines of = { .n = 0 };

        status = take_lines(&of, l, err);
        if (status == RWDA_OK && of.n > 0)
            status = write_lines(path, &of, err);
        if (status == RWDA_OK)
            status = ledger_delivered(l, SINK_OUTPUT, of.numbers, of.n, err);
        more = of.n == GROUP;
        free(of.text);
    }
    return status;
}

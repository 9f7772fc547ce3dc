#include "common/input.h"

#include "base/memory.h"
#include "common/text_lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 100 /* between looks at the stop flag */

rwda_status rw_input_read(size_t *got, void *out, size_t room, int file, const char *name, const rw_image_source *source,
                          rwda_error *err)
{
    struct pollfd input = { file, POLLIN, 0 };
    int           ready = poll(&input, 1, 0);
    ssize_t       n;

    if (ready == 0)
        rw_image_source_waits(source);
    while (ready <= 0 && !source->stop) { /* after a signal too: a read() now could wait for ever */
        ready = poll(&input, 1, WAIT_MS);
        if (ready < 0 && errno != EINTR)
            break;
    }
    if (source->stop)
        return rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "%.300s: stopped", name);
    do
        n = read(file, out, room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be read: %s", name, strerror(errno));
    *got = (size_t)n;
    return RWDA_OK;
}

/* A line as Windows writes it has a CR at its end, and the first a byte order mark. */
static void give(rw_line *out, rw_line_input *in, size_t len)
{
    out->text      = in->line;
    out->text[len] = '\0';
    out->len       = len;
    if (in->separator == '\n') {
        size_t mark = in->begun ? 0 : rw_text_mark(out->text, len);

        out->len -= len > 0 && out->text[len - 1] == '\r';
        out->text[out->len] = '\0';
        out->text += mark;
        out->len -= mark;
    }
    in->begun = true;
}

rwda_status rw_line_next(rw_line *out, rw_line_input *in, const rw_image_source *source, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    size_t      len    = 0;
    bool        some   = false; /* of a line: the last needs no separator */

    *out = (rw_line){ .text = NULL };
    for (;;) {
        const char *from, *end, *nul;
        size_t      n, kept;

        if (in->at == in->len && !in->ended) {
            in->at = 0;
            RW_TRY(rw_input_read(&in->len, in->buffer, sizeof in->buffer, STDIN_FILENO, "standard input", source, err));
            in->ended = in->len == 0;
        }
        if (in->ended && !some)
            break;
        from = in->buffer + in->at;
        end  = memchr(from, in->separator, in->len - in->at);
        n    = end != NULL ? (size_t)(end - from) : in->len - in->at;
        nul  = in->ends_at_nul ? memchr(from, '\0', n) : NULL;
        if (nul != NULL)
            n = (size_t)(nul - from);
        kept = n < in->limit - len ? n : in->limit - len;
        out->cut |= kept < n;
        out->nul = nul != NULL;
        if (!rw_array_reserve((void **)&in->line, &in->room, len, kept + 1, 1))
            RW_TRY(rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "standard input: no memory for a line of %zu bytes", len));
        memcpy(in->line + len, from, kept);
        len += kept;
        in->at += n + (end != NULL && nul == NULL);
        some = true;
        if (end != NULL || nul != NULL || in->ended) {
            give(out, in, len);
            break;
        }
    }
done:
    return status;
}

/* image_source_frames.c - a source of images: raw frames of a video or camera on standard input. */
#include "base/memory.h"
#include "common/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAME_LIMIT ((size_t)1 << 30) /* bytes */

typedef struct {
    rw_image_source base;
    char            head[64]; /* that makes a frame a PNM file */
    size_t          head_len, len, number;
} frame_source;

static rwda_status frame_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    frame_source *s      = (frame_source *)source;
    rwda_status   status = RWDA_OK;
    size_t        at     = 0, got;
    uint8_t      *bytes  = malloc(s->head_len + s->len);
    char          name[40];

    (void)snprintf(name, sizeof name, "frame-%06zu", s->number);
    if (bytes == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%s: no memory for %zu bytes", name, s->len);
    memcpy(bytes, s->head, s->head_len);
    do {
        RW_TRY(rw_input_read(&got, bytes + s->head_len + at, s->len - at, STDIN_FILENO, "standard input", source, err));
        at += got;
    } while (got > 0 && at < s->len);
    if (at == 0)
        goto done;
    RW_TRY(rw_image_entry_name(out, name, err));
    s->number++;
    if (at < s->len) {
        (void)rw_fail(&out->refused, RWDA_EFORMAT, RWDA_NO_OFFSET, "%s: the input ends after %zu of its %zu bytes", name, at,
                      s->len);
        goto done;
    }
    out->bytes = bytes;
    out->len   = s->head_len + s->len;
    bytes      = NULL;
done:
    free(bytes);
    return status;
}

static void frame_free(rw_image_source *source)
{
    free(source);
}

static bool read_side(size_t *out, const char **text, char end)
{
    char *rest;

    *out = (*text)[0] >= '1' && (*text)[0] <= '9' ? strtoul(*text, &rest, 10) : 0;
    if (*out == 0 || *rest != end)
        return false;
    *text = rest + 1;
    return true;
}

rwda_status rw_image_source_frames(rw_image_source **out, const char *format, rwda_error *err)
{
    static const struct {
        const char *name, *magic;
        size_t      channels;
    } formats[]        = { { "rgb24:", "P6", 3 }, { "gray:", "P5", 1 } };
    const char   *size = NULL;
    size_t        which, width, height, len;
    frame_source *s;

    *out = NULL;
    for (which = 0; which < RW_COUNTOF(formats) && size == NULL; which++)
        if (strncmp(format, formats[which].name, strlen(formats[which].name)) == 0)
            size = format + strlen(formats[which].name);
    if (size == NULL || !read_side(&width, &size, 'x') || !read_side(&height, &size, '\0'))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "\"%.60s\" is not rgb24:WIDTHxHEIGHT or gray:WIDTHxHEIGHT", format);
    which--;
    if (!rw_size_mul(&len, width, height) || !rw_size_mul(&len, len, formats[which].channels) || len > FRAME_LIMIT)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "frames of %.60s: over %zu bytes each", format, FRAME_LIMIT);
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the list of inputs");
    s->base.next = frame_next;
    s->base.free = frame_free;
    s->head_len  = (size_t)snprintf(s->head, sizeof s->head, "%s %zu %zu 255\n", formats[which].magic, width, height);
    s->len       = len;
    *out         = &s->base;
    return RWDA_OK;
}

#include "common/text_stream.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef struct {
    char  **text;
    size_t *len, room;
} target;

static ssize_t put(void *cookie, const char *bytes, size_t n)
{
    target *t = cookie;

    if (!rw_array_reserve((void **)t->text, &t->room, *t->len, n + 1, 1))
        return 0; /* the stream's error flag is set */
    memcpy(*t->text + *t->len, bytes, n);
    *t->len += n;
    (*t->text)[*t->len] = '\0';
    return (ssize_t)n;
}

/* For ftell() alone. */
static int tell(void *cookie, off64_t *offset, int whence)
{
    const target *t = cookie;

    if (whence != SEEK_CUR || *offset != 0)
        return -1;
    *offset = (off64_t)*t->len;
    return 0;
}

static int end(void *cookie)
{
    free(cookie);
    return 0;
}

FILE *rw_text_stream(char **text, size_t *len)
{
    const cookie_io_functions_t functions = { .write = put, .seek = tell, .close = end };
    target                     *t         = malloc(sizeof *t);
    FILE                       *stream    = NULL;

    *text = NULL;
    *len  = 0;
    if (t == NULL)
        return NULL;
    *t = (target){ text, len, 0 };
    if (put(t, "", 0) == 0 && *text != NULL)
        stream = fopencookie(t, "w", functions);
    if (stream == NULL) {
        free(*text);
        *text = NULL;
        free(t);
    }
    return stream;
}

bool rw_text_stream_close(FILE *stream)
{
    bool whole = !ferror(stream);

    return fclose(stream) == 0 && whole;
}

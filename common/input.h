/* input.h - bytes and lines of an input that may pause.                                            layer: common
 *
 * By read() and poll(): a thread that waits can be asked to stop, which getline() cannot, and whoever reads the source hears of the pause. */
#ifndef RW_INPUT_H
#define RW_INPUT_H

#include "common/image_source.h"

/* What is there, at least a byte; *got 0: the end.  Waits for `source`: it is told of a pause, and may be stopped (RWDA_ECANCELLED).  name: the
 * input's, for messages.  RWDA_EIO. */
rwda_status rw_input_read(size_t *got, void *out, size_t room, int file, const char *name, const rw_image_source *source,
                          rwda_error *err);

/* Lines of standard input. */
typedef struct {
    char   separator;   /* '\n': a CR before it and a byte order mark before the first line are left out */
    size_t limit;       /* bytes of a line; of a longer one the first are kept */
    bool   ends_at_nul; /* a NUL byte ends it all: the line then ends there */
    char   buffer[1 << 16];
    size_t at, len;
    char  *line; /* [room], the longest so far; free() it at the end */
    size_t room;
    bool   ended, begun;
} rw_line_input;

typedef struct {
    char  *text; /* NUL-terminated, until the next call; NULL: there are no more */
    size_t len;
    bool   cut; /* it was longer than the limit */
    bool   nul; /* with ends_at_nul: it ends at one */
} rw_line;

rwda_status rw_line_next(rw_line *out, rw_line_input *input, const rw_image_source *source, rwda_error *err);

#endif

/* arrow_reader.h - rows of an Arrow IPC stream: an image by its path or its bytes, and what stands beside it.    layer: common
 *
 * A batch is held at a time, of at most RW_ARROW_BODY_MAX bytes, and no memory is taken for bytes that have not come.  All that is used of a
 * batch is validated first (nanoarrow's full level, and common/arrow_check.h). */
#ifndef RW_ARROW_READER_H
#define RW_ARROW_READER_H

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>

#define RW_ARROW_METADATA_MAX ((size_t)16 << 20) /* bytes of a message */
#define RW_ARROW_BODY_MAX     ((int64_t)2 << 30)

/* At least a byte of the stream into out [room]; *got 0: its end. */
typedef rwda_status (*rw_arrow_read)(void *user, size_t *got, void *out, size_t room, rwda_error *err);

/* Valid until the next row. */
typedef struct {
    int64_t        number; /* from 0, of the stream */
    const uint8_t *image;  /* [len] of an encoded image, or of its path; NULL: null */
    size_t         len;
    bool           is_path;
    const char    *name; /* [name_len], of an image given as bytes; NULL: null, or no such column */
    size_t         name_len;
    json_t        *given; /* the other columns, as an object; the receiver's; NULL: there are none */
} rw_arrow_row;

typedef struct rw_arrow_reader rw_arrow_reader;

/* column: that of the images, binary or text, large or not; NULL: the only binary one, else the text called "path", else the only text.  What an
 * image given as bytes is called stands in a column of text or whole numbers called path, id, key or name.  Nothing is read yet.  The three
 * must outlive the reader.  RWDA_ENOMEM; RWDA_EUNSUPPORTED: a build without Arrow. */
rwda_status rw_arrow_reader_new(rw_arrow_reader **out, const char *column, rw_arrow_read read, void *user, rwda_error *err);
/* *more false: there are no more.  RWDA_EFORMAT, RWDA_ELIMIT, RWDA_EUNSUPPORTED (compressed, big-endian, types that nanoarrow does not read),
 * RWDA_EINVAL (no column of images), what read() says: it ends the stream. */
rwda_status rw_arrow_reader_next(rw_arrow_row *out, bool *more, rw_arrow_reader *reader, rwda_error *err);
/* Of a stream that has begun: columns that no row has, ", " between them; "" for none. */
const char *rw_arrow_reader_left_out(const rw_arrow_reader *reader);
/* Of a stream that has ended: without its end mark, as after a writer that was ended? */
bool rw_arrow_reader_cut(const rw_arrow_reader *reader);
void rw_arrow_reader_free(rw_arrow_reader *reader); /* NULL is fine */

#endif

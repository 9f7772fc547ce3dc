/* arrow_writer.h - an Arrow IPC stream, row by row.                                                 layer: common */
#ifndef RW_ARROW_WRITER_H
#define RW_ARROW_WRITER_H

#include "common/output.h"

#include <stdbool.h>

typedef enum {
    RW_ARROW_TEXT,
    RW_ARROW_INT,
    RW_ARROW_FLOAT,
    RW_ARROW_DOUBLE,
    RW_ARROW_FLOATS
} rw_arrow_kind; /* INT: of 32 bits */

typedef struct {
    const char   *name;
    rw_arrow_kind kind;
    int           size; /* FLOATS: of each list */
} rw_arrow_column;

typedef struct {
    bool         given; /* false: null */
    const char  *text;  /* UTF-8 */
    double       number;
    const float *floats;
} rw_arrow_value;

typedef struct rw_arrow_writer rw_arrow_writer;

/* Writes the schema of the columns [n]; `out` must outlive the writer, the columns need not.  RWDA_ENOMEM, RWDA_EIO, RWDA_EUNSUPPORTED: a build
 * without Arrow. */
rwda_status rw_arrow_writer_new(rw_arrow_writer **out, rw_stream *stream, const rw_arrow_column *columns, size_t n,
                                rwda_error *err);
/* A row of values [n]; a batch that is full is written. */
rwda_status rw_arrow_writer_add(rw_arrow_writer *writer, const rw_arrow_value *values, rwda_error *err);
/* Writes and flushes the rows since the last batch. */
rwda_status rw_arrow_writer_flush(rw_arrow_writer *writer, rwda_error *err);
/* The same, and the stream's end mark. */
rwda_status rw_arrow_writer_end(rw_arrow_writer *writer, rwda_error *err);
void        rw_arrow_writer_free(rw_arrow_writer *writer); /* NULL is fine */

/* "nanoarrow 0.9.0"; NULL: a build without Arrow. */
const char *rw_arrow_built(void);

#endif

/* arrow_none.c - the build without Arrow. */
#include "common/arrow_reader.h"
#include "common/arrow_writer.h"

static rwda_status refuse(rwda_error *err)
{
    return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                   "this rwda was built without Arrow (RWDA_ARROW=OFF): JSON lines and CSV go in its place");
}

const char *rw_arrow_built(void)
{
    return NULL;
}

rwda_status rw_arrow_reader_new(rw_arrow_reader **out, const char *column, rw_arrow_read read, void *user, rwda_error *err)
{
    (void)column;
    (void)read;
    (void)user;
    *out = NULL;
    return refuse(err);
}

rwda_status rw_arrow_reader_next(rw_arrow_row *out, bool *more, rw_arrow_reader *reader, rwda_error *err)
{
    (void)out;
    (void)reader;
    *more = false;
    return refuse(err);
}

const char *rw_arrow_reader_left_out(const rw_arrow_reader *reader)
{
    (void)reader;
    return "";
}

bool rw_arrow_reader_cut(const rw_arrow_reader *reader)
{
    (void)reader;
    return false;
}

void rw_arrow_reader_free(rw_arrow_reader *reader)
{
    (void)reader;
}

rwda_status rw_arrow_writer_new(rw_arrow_writer **out, rw_stream *stream, const rw_arrow_column *columns, size_t n,
                                rwda_error *err)
{
    (void)stream;
    (void)columns;
    (void)n;
    *out = NULL;
    return refuse(err);
}

rwda_status rw_arrow_writer_add(rw_arrow_writer *writer, const rw_arrow_value *values, rwda_error *err)
{
    (void)writer;
    (void)values;
    return refuse(err);
}

rwda_status rw_arrow_writer_flush(rw_arrow_writer *writer, rwda_error *err)
{
    (void)writer;
    return refuse(err);
}

rwda_status rw_arrow_writer_end(rw_arrow_writer *writer, rwda_error *err)
{
    (void)writer;
    return refuse(err);
}

void rw_arrow_writer_free(rw_arrow_writer *writer)
{
    (void)writer;
}

#include "common/arrow_writer.h"

#include "base/memory.h"

#include <errno.h>
#include <nanoarrow/nanoarrow_ipc.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_ROWS 1024

struct rw_arrow_writer {
    rw_stream            *stream;
    rw_arrow_column      *columns; /* [n], without names */
    size_t                n;
    struct ArrowSchema    schema;
    struct ArrowArray     batch;  /* release NULL: none is begun */
    struct ArrowArrayView view;   /* of it */
    struct ArrowIpcWriter writer; /* into `bytes` */
    struct ArrowBuffer    bytes;
};

static rwda_status fails(const struct ArrowError *why, int code, rwda_error *err)
{
    return rw_fail(err, code == ENOMEM ? RWDA_ENOMEM : RWDA_EINVAL, RWDA_NO_OFFSET,
                   "an Arrow stream cannot be written: %.300s", why->message[0] != '\0' ? why->message : strerror(code));
}

static int set_type(struct ArrowSchema *schema, const rw_arrow_column *c)
{
    static const enum ArrowType types[] = {
        [RW_ARROW_TEXT]   = NANOARROW_TYPE_STRING,
        [RW_ARROW_INT]    = NANOARROW_TYPE_INT32,
        [RW_ARROW_FLOAT]  = NANOARROW_TYPE_FLOAT,
        [RW_ARROW_DOUBLE] = NANOARROW_TYPE_DOUBLE,
    };
    int code;

    if (c->kind != RW_ARROW_FLOATS)
        return ArrowSchemaSetType(schema, types[c->kind]);
    code = ArrowSchemaSetTypeFixedSize(schema, NANOARROW_TYPE_FIXED_SIZE_LIST, c->size);
    return code == NANOARROW_OK ? ArrowSchemaSetType(schema->children[0], NANOARROW_TYPE_FLOAT) : code;
}

static int make_schema(struct ArrowSchema *schema, const rw_arrow_column *columns, size_t n)
{
    int code;

    ArrowSchemaInit(schema);
    code = ArrowSchemaSetTypeStruct(schema, (int64_t)n);
    for (size_t i = 0; i < n && code == NANOARROW_OK; i++) {
        code = set_type(schema->children[i], &columns[i]);
        if (code == NANOARROW_OK)
            code = ArrowSchemaSetName(schema->children[i], columns[i].name);
    }
    return code;
}

/* What nanoarrow has written, on. */
static rwda_status pass_on(rw_arrow_writer *w, rwda_error *err)
{
    rwda_status status = rw_stream_put(w->stream, w->bytes.data, (size_t)w->bytes.size_bytes, err);

    w->bytes.size_bytes = 0;
    errno               = 0;
    if (status == RWDA_OK && fflush(w->stream->file) != 0)
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be written: %s",
                         w->stream->path != NULL ? w->stream->path : "standard output", strerror(errno));
    return status;
}

rwda_status rw_arrow_writer_new(rw_arrow_writer **out, rw_stream *stream, const rw_arrow_column *columns, size_t n,
                                rwda_error *err)
{
    rw_arrow_writer            *w      = calloc(1, sizeof *w);
    struct ArrowIpcOutputStream into   = { 0 };
    struct ArrowError           why    = { "" };
    rwda_status                 status = RWDA_OK;
    int                         code   = ENOMEM;

    *out = NULL;
    if (w != NULL && (w->columns = rw_new_array(n, sizeof *w->columns)) != NULL) {
        memcpy(w->columns, columns, n * sizeof *columns);
        w->n      = n;
        w->stream = stream;
        ArrowBufferInit(&w->bytes);
        code = make_schema(&w->schema, columns, n);
    }
    if (code == NANOARROW_OK)
        code = ArrowArrayViewInitFromSchema(&w->view, &w->schema, &why);
    if (code == NANOARROW_OK)
        code = ArrowIpcOutputStreamInitBuffer(&into, &w->bytes);
    if (code == NANOARROW_OK && (code = ArrowIpcWriterInit(&w->writer, &into)) != NANOARROW_OK)
        into.release(&into);
    if (code == NANOARROW_OK)
        code = ArrowIpcWriterWriteSchema(&w->writer, &w->schema, &why);
    status = code == NANOARROW_OK ? pass_on(w, err) : fails(&why, code, err);
    if (status == RWDA_OK)
        *out = w;
    else
        rw_arrow_writer_free(w);
    return status;
}

static int add_floats(struct ArrowArray *array, const float *floats, int n)
{
    struct ArrowArray *values = array->children[0];
    int                code   = ArrowBufferAppend(ArrowArrayBuffer(values, 1), floats, (int64_t)n * (int64_t)sizeof *floats);

    values->length += code == NANOARROW_OK ? n : 0;
    return code == NANOARROW_OK ? ArrowArrayFinishElement(array) : code;
}

static int add_value(struct ArrowArray *array, const rw_arrow_column *c, const rw_arrow_value *value)
{
    if (!value->given)
        return ArrowArrayAppendNull(array, 1);
    switch (c->kind) {
    case RW_ARROW_TEXT: return ArrowArrayAppendString(array, ArrowCharView(value->text));
    case RW_ARROW_FLOATS: return add_floats(array, value->floats, c->size);
    case RW_ARROW_INT: return ArrowArrayAppendInt(array, (int64_t)value->number);
    default: return ArrowArrayAppendDouble(array, value->number);
    }
}

rwda_status rw_arrow_writer_add(rw_arrow_writer *w, const rw_arrow_value *values, rwda_error *err)
{
    struct ArrowError why  = { "" };
    int               code = NANOARROW_OK;

    if (w->batch.release == NULL && (code = ArrowArrayInitFromSchema(&w->batch, &w->schema, &why)) == NANOARROW_OK)
        code = ArrowArrayStartAppending(&w->batch);
    for (size_t i = 0; i < w->n && code == NANOARROW_OK; i++)
        code = add_value(w->batch.children[i], &w->columns[i], &values[i]);
    if (code == NANOARROW_OK)
        code = ArrowArrayFinishElement(&w->batch);
    if (code != NANOARROW_OK)
        return fails(&why, code, err);
    return w->batch.length < BATCH_ROWS ? RWDA_OK : rw_arrow_writer_flush(w, err);
}

rwda_status rw_arrow_writer_flush(rw_arrow_writer *w, rwda_error *err)
{
    struct ArrowError why = { "" };
    int               code;

    if (w->batch.release == NULL)
        return RWDA_OK;
    code = ArrowArrayFinishBuildingDefault(&w->batch, &why);
    if (code == NANOARROW_OK)
        code = ArrowArrayViewSetArray(&w->view, &w->batch, &why);
    if (code == NANOARROW_OK)
        code = ArrowIpcWriterWriteArrayView(&w->writer, &w->view, &why);
    ArrowArrayRelease(&w->batch);
    return code == NANOARROW_OK ? pass_on(w, err) : fails(&why, code, err);
}

rwda_status rw_arrow_writer_end(rw_arrow_writer *w, rwda_error *err)
{
    struct ArrowError why    = { "" };
    rwda_status       status = RWDA_OK;
    int               code;

    RW_TRY(rw_arrow_writer_flush(w, err));
    code   = ArrowIpcWriterWriteArrayView(&w->writer, NULL, &why);
    status = code == NANOARROW_OK ? pass_on(w, err) : fails(&why, code, err);
done:
    return status;
}

void rw_arrow_writer_free(rw_arrow_writer *w)
{
    if (w == NULL)
        return;
    if (w->writer.private_data != NULL)
        ArrowIpcWriterReset(&w->writer);
    ArrowArrayViewReset(&w->view);
    if (w->batch.release != NULL)
        ArrowArrayRelease(&w->batch);
    if (w->schema.release != NULL)
        ArrowSchemaRelease(&w->schema);
    ArrowBufferReset(&w->bytes);
    free(w->columns);
    free(w);
}

const char *rw_arrow_built(void)
{
    return "nanoarrow " NANOARROW_VERSION;
}

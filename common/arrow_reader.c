#include "common/arrow_reader.h"

#include "base/memory.h"
#include "common/arrow_check.h"
#include "common/text.h"

#include <inttypes.h>
#include <nanoarrow/nanoarrow_ipc.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX     8          /* bytes before a message's metadata: -1 and their number */
#define FILE_MAGIC "ARROW1\0" /* with its NUL: what a file begins with, before the same messages as a stream's */
#define STEP       ((size_t)1 << 20)

typedef struct {
    char                  *name; /* in the schema */
    enum ArrowType         type;
    int64_t                field; /* its number among all fields, nested ones too; -1: there is no such column */
    struct ArrowArrayView *view;  /* of the batch at hand */
} column;

struct rw_arrow_reader {
    const char            *wanted;
    rw_arrow_read          read;
    void                  *user;
    struct ArrowIpcDecoder decoder;
    struct ArrowSchema     schema; /* release NULL: not read yet */
    uint8_t               *metadata, *body;
    size_t                 metadata_room, body_room, messages;
    column                 image, name, *given; /* name: of images given as bytes */
    size_t                 givens;
    char                  *left_out;
    char                   number[32]; /* a name that is one */
    int64_t                at, rows, total;
    bool                   ended, cut;
};

/* ---- Bytes -------------------------------------------------------------------------------------------------------------------- */

static rwda_status fill(rw_arrow_reader *r, uint8_t *out, size_t len, size_t *got, rwda_error *err)
{
    size_t      some   = 1;
    rwda_status status = RWDA_OK;

    for (*got = 0; *got < len && some > 0; *got += some)
        RW_TRY(r->read(r->user, &some, out + *got, len - *got, err));
done:
    return status;
}

/* Bytes up to `len` into *out behind the first `at`; it grows as they come: who only says that there are many gets no memory for them. */
static rwda_status fill_growing(rw_arrow_reader *r, uint8_t **out, size_t *room, size_t at, size_t len, rwda_error *err)
{
    size_t      first = at, got = 0;
    rwda_status status = RWDA_OK;

    while (at < len) {
        size_t end = *room > at ? *room : 2 * at + STEP;

        end = end < len ? end : len;
        if (end > *room) {
            uint8_t *larger = realloc(*out, end);

            if (larger == NULL)
                return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu bytes", len);
            *out  = larger;
            *room = end;
        }
        RW_TRY(fill(r, *out + at, end - at, &got, err));
        at += got;
        if (at < end)
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "it ends after %zu of %zu bytes", at - first, len - first);
    }
done:
    return status;
}

/* ---- Messages ----------------------------------------------------------------------------------------------------------------- */

static rwda_status said_by(const struct ArrowError *why, int code, rwda_error *err)
{
    rwda_status status = code == ENOMEM ? RWDA_ENOMEM : code == ENOTSUP ? RWDA_EUNSUPPORTED : RWDA_EFORMAT;

    return rw_fail(err, status, RWDA_NO_OFFSET, "%.300s", why->message[0] != '\0' ? why->message : strerror(code));
}

/* The bytes before a message's metadata, whose number is *len; 0: the stream has ended. */
static rwda_status read_prefix(rw_arrow_reader *r, size_t *len, rwda_error *err)
{
    uint8_t     prefix[PREFIX];
    int32_t     words[2];
    size_t      got    = 0;
    rwda_status status = RWDA_OK;

    *len = 0;
    RW_TRY(fill(r, prefix, sizeof prefix, &got, err));
    if (got == sizeof prefix && r->messages == 0 && memcmp(prefix, FILE_MAGIC, sizeof prefix) == 0)
        RW_TRY(fill(r, prefix, sizeof prefix, &got, err));
    if (got == 0) {
        r->cut = true;
        goto done;
    }
    if (got < sizeof prefix)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "it ends after %zu of %d bytes", got, PREFIX);
    memcpy(words, prefix, sizeof words);
    if (words[0] != -1)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "it begins with %08" PRIx32 ", and not with ffffffff",
                       (uint32_t)words[0]);
    if (words[1] < 0 || (size_t)words[1] > RW_ARROW_METADATA_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%" PRId32 " bytes of metadata, and there can be %zu", words[1],
                       RW_ARROW_METADATA_MAX);
    *len = (size_t)words[1];
done:
    return status;
}

/* The next message's metadata, checked, in r->decoder; *more false: the stream has ended. */
static rwda_status read_message(rw_arrow_reader *r, rw_arrow_message *message, bool *more, rwda_error *err)
{
    struct ArrowError      why = { "" };
    struct ArrowBufferView view;
    size_t                 len;
    rwda_status            status = RWDA_OK;
    int                    code;

    RW_TRY(read_prefix(r, &len, err));
    *more = len > 0;
    if (len == 0)
        goto done;
    RW_TRY(fill_growing(r, &r->metadata, &r->metadata_room, PREFIX, PREFIX + len, err));
    memcpy(r->metadata, (int32_t[]){ -1, (int32_t)len }, PREFIX);
    RW_TRY(rw_arrow_check(message, r->metadata + PREFIX, len, err));
    if (message->body > RW_ARROW_BODY_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                       "%" PRId64 " bytes, and a batch may have %" PRId64 ": write smaller ones", message->body,
                       RW_ARROW_BODY_MAX);
    view.data.as_uint8 = r->metadata;
    view.size_bytes    = (int64_t)(PREFIX + len);
    code               = ArrowIpcDecoderVerifyHeader(&r->decoder, view, &why);
    if (code == NANOARROW_OK && (message->schema || message->batch))
        code = ArrowIpcDecoderDecodeHeader(&r->decoder, view, &why);
    if (code != NANOARROW_OK)
        status = said_by(&why, code, err);
done:
    return status;
}

/* ---- Columns ------------------------------------------------------------------------------------------------------------------ */

static bool is_text(enum ArrowType type)
{
    return type == NANOARROW_TYPE_STRING || type == NANOARROW_TYPE_LARGE_STRING;
}

static bool is_binary(enum ArrowType type)
{
    return type == NANOARROW_TYPE_BINARY || type == NANOARROW_TYPE_LARGE_BINARY;
}

static bool is_whole(enum ArrowType type)
{
    return type >= NANOARROW_TYPE_UINT8 && type <= NANOARROW_TYPE_INT64;
}

static bool is_simple(enum ArrowType type)
{
    return is_text(type) || is_whole(type) || type == NANOARROW_TYPE_BOOL || type == NANOARROW_TYPE_HALF_FLOAT ||
           type == NANOARROW_TYPE_FLOAT || type == NANOARROW_TYPE_DOUBLE;
}

static int64_t count_fields(const struct ArrowSchema *schema)
{
    int64_t n = 1;

    for (int64_t i = 0; i < schema->n_children; i++)
        n += count_fields(schema->children[i]);
    return n;
}

/* All columns of the schema, [schema.n_children]; one that is encoded by a dictionary has no type. */
static rwda_status list_columns(column **out, const struct ArrowSchema *schema, rwda_error *err)
{
    int64_t field = 0;

    *out = rw_new_array((size_t)schema->n_children + 1, sizeof **out);
    if (*out == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %" PRId64 " columns", schema->n_children);
    for (int64_t i = 0; i < schema->n_children; i++) {
        struct ArrowSchema    *child = schema->children[i];
        struct ArrowSchemaView view;
        struct ArrowError      why  = { "" };
        int                    code = ArrowSchemaViewInit(&view, child, &why);

        if (code != NANOARROW_OK)
            return said_by(&why, code, err);
        (*out)[i] = (column){ (char *)(uintptr_t)child->name, child->dictionary != NULL ? NANOARROW_TYPE_NA : view.type,
                              field, NULL };
        field += count_fields(child);
    }
    return RWDA_OK;
}

static const column *called(const char *name, const column *all, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i].name, name) == 0)
            return &all[i];
    return NULL;
}

/* The only column of a kind; *count: how many there are. */
static const column *only(bool (*is)(enum ArrowType), const column *all, size_t n, size_t *count)
{
    const column *found = NULL;

    *count = 0;
    for (size_t i = 0; i < n; i++)
        if (is(all[i].type)) {
            found = &all[i];
            ++*count;
        }
    return *count == 1 ? found : NULL;
}

static rwda_status find_images(rw_arrow_reader *r, const column *all, size_t n, rwda_error *err)
{
    const column *path = called("path", all, n);
    size_t        binaries, texts;
    const column *binary = only(is_binary, all, n, &binaries), *text = only(is_text, all, n, &texts);
    const column *found = r->wanted != NULL                     ? called(r->wanted, all, n)
                          : binaries > 0                        ? binary
                          : path != NULL && is_text(path->type) ? path
                                                                : text;

    if (found == NULL && r->wanted != NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "none of %zu columns is called '%.100s'", n, r->wanted);
    if (found == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "%zu columns are binary and %zu are text: which has the images must be said", binaries, texts);
    if (!is_binary(found->type) && !is_text(found->type))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "column '%.100s' is neither binary, with encoded images, nor text, with their paths%s", found->name,
                       found->type == NANOARROW_TYPE_NA ? " (a dictionary's values are not read)" : "");
    r->image = *found;
    return RWDA_OK;
}

static void find_names(rw_arrow_reader *r, const column *all, size_t n)
{
    static const char *const names[] = { "path", "id", "key", "name" };

    for (size_t i = 0; is_binary(r->image.type) && i < RW_COUNTOF(names) && r->name.field < 0; i++) {
        const column *c = called(names[i], all, n);

        if (c != NULL && (is_text(c->type) || is_whole(c->type)))
            r->name = *c;
    }
}

/* Can it be a key of JSON? */
static bool is_key(const char *name)
{
    json_t *text = json_string(name);
    bool    fine = text != NULL;

    json_decref(text);
    return fine;
}

/* The others: which go along, and which do not. */
static rwda_status sort_others(rw_arrow_reader *r, const column *all, size_t n, rwda_error *err)
{
    size_t len = 1, used = 0;

    for (size_t i = 0; i < n; i++)
        len += strlen(all[i].name) + 2;
    r->given    = rw_new_array(n + 1, sizeof *r->given);
    r->left_out = calloc(len, 1);
    if (r->given == NULL || r->left_out == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu columns", n);
    for (size_t i = 0; i < n; i++) {
        bool is_path = all[i].field == r->name.field && strcmp(all[i].name, "path") == 0;

        if (all[i].field == r->image.field || is_path)
            continue;
        if (is_simple(all[i].type) && is_key(all[i].name))
            r->given[r->givens++] = all[i];
        else
            used += (size_t)snprintf(r->left_out + used, len - used, "%s%s", used > 0 ? ", " : "", all[i].name);
    }
    return RWDA_OK;
}

static rwda_status read_schema(rw_arrow_reader *r, rwda_error *err)
{
    struct ArrowIpcDictionaryEncodings dictionaries = { 0 };
    struct ArrowError                  why          = { "" };
    rw_arrow_message                   message;
    column                            *all    = NULL;
    bool                               more   = false;
    rwda_status                        status = RWDA_OK;
    int                                code;

    RW_TRY(read_message(r, &message, &more, err));
    if (!more || !message.schema)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%s",
                       more ? "another message than a schema" : "there is none, and a schema was to come");
    if (r->decoder.endianness == NANOARROW_IPC_ENDIANNESS_BIG)
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "a big-endian machine's numbers");
    code = ArrowIpcDecoderDecodeSchemaWithDictionaries(&r->decoder, &r->schema, &dictionaries, &why);
    if (code == NANOARROW_OK)
        code = ArrowIpcDecoderSetSchemaWithDictionaries(&r->decoder, &r->schema, &dictionaries, &why);
    ArrowIpcDictionaryEncodingsReset(&dictionaries);
    if (code != NANOARROW_OK)
        RW_TRY(said_by(&why, code, err));
    RW_TRY(list_columns(&all, &r->schema, err));
    RW_TRY(find_images(r, all, (size_t)r->schema.n_children, err));
    find_names(r, all, (size_t)r->schema.n_children);
    RW_TRY(sort_others(r, all, (size_t)r->schema.n_children, err));
    r->messages++;
done:
    free(all);
    return status;
}

/* ---- Rows --------------------------------------------------------------------------------------------------------------------- */

static rwda_status take_column(rw_arrow_reader *r, column *c, const rw_arrow_message *message, rwda_error *err)
{
    struct ArrowError      why  = { "" };
    struct ArrowBufferView body = { { r->body }, message->body };
    int                    code = ArrowIpcDecoderDecodeArrayView(&r->decoder, body, c->field, &c->view, &why);

    if (code == NANOARROW_OK && c->view->length != message->rows)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                       "column '%.100s' has %" PRId64 " values in a batch of %" PRId64 " rows", c->name, c->view->length,
                       message->rows);
    if (code == NANOARROW_OK)
        code = ArrowArrayViewValidate(c->view, NANOARROW_VALIDATION_LEVEL_FULL, &why);
    return code == NANOARROW_OK ? RWDA_OK : said_by(&why, code, err);
}

/* The next batch; r->ended where there is none. */
static rwda_status read_batch(rw_arrow_reader *r, rwda_error *err)
{
    rw_arrow_message message;
    bool             more   = false;
    rwda_status      status = RWDA_OK;

    RW_TRY(read_message(r, &message, &more, err));
    r->ended = !more;
    if (!more)
        goto done;
    if (message.schema)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "a second schema");
    if (message.compressed)
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "a compressed batch: write them without compression");
    RW_TRY(fill_growing(r, &r->body, &r->body_room, 0, (size_t)message.body, err));
    r->messages++;
    if (!message.batch) /* a dictionary, which no column that is used needs */
        goto done;
    RW_TRY(take_column(r, &r->image, &message, err));
    if (r->name.field >= 0)
        RW_TRY(take_column(r, &r->name, &message, err));
    for (size_t i = 0; i < r->givens; i++)
        RW_TRY(take_column(r, &r->given[i], &message, err));
    r->at   = 0;
    r->rows = message.rows;
done:
    return status;
}

static json_t *text_json(struct ArrowStringView text)
{
    json_t *value = json_stringn(text.data != NULL ? text.data : "", (size_t)text.size_bytes);
    char   *copy  = NULL;

    if (value == NULL) { /* not UTF-8 */
        copy  = strndup(text.data, (size_t)text.size_bytes);
        value = rw_json_text(copy);
        free(copy);
    }
    return value;
}

static json_t *value_json(const column *c, int64_t row)
{
    if (ArrowArrayViewIsNull(c->view, row))
        return json_null();
    if (is_text(c->type))
        return text_json(ArrowArrayViewGetStringUnsafe(c->view, row));
    if (c->type == NANOARROW_TYPE_BOOL)
        return json_boolean(ArrowArrayViewGetIntUnsafe(c->view, row) != 0);
    if (is_whole(c->type) && (c->type != NANOARROW_TYPE_UINT64 || ArrowArrayViewGetUIntUnsafe(c->view, row) <= INT64_MAX))
        return json_integer(ArrowArrayViewGetIntUnsafe(c->view, row));
    return rw_json_number(ArrowArrayViewGetDoubleUnsafe(c->view, row));
}

static void take_name(rw_arrow_row *out, rw_arrow_reader *r)
{
    const column *c = &r->name;

    if (c->field < 0 || ArrowArrayViewIsNull(c->view, r->at))
        return;
    out->name = r->number;
    if (is_text(c->type)) {
        struct ArrowStringView text = ArrowArrayViewGetStringUnsafe(c->view, r->at);

        out->name     = text.data != NULL ? text.data : "";
        out->name_len = (size_t)text.size_bytes;
    } else if (c->type == NANOARROW_TYPE_UINT64) {
        out->name_len =
            (size_t)snprintf(r->number, sizeof r->number, "%" PRIu64, ArrowArrayViewGetUIntUnsafe(c->view, r->at));
    } else {
        out->name_len =
            (size_t)snprintf(r->number, sizeof r->number, "%" PRId64, ArrowArrayViewGetIntUnsafe(c->view, r->at));
    }
}

static rwda_status take_row(rw_arrow_row *out, rw_arrow_reader *r, rwda_error *err)
{
    *out = (rw_arrow_row){ .number = r->total, .is_path = is_text(r->image.type) };
    if (!ArrowArrayViewIsNull(r->image.view, r->at)) {
        struct ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(r->image.view, r->at);

        out->image = bytes.data.as_uint8 != NULL ? bytes.data.as_uint8 : (const uint8_t *)"";
        out->len   = (size_t)bytes.size_bytes;
    }
    take_name(out, r);
    if (r->givens > 0)
        out->given = json_object();
    for (size_t i = 0; i < r->givens; i++)
        if (json_object_set_new(out->given, r->given[i].name, value_json(&r->given[i], r->at)) != 0) {
            json_decref(out->given);
            *out = (rw_arrow_row){ .image = NULL };
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for column '%.100s'", r->given[i].name);
        }
    r->at++;
    r->total++;
    return RWDA_OK;
}

rwda_status rw_arrow_reader_next(rw_arrow_row *out, bool *more, rw_arrow_reader *r, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    char        where[64];

    if (r->schema.release == NULL && !r->ended)
        status = read_schema(r, err);
    while (status == RWDA_OK && !r->ended && r->at == r->rows)
        status = read_batch(r, err);
    *more = status == RWDA_OK && !r->ended;
    if (*more)
        status = take_row(out, r, err);
    if (status != RWDA_OK && status != RWDA_EIO && status != RWDA_ECANCELLED) {
        r->ended = true;
        *more    = false;
        (void)snprintf(where, sizeof where, "Arrow stream: message %zu", r->messages + 1);
        (void)rw_fail_prefix(err, status, where);
    }
    return status;
}

/* ---- From beginning to end ---------------------------------------------------------------------------------------------------- */

rwda_status rw_arrow_reader_new(rw_arrow_reader **out, const char *column_name, rw_arrow_read read, void *user,
                                rwda_error *err)
{
    rw_arrow_reader *r = calloc(1, sizeof *r);

    *out = NULL;
    if (r == NULL || ArrowIpcDecoderInit(&r->decoder) != NANOARROW_OK) {
        free(r);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for an Arrow stream");
    }
    r->wanted      = column_name;
    r->read        = read;
    r->user        = user;
    r->image.field = r->name.field = -1;
    *out                           = r;
    return RWDA_OK;
}

const char *rw_arrow_reader_left_out(const rw_arrow_reader *r)
{
    return r->left_out != NULL ? r->left_out : "";
}

bool rw_arrow_reader_cut(const rw_arrow_reader *r)
{
    return r->ended && r->cut;
}

void rw_arrow_reader_free(rw_arrow_reader *r)
{
    if (r == NULL)
        return;
    ArrowIpcDecoderReset(&r->decoder);
    if (r->schema.release != NULL)
        ArrowSchemaRelease(&r->schema);
    free(r->metadata);
    free(r->body);
    free(r->given);
    free(r->left_out);
    free(r);
}

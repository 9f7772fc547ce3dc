/* test_arrow.c - what is read of streams that pyarrow wrote, what of damaged ones, and is what is written read again? */
#include "common/arrow_check.h"
#include "common/arrow_reader.h"
#include "common/arrow_writer.h"
#include "tests/common/scratch.h"

#include <math.h>

#ifdef RWDA_HAVE_ARROW
#include <nanoarrow/ipc/flatcc_generated.h>
#endif

typedef struct {
    const uint8_t *bytes;
    size_t         len, at, step; /* step: most bytes a read gives */
} memory_input;

static rwda_status read_memory(void *user, size_t *got, void *out, size_t room, rwda_error *err)
{
    memory_input *in = user;

    (void)err;
    *got = in->len - in->at < room ? in->len - in->at : room;
    *got = *got < in->step ? *got : in->step;
    memcpy(out, in->bytes + in->at, *got);
    in->at += *got;
    return RWDA_OK;
}

/* All rows as lines "name|image|given", and how the stream ended. */
static rwda_status read_all(char *out, size_t room, memory_input *in, const char *column, rwda_error *err)
{
    rw_arrow_reader *reader;
    rw_arrow_row     row;
    bool             more = true;
    size_t           used = 0;
    rwda_status      status;

    out[0] = '\0';
    assert_int_equal(rw_arrow_reader_new(&reader, column, read_memory, in, err), RWDA_OK);
    while ((status = rw_arrow_reader_next(&row, &more, reader, err)) == RWDA_OK && more) {
        char *given = row.given != NULL ? json_dumps(row.given, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

        if (used < room)
            used += (size_t)snprintf(out + used, room - used, "%.*s|%.*s|%s\n", (int)row.name_len,
                                     row.name != NULL ? row.name : "", row.image != NULL ? (int)row.len : 4,
                                     row.image != NULL ? (const char *)row.image : "null", given != NULL ? given : "");
        free(given);
        json_decref(row.given);
    }
    if (status == RWDA_OK && used < room)
        (void)snprintf(out + used, room - used, "%s%s", rw_arrow_reader_left_out(reader),
                       rw_arrow_reader_cut(reader) ? " cut" : "");
    assert_int_equal(rw_arrow_reader_next(&row, &more, reader, NULL), RWDA_OK); /* it has ended, in one way or another */
    assert_false(more);
    rw_arrow_reader_free(reader);
    return status;
}

static uint8_t *stream_file(size_t *len, const char *name)
{
    char       path[RW_PATH_MAX];
    uint8_t   *bytes;
    rwda_error err = { 0 };

    (void)snprintf(path, sizeof path, "%s/arrow/streams/%s", RWDA_TEST_DIR, name);
    assert_ok(rw_file_read(&bytes, len, path, 1 << 20, &err), err);
    return bytes;
}

static void streams_of_pyarrow(void **state)
{
    static const struct {
        const char *file, *column, *rows;
    } cases[] = {
        { "bytes.arrows", NULL,
          "a.png|an image|{\"id\":7,\"good\":true,\"weight\":1.5}\n"
          "b.png|null|{\"id\":null,\"good\":false,\"weight\":null}\n"
          "||{\"id\":-3,\"good\":null,\"weight\":null}\n"
          "d\xc3\xa9.png|another|{\"id\":1099511627776,\"good\":true,\"weight\":-2.0}\n"
          "tags, when" },
        { "bytes.arrows", "path",
          "|a.png|{\"id\":7,\"good\":true,\"weight\":1.5}\n"
          "|b.png|{\"id\":null,\"good\":false,\"weight\":null}\n"
          "|null|{\"id\":-3,\"good\":null,\"weight\":null}\n"
          "|d\xc3\xa9.png|{\"id\":1099511627776,\"good\":true,\"weight\":-2.0}\n"
          "image, tags, when" },
        { "large.arrows", NULL,
          "a.png|an "
          "image|{\"key\":\"a.png\"}\nb.png|null|{\"key\":\"b.png\"}\n||{\"key\":null}\nd\xc3\xa9.png|another|{\"key\":"
          "\"d\xc3\xa9.png\"}\n" },
        { "paths.arrows", NULL,
          "|a.png|{\"n\":7}\n|b.png|{\"n\":null}\n|null|{\"n\":-3}\n|d\xc3\xa9.png|{\"n\":1099511627776}\n" },
        { "numbers.arrows", NULL,
          "18446744073709551615|an "
          "image|{\"id\":1.8446744073709552e19}\n1|null|{\"id\":1}\n||{\"id\":null}\n3|another|{\"id\":3}\n" },
        { "dictionary.arrows", NULL, "|an image|\n|null|\n||\n|another|\nkind" },
        { "two.arrows", "b", "|an image|\n|null|\n||\n|another|\na" },
        { "none.arrows", NULL, "tags, when" },
    };
    char       rows[2048];
    rwda_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++)
        for (size_t step = 1; step <= 1 << 20; step <<= 10) {
            size_t       len;
            uint8_t     *bytes = stream_file(&len, cases[i].file);
            memory_input in    = { bytes, len, 0, step };

            assert_ok(read_all(rows, sizeof rows, &in, cases[i].column, &err), err);
            assert_string_equal(rows, cases[i].rows);
            free(bytes);
        }
}

static void a_file_is_a_stream(void **state)
{
    char         of_file[2048], of_stream[2048];
    size_t       len[2];
    uint8_t     *file = stream_file(&len[0], "file.arrow"), *stream = stream_file(&len[1], "bytes.arrows");
    memory_input in[] = { { file, len[0], 0, len[0] }, { stream, len[1], 0, len[1] } };
    rwda_error   err  = { 0 };

    (void)state;
    assert_ok(read_all(of_file, sizeof of_file, &in[0], NULL, &err), err);
    assert_ok(read_all(of_stream, sizeof of_stream, &in[1], NULL, &err), err);
    assert_string_equal(of_file, of_stream);
    free(file);
    free(stream);
}

/* What is not read is refused in a sentence. */
static void streams_that_are_refused(void **state)
{
    static const struct {
        const char *file, *column;
        rwda_status status;
        const char *says;
    } cases[] = {
        { "compressed.arrows", NULL, RWDA_EUNSUPPORTED, "Arrow stream: message 2: a compressed batch" },
        { "two.arrows", NULL, RWDA_EINVAL, "2 columns are binary and 0 are text" },
        { "bytes.arrows", "nothing", RWDA_EINVAL, "none of 7 columns is called 'nothing'" },
        { "bytes.arrows", "id", RWDA_EINVAL, "column 'id' is neither binary" },
        { "of_dictionary.arrows", "path", RWDA_EINVAL, "a dictionary's values are not read" },
        { "views.arrows", NULL, RWDA_EUNSUPPORTED, "BinaryView not yet supported" },
    };
    char rows[2048];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        size_t       len;
        uint8_t     *bytes = stream_file(&len, cases[i].file);
        memory_input in    = { bytes, len, 0, len };
        rwda_error   err   = { 0 };

        assert_refused(cases[i].file, read_all(rows, sizeof rows, &in, cases[i].column, &err), cases[i].status, &err,
                       cases[i].says);
        free(bytes);
    }
}

/* At every place; before the end mark it is known that something is missing. */
static void streams_that_are_cut(void **state)
{
    char     rows[2048];
    size_t   len;
    uint8_t *bytes = stream_file(&len, "bytes.arrows");

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        guarded      g   = guarded_copy(bytes, cut);
        memory_input in  = { g.bytes, cut, 0, cut };
        rwda_error   err = { 0 };
        rwda_status  got = read_all(rows, sizeof rows, &in, NULL, &err);

        if (got == RWDA_OK)
            assert_non_null(strstr(rows, " cut"));
        else
            assert_refused("cut", got, RWDA_EFORMAT, &err, cut == 0 ? "a schema was to come" : "it ends after");
        guarded_free(&g);
    }
    free(bytes);
}

/* Every byte in turn: an error or rows, and never more than the bytes there are. */
static void streams_that_are_damaged(void **state)
{
    static const uint8_t changes[] = { 0xff, 0x80, 0x01 };
    char                 rows[4096];
    size_t               len;
    uint8_t             *bytes = stream_file(&len, "bytes.arrows");

    (void)state;
    for (size_t i = 0; i < len; i++)
        for (size_t c = 0; c < RW_COUNTOF(changes); c++) {
            guarded      g   = guarded_copy(bytes, len);
            memory_input in  = { g.bytes, len, 0, len };
            rwda_error   err = { 0 };

            g.bytes[i] ^= changes[c];
            if (read_all(rows, sizeof rows, &in, NULL, &err) != RWDA_OK)
                assert_non_null(strstr(err.message, "Arrow stream: message "));
            guarded_free(&g);
        }
    free(bytes);
}

#ifdef RWDA_HAVE_ARROW

#define AB(name) org_apache_arrow_flatbuf_##name

/* The builder's message with its prefix in front, and `body` zero bytes behind; the caller's to free. */
static uint8_t *finish(size_t *len, flatcc_builder_t *b, size_t body)
{
    size_t   size;
    uint8_t *metadata = flatcc_builder_finalize_buffer(b, &size), *all;
    int32_t  prefix[] = { -1, (int32_t)((size + 7) / 8 * 8) };

    *len = 8 + (size_t)prefix[1] + body;
    all  = calloc(*len, 1);
    memcpy(all, prefix, sizeof prefix);
    memcpy(all + 8, metadata, size);
    flatcc_builder_aligned_free(metadata);
    flatcc_builder_clear(b);
    return all;
}

/* A field with two children that are the same one, with two that are the same one, and so on. */
static uint8_t *make_bomb(size_t *len, int levels)
{
    flatcc_builder_t b;
    AB(Field_ref_t) field = 0;

    flatcc_builder_init(&b);
    AB(Message_start_as_root)(&b);
    AB(Message_version_add)(&b, AB(MetadataVersion_V5));
    for (int i = 0; i <= levels; i++) {
        AB(Field_vec_ref_t) children = 0;

        if (i > 0) {
            AB(Field_vec_start)(&b);
            AB(Field_vec_push)(&b, field);
            AB(Field_vec_push)(&b, field);
            children = AB(Field_vec_end)(&b);
        }
        AB(Field_start)(&b);
        AB(Field_name_create_str)(&b, "f");
        AB(Field_type_Struct__create)(&b);
        if (i > 0)
            AB(Field_children_add)(&b, children);
        field = AB(Field_end)(&b);
    }
    AB(Message_header_Schema_start)(&b);
    AB(Schema_fields_start)(&b);
    AB(Schema_fields_push)(&b, field);
    AB(Schema_fields_end)(&b);
    AB(Message_header_Schema_end)(&b);
    AB(Message_end_as_root)(&b);
    return finish(len, &b, 0);
}

static void a_schema_that_multiplies(void **state)
{
    char         rows[64];
    size_t       len;
    uint8_t     *bytes = make_bomb(&len, 40);
    memory_input in    = { bytes, len, 0, len };
    rwda_error   err   = { 0 };

    (void)state;
    assert_refused("bomb", read_all(rows, sizeof rows, &in, NULL, &err), RWDA_ELIMIT, &err, "over 100000 columns");
    free(bytes);
    bytes = make_bomb(&len, 10);
    in    = (memory_input){ bytes, len, 0, len };
    assert_refused("small", read_all(rows, sizeof rows, &in, NULL, &err), RWDA_EINVAL, &err, "0 columns are binary");
    free(bytes);
}

/* A schema of one column that has no type, or metadata without a key. */
static uint8_t *make_schema(size_t *len, bool type)
{
    flatcc_builder_t b;

    flatcc_builder_init(&b);
    AB(Message_start_as_root)(&b);
    AB(Message_header_Schema_start)(&b);
    AB(Schema_fields_start)(&b);
    AB(Schema_fields_push_start)(&b);
    AB(Field_name_create_str)(&b, "path");
    if (type) {
        AB(Field_type_Utf8_create)(&b);
        AB(Field_custom_metadata_start)(&b);
        AB(Field_custom_metadata_push_start)(&b);
        AB(KeyValue_value_create_str)(&b, "value");
        AB(Field_custom_metadata_push_end)(&b);
        AB(Field_custom_metadata_end)(&b);
    }
    AB(Schema_fields_push_end)(&b);
    AB(Schema_fields_end)(&b);
    AB(Message_header_Schema_end)(&b);
    AB(Message_end_as_root)(&b);
    return finish(len, &b, 0);
}

static void schemas_that_lack_something(void **state)
{
    (void)state;
    for (int type = 0; type < 2; type++) {
        char         rows[64];
        size_t       len;
        uint8_t     *bytes = make_schema(&len, type);
        memory_input in    = { bytes, len, 0, len };
        rwda_error   err   = { 0 };

        assert_refused(type ? "key" : "type", read_all(rows, sizeof rows, &in, NULL, &err), RWDA_EFORMAT, &err,
                       "a column without a type");
        free(bytes);
    }
}

typedef struct {
    int64_t body, rows, values, nulls, offset, length; /* of all buffers alike */
} batch_claims;

static uint8_t *make_batch(size_t *len, const batch_claims *c, size_t body)
{
    flatcc_builder_t b;

    flatcc_builder_init(&b);
    AB(Message_start_as_root)(&b);
    AB(Message_version_add)(&b, AB(MetadataVersion_V5));
    AB(Message_header_RecordBatch_start)(&b);
    AB(RecordBatch_length_add)(&b, c->rows);
    AB(RecordBatch_nodes_start)(&b);
    for (int i = 0; i < 2; i++)
        AB(RecordBatch_nodes_push_create)(&b, c->values, c->nulls);
    AB(RecordBatch_nodes_end)(&b);
    AB(RecordBatch_buffers_start)(&b);
    for (int i = 0; i < 6; i++)
        AB(RecordBatch_buffers_push_create)(&b, c->offset, c->length);
    AB(RecordBatch_buffers_end)(&b);
    AB(Message_header_RecordBatch_end)(&b);
    AB(Message_bodyLength_add)(&b, c->body);
    AB(Message_end_as_root)(&b);
    return finish(len, &b, body);
}

/* Behind the schema of two.arrows. */
static void batches_that_lie(void **state)
{
    static const struct {
        const char  *what;
        batch_claims claims;
        rwda_status  status;
        const char  *says;
    } cases[] = {
        { "as it is", { 64, 3, 3, 0, 0, 64 }, RWDA_OK, "" },
        { "body", { -64, 3, 3, 0, 0, 64 }, RWDA_EFORMAT, "a message whose body has -64 bytes" },
        { "large body", { INT64_MAX, 3, 3, 0, 0, 64 }, RWDA_ELIMIT, "a batch may have 2147483648" },
        { "body that does not come",
          { (int64_t)1 << 30, 3, 3, 0, 0, 64 },
          RWDA_EFORMAT,
          "it ends after 64 of 1073741824 bytes" },
        { "rows", { 64, -1, 3, 0, 0, 64 }, RWDA_EFORMAT, "a batch of -1 rows" },
        { "many rows", { 64, INT64_MAX, INT64_MAX, 0, 0, 64 }, RWDA_EFORMAT, "rows, and there can be" },
        { "rows without bytes", { 64, INT32_MAX, INT32_MAX, 0, 0, 64 }, RWDA_EFORMAT, "size >=" },
        { "values", { 64, 3, -3, 0, 0, 64 }, RWDA_EFORMAT, "has -3 values" },
        { "more values than rows", { 64, 3, 4, 0, 0, 64 }, RWDA_EFORMAT, "has 4 values in a batch of 3 rows" },
        { "nulls", { 64, 3, 3, 4, 0, 64 }, RWDA_EFORMAT, "3 values, 4 of them null" },
        { "nulls", { 64, 3, 3, -1, 0, 64 }, RWDA_EFORMAT, "3 values, -1 of them null" },
        { "offset", { 64, 3, 3, 0, -8, 64 }, RWDA_EFORMAT, "64 bytes at -8" },
        { "odd offset", { 64, 3, 3, 0, 1, 16 }, RWDA_EFORMAT, "16 bytes at 1" },
        { "far offset", { 64, 3, 3, 0, 72, 0 }, RWDA_EFORMAT, "0 bytes at 72" },
        { "unknown length", { 64, 3, 3, 0, 0, -1 }, RWDA_EFORMAT, "-1 bytes at 0" },
        { "length", { 64, 3, 3, 0, 8, 64 }, RWDA_EFORMAT, "64 bytes at 8, and the batch has 64" },
        { "overflow", { 64, 3, 3, 0, 8, INT64_MAX }, RWDA_EFORMAT, "at 8, and the batch has 64" },
    };
    size_t   len, schema;
    uint8_t *two = stream_file(&len, "two.arrows");
    int32_t  metadata;

    (void)state;
    memcpy(&metadata, two + 4, sizeof metadata);
    schema = 8 + (size_t)metadata;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        size_t       batch_len;
        uint8_t     *batch = make_batch(&batch_len, &cases[i].claims, 64);
        guarded      g     = guarded_copy(two, schema + batch_len);
        memory_input in    = { g.bytes, g.len, 0, g.len };
        rwda_error   err   = { 0 };
        char         rows[256];

        memcpy(g.bytes + schema, batch, batch_len);
        assert_refused(cases[i].what, read_all(rows, sizeof rows, &in, "a", &err), cases[i].status, &err, cases[i].says);
        if (cases[i].status == RWDA_OK)
            assert_string_equal(rows, "|null|\n|null|\n|null|\nb cut");
        free(batch);
        guarded_free(&g);
    }
    free(two);
}

#endif

static void what_is_written_is_read(void **state)
{
    static const rw_arrow_column columns[] = {
        { "path", RW_ARROW_TEXT, 0 },      { "width", RW_ARROW_INT, 0 },        { "score", RW_ARROW_FLOAT, 0 },
        { "p_value", RW_ARROW_DOUBLE, 0 }, { "embedding", RW_ARROW_FLOATS, 3 },
    };
    static const float   x[]       = { 1.0f, -2.0f, 0.5f };
    const char          *path      = in_scratch("out.arrows");
    const rw_arrow_value rows[][5] = {
        { { true, "a.png", 0, NULL },
          { true, NULL, 640, NULL },
          { true, NULL, 0.25, NULL },
          { true, NULL, 0.125, NULL },
          { true, NULL, 0, x } },
        { { true, "\xc3\xa9", 0, NULL }, { .given = false }, { .given = false }, { .given = false }, { .given = false } },
    };
    static const char *const wanted[] = { "|a.png|{\"width\":640,\"score\":0.25,\"p_value\":0.125}\n",
                                          "|\xc3\xa9|{\"width\":null,\"score\":null,\"p_value\":null}\n" };
    rw_stream                out;
    rw_arrow_writer         *writer;
    uint8_t                 *bytes;
    char                    *all = calloc(3000, 100), *line = all;
    size_t                   len;
    rwda_error               err = { 0 };
    memory_input             in;

    (void)state;
    assert_ok(rw_stream_open(&out, path, false, &err), err);
    assert_ok(rw_arrow_writer_new(&writer, &out, columns, RW_COUNTOF(columns), &err), err);
    assert_ok(rw_arrow_writer_flush(writer, &err), err); /* of nothing */
    for (int i = 0; i < 2500; i++) {
        assert_ok(rw_arrow_writer_add(writer, rows[i % 2], &err), err);
        if (i == 7)
            assert_ok(rw_arrow_writer_flush(writer, &err), err);
    }
    assert_ok(rw_arrow_writer_end(writer, &err), err);
    rw_arrow_writer_free(writer);
    assert_ok(rw_stream_close(&out, true, &err), err);
    assert_ok(rw_file_read(&bytes, &len, path, 1 << 22, &err), err);
    in = (memory_input){ bytes, len, 0, len };
    assert_ok(read_all(all, 300000, &in, "path", &err), err);
    for (int i = 0; i < 2500; i++, line = strchr(line, '\n') + 1)
        assert_memory_equal(line, wanted[i % 2], strlen(wanted[i % 2]));
    assert_string_equal(line, "embedding");
    free(bytes);
    free(all);
}

/* The build without Arrow says so. */
static void without_arrow(void **state)
{
    static const rw_arrow_column column = { "path", RW_ARROW_TEXT, 0 };
    rw_arrow_reader             *reader = POISON;
    rw_arrow_writer             *writer = POISON;
    rw_stream                    out    = { 0 };
    rwda_error                   err    = { 0 };

    (void)state;
    assert_refused("reader", rw_arrow_reader_new(&reader, NULL, NULL, NULL, &err), RWDA_EUNSUPPORTED, &err, "without Arrow");
    assert_refused("writer", rw_arrow_writer_new(&writer, &out, &column, 1, &err), RWDA_EUNSUPPORTED, &err, "without Arrow");
    assert_null(reader);
    assert_null(writer);
}

int main(void)
{
    const struct CMUnitTest none[]  = { cmocka_unit_test(without_arrow) };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_of_pyarrow),       cmocka_unit_test(a_file_is_a_stream),
        cmocka_unit_test(streams_that_are_refused), cmocka_unit_test(streams_that_are_cut),
        cmocka_unit_test(streams_that_are_damaged),
#ifdef RWDA_HAVE_ARROW
        cmocka_unit_test(a_schema_that_multiplies), cmocka_unit_test(schemas_that_lack_something),
        cmocka_unit_test(batches_that_lie),
#endif
        cmocka_unit_test(what_is_written_is_read),
    };

    return rw_arrow_built() != NULL ? cmocka_run_group_tests(tests, scratch_new, scratch_free)
                                    : cmocka_run_group_tests(none, NULL, NULL);
}

#include "common/arrow_check.h"

#include <nanoarrow/ipc/flatcc_generated.h>
#include <inttypes.h>

#define AB(name) org_apache_arrow_flatbuf_##name

static rwda_status damaged(rwda_error *err, const char *what)
{
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%s", what);
}

/* ---- How many tables are there? ------------------------------------------------------------------------------------------------
 *
 * A table may be reached on many ways, so a few kilobytes can describe more fields than a verifier could ever visit.  These visit fields
 * and pairs alone, in the order in which the verifier will, and give up. */

static _Thread_local int visited; /* flatcc's callbacks have no other argument than the table */

static int count(flatcc_table_verifier_descriptor_t *table)
{
    (void)table;
    return ++visited > RW_ARROW_TABLES_MAX ? flatcc_verify_error_max_nesting_level_reached : flatcc_verify_ok;
}

static int count_field(flatcc_table_verifier_descriptor_t *field)
{
    int wrong = count(field);

    if (wrong == 0)
        wrong = flatcc_verify_table_vector_field(field, 5, 0, count_field); /* children */
    if (wrong == 0)
        wrong = flatcc_verify_table_vector_field(field, 6, 0, count); /* custom_metadata */
    return wrong;
}

static int count_schema(flatcc_table_verifier_descriptor_t *schema)
{
    int wrong = flatcc_verify_table_vector_field(schema, 1, 0, count_field); /* fields */

    return wrong != 0 ? wrong : flatcc_verify_table_vector_field(schema, 2, 0, count); /* custom_metadata */
}

static int count_header(flatcc_union_verifier_descriptor_t *header)
{
    return header->type == AB(MessageHeader_Schema) ? flatcc_verify_union_table(header, count_schema) : flatcc_verify_ok;
}

static int count_message(flatcc_table_verifier_descriptor_t *message)
{
    int wrong = flatcc_verify_union_field(message, 2, 0, count_header);

    return wrong != 0 ? wrong : flatcc_verify_table_vector_field(message, 4, 0, count); /* custom_metadata */
}

/* ---- What they say ---------------------------------------------------------------------------------------------------------------- */

static bool pairs_are_whole(AB(KeyValue_vec_t) pairs)
{
    for (size_t i = 0; i < AB(KeyValue_vec_len)(pairs); i++)
        if (AB(KeyValue_key)(AB(KeyValue_vec_at)(pairs, i)) == NULL ||
            AB(KeyValue_value)(AB(KeyValue_vec_at)(pairs, i)) == NULL)
            return false;
    return true;
}

static bool fields_are_whole(AB(Field_vec_t) fields) /* as deep as the verifier went */
{
    for (size_t i = 0; i < AB(Field_vec_len)(fields); i++) {
        AB(Field_table_t) field = AB(Field_vec_at)(fields, i);

        AB(DictionaryEncoding_table_t) dictionary = AB(Field_dictionary)(field);

        if (AB(Field_type_get)(field) == NULL ||
            (dictionary != NULL && AB(DictionaryEncoding_indexType)(dictionary) == NULL) ||
            !pairs_are_whole(AB(Field_custom_metadata)(field)) || !fields_are_whole(AB(Field_children)(field)))
            return false;
    }
    return true;
}

static rwda_status check_batch(rw_arrow_message *out, AB(RecordBatch_table_t) batch, rwda_error *err)
{
    AB(FieldNode_vec_t) nodes = AB(RecordBatch_nodes)(batch);
    AB(Buffer_vec_t) buffers  = AB(RecordBatch_buffers)(batch);

    out->batch      = true;
    out->rows       = AB(RecordBatch_length)(batch);
    out->compressed = AB(RecordBatch_compression_is_present)(batch);
    if (out->rows < 0 || out->rows > INT32_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "a batch of %" PRId64 " rows, and there can be %d", out->rows,
                       INT32_MAX);
    for (size_t i = 0; i < AB(FieldNode_vec_len)(nodes); i++) {
        int64_t length = AB(FieldNode_length)(AB(FieldNode_vec_at)(nodes, i));
        int64_t nulls  = AB(FieldNode_null_count)(AB(FieldNode_vec_at)(nodes, i));

        if (length < 0 || length > INT32_MAX || nulls < 0 || nulls > length)
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                           "column %zu of a batch has %" PRId64 " values, %" PRId64 " of them null", i, length, nulls);
    }
    for (size_t i = 0; i < AB(Buffer_vec_len)(buffers); i++) {
        int64_t offset = AB(Buffer_offset)(AB(Buffer_vec_at)(buffers, i));
        int64_t length = AB(Buffer_length)(AB(Buffer_vec_at)(buffers, i));

        if (offset < 0 || offset % 8 != 0 || length < 0 || offset > out->body || length > out->body - offset)
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                           "buffer %zu of a batch has %" PRId64 " bytes at %" PRId64 ", and the batch has %" PRId64, i,
                           length, offset, out->body);
    }
    return RWDA_OK;
}

rwda_status rw_arrow_check(rw_arrow_message *out, const uint8_t *metadata, size_t len, rwda_error *err)
{
    AB(Message_table_t) message;
    AB(Schema_table_t) schema;
    int wrong;

    *out    = (rw_arrow_message){ .schema = false };
    visited = 0;
    wrong   = flatcc_verify_table_as_root(metadata, len, NULL, count_message);
    if (visited > RW_ARROW_TABLES_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "over %d columns and pairs of metadata", RW_ARROW_TABLES_MAX);
    if (wrong == 0)
        wrong = AB(Message_verify_as_root)(metadata, len);
    if (wrong != 0)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "damaged metadata of a message: %s",
                       flatcc_verify_error_string(wrong));
    message   = AB(Message_as_root)(metadata);
    out->body = AB(Message_bodyLength)(message);
    if (out->body < 0)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "a message whose body has %" PRId64 " bytes", out->body);
    if (AB(Message_header_get)(message) == NULL)
        return damaged(err, "a message that says nothing");
    switch (AB(Message_header_type)(message)) {
    case AB(MessageHeader_Schema):
        out->schema = true;
        schema      = AB(Message_header_get)(message);
        return fields_are_whole(AB(Schema_fields)(schema)) && pairs_are_whole(AB(Schema_custom_metadata)(schema))
                   ? RWDA_OK
                   : damaged(err, "a column without a type, or metadata without a key or a value");
    case AB(MessageHeader_RecordBatch): return check_batch(out, AB(Message_header_get)(message), err);
    default: return RWDA_OK;
    }
}

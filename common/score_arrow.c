#include "common/score_arrow.h"

#include <stdlib.h>
#include <string.h>

static const rw_arrow_column columns[] = {
    { "path", RW_ARROW_TEXT, 0 },        { "width", RW_ARROW_INT, 0 },          { "height", RW_ARROW_INT, 0 },
    { "score", RW_ARROW_FLOAT, 0 },      { "logit", RW_ARROW_FLOAT, 0 },        { "score_fnn", RW_ARROW_FLOAT, 0 },
    { "score_clip", RW_ARROW_FLOAT, 0 }, { "score_memory", RW_ARROW_FLOAT, 0 }, { "score_mutual", RW_ARROW_FLOAT, 0 },
    { "label", RW_ARROW_TEXT, 0 },       { "threshold", RW_ARROW_DOUBLE, 0 },   { "p_value", RW_ARROW_DOUBLE, 0 },
    { "error", RW_ARROW_TEXT, 0 },       { "error_code", RW_ARROW_TEXT, 0 },    { "given", RW_ARROW_TEXT, 0 },
    { "map", RW_ARROW_TEXT, 0 },         { "kinds", RW_ARROW_TEXT, 0 },         { "kinds_region", RW_ARROW_TEXT, 0 },
    { "detector", RW_ARROW_TEXT, 0 },    { "model", RW_ARROW_TEXT, 0 },         { "scoring", RW_ARROW_TEXT, 0 },
    { "ms_decode", RW_ARROW_DOUBLE, 0 }, { "ms_encode", RW_ARROW_DOUBLE, 0 },   { "ms_total", RW_ARROW_DOUBLE, 0 },
};

/* Keys of the record that are not called like their columns. */
static const struct {
    const char *column, *key, *inner;
} inner_keys[] = {
    { "error", "error", "message" }, { "error_code", "error", "code" }, { "ms_decode", "ms", "decode" },
    { "ms_encode", "ms", "encode" }, { "ms_total", "ms", "total" },
};

static const json_t *find(const json_t *record, const char *column)
{
    for (size_t i = 0; i < RW_COUNTOF(inner_keys); i++)
        if (strcmp(column, inner_keys[i].column) == 0)
            return json_object_get(json_object_get(record, inner_keys[i].key), inner_keys[i].inner);
    return json_object_get(record, column);
}

rwda_status score_arrow_new(rw_arrow_writer **out, rw_stream *stream, rwda_error *err)
{
    return rw_arrow_writer_new(out, stream, columns, RW_COUNTOF(columns), err);
}

rwda_status score_arrow_add(rw_arrow_writer *writer, json_t *record, rwda_error *err)
{
    rw_arrow_value values[RW_COUNTOF(columns)];
    char          *dumped[RW_COUNTOF(columns)] = { NULL };
    rwda_status    status                      = RWDA_OK;

    if (record == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a record");
    for (size_t i = 0; i < RW_COUNTOF(columns) && status == RWDA_OK; i++) {
        const json_t *value = find(record, columns[i].name);

        if (json_is_object(value) || json_is_array(value)) {
            dumped[i] = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9));
            if (dumped[i] == NULL)
                status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for '%s' of a record", columns[i].name);
        }
        values[i] =
            (rw_arrow_value){ value != NULL && !json_is_null(value),
                              dumped[i] != NULL ? dumped[i] : json_string_value(value), json_number_value(value), NULL };
    }
    if (status == RWDA_OK)
        status = rw_arrow_writer_add(writer, values, err);
    for (size_t i = 0; i < RW_COUNTOF(columns); i++)
        free(dumped[i]);
    json_decref(record);
    return status;
}

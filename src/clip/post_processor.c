#include "clip/post_processor.h"

#include "base/memory.h"
#include "clip/tokenizer_part.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 256

static rwda_status add(rw_post_processor *out, int64_t item, const char *name, rwda_error *err)
{
    if (out->count == ITEMS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: over %d special tokens around a text", name, ITEMS_MAX);
    if (!rw_array_reserve((void **)&out->items, &out->room, out->count, 1, sizeof *out->items))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.100s: post-processor", name);
    out->items[out->count++] = item;
    out->special += item != RW_POST_TEXT;
    return RWDA_OK;
}

static rwda_status add_id(rw_post_processor *out, const json_t *id, const char *what, const char *name, rwda_error *err)
{
    if (!json_is_integer(id) || json_integer_value(id) < 0 || json_integer_value(id) > INT32_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: special token \"%.60s\" of the post-processor has no id",
                       name, what);
    return add(out, json_integer_value(id), name, err);
}

/* BertProcessing, RobertaProcessing: ["text", id] before and after. */
static rwda_status read_around(rw_post_processor *out, const json_t *json, const char *name, rwda_error *err)
{
    rwda_status status;

    RW_TRY(add_id(out, json_array_get(json_object_get(json, "cls"), 1), "cls", name, err));
    RW_TRY(add(out, RW_POST_TEXT, name, err));
    RW_TRY(add_id(out, json_array_get(json_object_get(json, "sep"), 1), "sep", name, err));
done:
    return status;
}

static rwda_status read_template(rw_post_processor *out, const json_t *json, const char *name, rwda_error *err)
{
    const json_t *single = json_object_get(json, "single"), *tokens = json_object_get(json, "special_tokens");
    rwda_status   status = RWDA_OK;

    if (!json_is_array(single))
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: TemplateProcessing has no list \"single\"", name);
    for (size_t i = 0; i < json_array_size(single); i++) {
        const json_t *piece    = json_array_get(single, i);
        const json_t *sequence = json_object_get(piece, "Sequence");
        const char   *id =
            json_string_value(json_object_get(sequence != NULL ? sequence : json_object_get(piece, "SpecialToken"), "id"));
        const json_t *ids = id != NULL ? json_object_get(json_object_get(tokens, id), "ids") : NULL;

        if (sequence != NULL && id != NULL && strcmp(id, "A") == 0) {
            RW_TRY(add(out, RW_POST_TEXT, name, err));
            continue;
        }
        if (sequence != NULL || !json_is_array(ids))
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                           "%.100s: piece %zu of TemplateProcessing is neither text A nor a special token", name, i);
        for (size_t k = 0; k < json_array_size(ids); k++)
            RW_TRY(add_id(out, json_array_get(ids, k), id, name, err));
    }
done:
    return status;
}

/* One that adds tokens, at most: what a second would do to the first one's is not defined. */
static rwda_status read_one(rw_post_processor *out, const json_t *json, int depth, const char *name, rwda_error *err)
{
    const char *type   = rw_part_type(json);
    rwda_status status = RWDA_OK;

    if (strcmp(type, "Sequence") == 0 && depth < RW_PART_DEPTH_MAX) {
        const json_t *list = json_object_get(json, "processors");

        for (size_t i = 0; i < json_array_size(list) && status == RWDA_OK; i++)
            status = read_one(out, json_array_get(list, i), depth + 1, name, err);
        return status;
    }
    if (strcmp(type, "ByteLevel") == 0) /* about offsets in the text only */
        return RWDA_OK;
    if (out->count > 0)
        return rw_part_refuse("a second post-processor", type, name, err);
    if (strcmp(type, "TemplateProcessing") == 0)
        return read_template(out, json, name, err);
    if (strcmp(type, "RobertaProcessing") == 0 || strcmp(type, "BertProcessing") == 0)
        return read_around(out, json, name, err);
    return rw_part_refuse("post-processor", type, name, err);
}

rwda_status rw_post_processor_read(rw_post_processor *out, const json_t *json, const char *name, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    if (json != NULL && !json_is_null(json))
        RW_TRY(read_one(out, json, 0, name, err));
    if (out->count == 0)
        RW_TRY(add(out, RW_POST_TEXT, name, err));
done:
    return status;
}

void rw_post_processor_done(rw_post_processor *processor)
{
    free(processor->items);
    memset(processor, 0, sizeof *processor);
}

#include "clip/token_model.h"

#include "base/memory.h"

#include <stdio.h>

rwda_status rw_ids_add(rw_ids *ids, uint32_t id, rwda_error *err)
{
    if (!rw_array_reserve((void **)&ids->ids, &ids->room, ids->n, 1, sizeof *ids->ids))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu token ids", ids->n + 1);
    ids->ids[ids->n++] = (int32_t)id;
    return RWDA_OK;
}

void rw_byte_tokens(uint32_t ids[256], const rw_vocabulary *vocabulary)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[8];

        snprintf(text, sizeof text, "<0x%02X>", byte);
        ids[byte] = rw_vocabulary_find(vocabulary, text, 6);
    }
}

rwda_status rw_model_flag(bool *out, const rw_json_members *json, const char *key, const char *name, rwda_error *err)
{
    rw_json_value value = rw_json_member(json, key);
    char          kind  = rw_json_kind(value);

    *out = kind == 't';
    if (!rw_json_is_null(value) && kind != 't' && kind != 'f')
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: model.%.40s is neither true nor false", name, key);
    return RWDA_OK;
}

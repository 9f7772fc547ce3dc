#include "clip/tokenizer_part.h"

#include "clip/unicode.h"

const char *rw_part_type(const json_t *json)
{
    const char *type = json_string_value(json_object_get(json, "type"));

    return type != NULL ? type : "";
}

rwda_status rw_part_refuse(const char *what, const char *type, const char *name, rwda_error *err)
{
    return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.100s: %s \"%.60s\" is not supported", name, what, type);
}

rwda_status rw_part_flag(bool *out, const json_t *json, const char *key, int fallback, const char *name, rwda_error *err)
{
    const json_t *value = json_object_get(json, key);

    if (fallback >= 0 && (value == NULL || json_is_null(value))) {
        *out = fallback != 0;
        return RWDA_OK;
    }
    if (!json_is_boolean(value))
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: %.40s of %.40s is neither true nor false", name, key,
                       rw_part_type(json));
    *out = json_is_true(value);
    return RWDA_OK;
}

rwda_status rw_part_text(rw_chars *out, const json_t *json, const char *key, const char *name, rwda_error *err)
{
    const json_t *value = json_object_get(json, key);
    rwda_status   status;

    if (!json_is_string(value))
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: %.40s of %.40s is no text", name, key,
                       rw_part_type(json));
    status = rw_chars_reserve(out, json_string_length(value) + 1, err);
    if (status == RWDA_OK)
        out->n = rw_utf8_decode(out->points, (const uint8_t *)json_string_value(value), json_string_length(value));
    return status;
}

rwda_status rw_part_pattern(rw_pattern **out, const json_t *json, const char *name, rwda_error *err)
{
    const json_t *pattern = json_object_get(json, "pattern");
    const json_t *text    = json_object_get(pattern, "String");
    const json_t *regex   = json_object_get(pattern, "Regex");

    *out = NULL;
    if (json_is_string(text))
        return rw_pattern_literal(out, json_string_value(text), json_string_length(text), name, err);
    if (json_is_string(regex))
        return rw_pattern_new(out, json_string_value(regex), json_string_length(regex), name, err);
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: pattern of %.40s is neither String nor Regex", name,
                   rw_part_type(json));
}

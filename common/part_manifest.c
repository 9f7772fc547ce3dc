#include "common/part_manifest.h"

#include "common/json_watch.h"
#include "common/output.h"
#include "common/paths.h"
#include "common/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA         "rwda.part/1"
#define MANIFEST_BYTES ((size_t)4 << 20)
#define ENDING         ".jsonl"

rwda_status rw_part_sibling(char out[RW_PATH_MAX], const char *part, const char *ending, rwda_error *err)
{
    size_t len = strlen(part), tail = sizeof ENDING - 1;

    if (len > tail && strcmp(part + len - tail, ENDING) == 0 &&
        rw_path_format(out, "%.*s%s", (int)(len - tail), part, ending))
        return RWDA_OK;
    return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: not the name of a part, which ends in " ENDING, part);
}

static bool take_sum(char out[65], const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    if (text == NULL || strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64)
        return false;
    memcpy(out, text, 65);
    return true;
}

static bool take_count(size_t *out, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    *out = (size_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

rwda_status rw_part_manifest_read(rw_part_manifest *out, bool *there, const char *part, rwda_error *err)
{
    char        path[RW_PATH_MAX];
    uint8_t    *bytes = NULL;
    size_t      len, index, count;
    json_t     *all = NULL;
    const char *schema;
    rwda_status status = RWDA_OK;

    *there = false;
    RW_TRY(rw_part_sibling(path, part, ".json", err));
    if (access(path, F_OK) != 0 && errno == ENOENT)
        goto done;
    RW_TRY(rw_file_read(&bytes, &len, path, MANIFEST_BYTES, err));
    all    = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, NULL);
    schema = json_string_value(json_object_get(all, "schema"));
    if (schema == NULL || strcmp(schema, SCHEMA) != 0 || !take_count(&index, all, "index") ||
        !take_count(&count, all, "count") || index >= count || count > RW_SHARD_MAX ||
        !take_count(&out->lines, all, "lines") || !take_count(&out->failed, all, "failed") ||
        !take_count(&out->anomalous, all, "anomalous") || !take_sum(out->sha256, all, "sha256") ||
        !take_sum(out->order_sha256, all, "order_sha256") || !json_is_object(json_object_get(all, "settings"))) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.300s: not the description of a part (" SCHEMA ")", path);
        goto done;
    }
    out->index    = (int)index;
    out->count    = (int)count;
    out->settings = json_incref(json_object_get(all, "settings"));
    *there        = true;
done:
    json_decref(all);
    free(bytes);
    return status;
}

rwda_status rw_part_manifest_write(const rw_part_manifest *m, const char *part, rwda_error *err)
{
    char        path[RW_PATH_MAX];
    json_t     *all    = NULL;
    char       *text   = NULL;
    rwda_status status = RWDA_OK;

    RW_TRY(rw_part_sibling(path, part, ".json", err));
    all  = json_pack("{s:s, s:i, s:i, s:I, s:I, s:I, s:s, s:s, s:O}", "schema", SCHEMA, "index", m->index, "count", m->count,
                     "lines", (json_int_t)m->lines, "failed", (json_int_t)m->failed, "anomalous", (json_int_t)m->anomalous,
                     "sha256", m->sha256, "order_sha256", m->order_sha256, "settings", m->settings);
    text = all != NULL ? json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
    if (text == NULL || rw_json_lost())
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory", path);
    else
        status = rw_stream_write(path, true, text, strlen(text), err);
done:
    free(text);
    json_decref(all);
    return status;
}

rwda_status rw_part_manifest_remove(const char *part, rwda_error *err)
{
    char        path[RW_PATH_MAX];
    rwda_status status = RWDA_OK;

    RW_TRY(rw_part_sibling(path, part, ".json", err));
    if (unlink(path) != 0 && errno != ENOENT)
        status = rw_fail_errno(err, path, "cannot be removed");
done:
    return status;
}

void rw_part_manifest_clear(rw_part_manifest *manifest)
{
    json_decref(manifest->settings);
    manifest->settings = NULL;
}

#include "hub/snapshot.h"

#include "common/paths.h"
#include "hub/digest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDEX_MAX  ((size_t)16 << 20)
#define CONFIG_MAX ((size_t)1 << 20)
#define PARTS_MAX  1000

/* In the order in which the library looks (src/clip/checkpoint.c). */
const rw_hub_layout rw_hub_layouts[2] = {
    { "open_clip_config.json",
      { "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "model.safetensors",
        "open_clip_model.safetensors.index.json", "model.safetensors.index.json", NULL } },
    { "config.json", { "model.safetensors", "model.safetensors.index.json", NULL } },
};

bool rw_hub_is_index(const char *file)
{
    return rw_path_ends_in(file, ".index.json");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

rwda_status rw_hub_index_read(char ***parts, const char *path, rwda_error *err)
{
    uint8_t     *text = NULL;
    size_t       len, n = 0;
    json_t      *root = NULL, *map, *value;
    json_error_t where;
    const char  *key;
    char       **names  = calloc(PARTS_MAX + 2, sizeof *names);
    rwda_status  status = RWDA_OK;

    *parts = NULL;
    if (names == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for the names of its parts", path);
        goto done;
    }
    RW_TRY(rw_file_read(&text, &len, path, INDEX_MAX, err));
    root = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, &where);
    map  = json_object_get(root, "weight_map");
    if (!json_is_object(map) || json_object_size(map) == 0) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                         "%.300s: no \"weight_map\" that says which part holds which tensor", path);
        goto done;
    }
    json_object_foreach(map, key, value)
    {
        const char *name = json_string_value(value);
        bool        seen = false;

        if (name == NULL || !rw_hub_is_file(name) || !rw_path_ends_in(name, ".safetensors")) {
            status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                             "%.200s: \"%.100s\" is not the name of a part (a .safetensors beside it)", path,
                             name != NULL ? name : "");
            goto done;
        }
        for (size_t i = n; i > 0 && !seen; i--) /* tensors of a part stand together */
            seen = strcmp(names[i - 1], name) == 0;
        if (seen)
            continue;
        if (n == PARTS_MAX) {
            status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: names over %d parts", path, PARTS_MAX);
            goto done;
        }
        names[n] = strdup(name);
        if (names[n++] == NULL) {
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for the names of its parts", path);
            goto done;
        }
    }
    qsort(names, n, sizeof *names, by_name);
    *parts = names;
    names  = NULL;
done:
    json_decref(root);
    free(text);
    rw_names_free(names);
    return status;
}

/* An index counts when each of its parts is there. */
static bool has_weights(const char *dir, const char *name, char missing[RW_HUB_NAME_MAX])
{
    char   path[RW_PATH_MAX];
    char **parts = NULL;
    bool   all   = true;

    if (!rw_path_is_file(dir, name))
        return false;
    if (!rw_hub_is_index(name))
        return true;
    if (!rw_path_join(path, sizeof path, dir, name) || rw_hub_index_read(&parts, path, NULL) != RWDA_OK) {
        (void)snprintf(missing, RW_HUB_NAME_MAX, "%s", name);
        return false;
    }
    for (size_t i = 0; all && parts[i] != NULL; i++) {
        all = rw_path_is_file(dir, parts[i]);
        if (!all)
            (void)snprintf(missing, RW_HUB_NAME_MAX, "%s", parts[i]);
    }
    rw_names_free(parts);
    return all;
}

bool rw_hub_snapshot_complete(const char *dir, char missing[RW_HUB_NAME_MAX])
{
    missing[0] = '\0';
    for (size_t l = 0; l < RW_COUNTOF(rw_hub_layouts); l++) {
        const rw_hub_layout *layout = &rw_hub_layouts[l];

        if (!rw_path_is_file(dir, layout->config))
            continue;
        for (size_t i = 0; layout->weights[i] != NULL; i++)
            if (has_weights(dir, layout->weights[i], missing))
                return true;
        if (missing[0] == '\0')
            (void)snprintf(missing, RW_HUB_NAME_MAX, "%s", layout->weights[0]);
    }
    if (missing[0] == '\0')
        (void)snprintf(missing, RW_HUB_NAME_MAX, "%s", rw_hub_layouts[0].config);
    return false;
}

rwda_status rw_hub_snapshot_check(size_t *n, const char *dir, rwda_error *err)
{
    char        path[RW_PATH_MAX], target[RW_PATH_MAX], is[65];
    char      **names  = rw_names_list(dir);
    rwda_status status = RWDA_OK;

    *n = 0;
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        ssize_t len = rw_path_join(path, sizeof path, dir, names[i]) ? readlink(path, target, sizeof target - 1) : -1;

        if (len < 0)
            continue;
        target[len] = '\0';
        if (!rw_hub_is_digest(rw_path_base(target)))
            continue;
        RW_TRY(rw_hub_digest_file(is, path, rw_path_base(target), err));
        if (strcmp(is, rw_path_base(target)) != 0) {
            status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.200s: its hash is %.64s, not %.64s as the cache has it",
                             path, is, rw_path_base(target));
            goto done;
        }
        (*n)++;
    }
done:
    rw_names_free(names);
    return status;
}

bool rw_hub_snapshot_is_clip(const char *dir)
{
    static const char *const types[] = { "clip",       "clip_vision_model",       "clip_text_model",
                                         "siglip",     "siglip_vision_model",     "siglip_text_model",
                                         "siglip2",    "siglip2_vision_model",    "siglip2_text_model",
                                         "metaclip_2", "metaclip_2_vision_model", "metaclip_2_text_model" };
    char                     path[RW_PATH_MAX];
    uint8_t                 *text = NULL;
    size_t                   len;
    json_t                  *root;
    const char              *type;
    bool                     found = rw_path_is_file(dir, rw_hub_layouts[0].config);

    if (found || !rw_path_join(path, sizeof path, dir, rw_hub_layouts[1].config) ||
        rw_file_read(&text, &len, path, CONFIG_MAX, NULL) != RWDA_OK)
        return found;
    root = json_loadb((const char *)text, len, 0, NULL);
    type = json_string_value(json_object_get(root, "model_type"));
    for (size_t i = 0; type != NULL && i < RW_COUNTOF(types); i++)
        found = found || strcmp(type, types[i]) == 0;
    json_decref(root);
    free(text);
    return found;
}

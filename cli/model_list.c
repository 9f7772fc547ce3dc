/* model_list.c - Models that have a name: in folders, in the hub's cache, in the catalog. */
#include "cli/cli.h"
#include "common/model_names.h"
#include "common/paths.h"
#include "common/text.h"
#include "hub/cache.h"
#include "hub/settings.h"
#include "hub/snapshot.h"

#include <stdlib.h>

#define ROW "%-26s %s\n"

static void put(json_t *list, bool json, const char *name, const char *path)
{
    if (!json)
        printf(ROW, name, path);
    json_array_append_new(list, json_pack("{s:s, s:o}", "name", name, "path", rw_json_text(path)));
}

static void put_folders(json_t *list, bool json)
{
    char folder[RW_PATH_MAX], path[RW_PATH_MAX];

    for (int i = 0; model_names_folder(folder, i); i++) {
        char **names = folder[0] != '\0' ? rw_names_list(folder) : NULL;

        for (size_t j = 0; names != NULL && names[j] != NULL; j++)
            if (model_names_has(path, folder, names[j]))
                put(list, json, names[j], path);
        rw_names_free(names);
    }
}

/* Repositories that somebody fetched and the catalog does not have. */
static void put_others(json_t *list, bool json, const char *cache)
{
    char   path[RW_PATH_MAX], missing[RW_HUB_NAME_MAX];
    char **names = rw_hub_repositories(cache);

    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        if (rw_hub_catalog_find(names[i]) == NULL &&
            rw_hub_find(path, missing, cache, names[i], "main") == RW_HUB_COMPLETE && rw_hub_snapshot_is_clip(path))
            put(list, json, names[i], path);
    rw_names_free(names);
}

static json_t *as_json(const rw_hub_model *m, const char *path)
{
    return json_pack("{s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:b}", "name", m->name, "path",
                     rw_json_text(path), "repository", m->repository, "revision", m->revision, "weights",
                     rw_json_text(m->weights), "sha256", rw_json_text(m->sha256), "bytes",
                     m->bytes > 0 ? json_integer((json_int_t)m->bytes) : json_null(), "family", m->family, "licence",
                     m->licence, "limits", m->limits, "use", m->use, "read", (int)m->read);
}

static void put_catalog(json_t *list, bool json, const char *cache)
{
    char                path[RW_PATH_MAX], missing[RW_HUB_NAME_MAX], size[24];
    size_t              n;
    const rw_hub_model *models = rw_hub_catalog(&n);

    if (!json)
        printf("\n%-26s %8s  %-5s %-12s %s\n", "NAME", "MB", "HERE", "LICENCE", "GOOD FOR");
    for (size_t i = 0; i < n; i++) {
        const rw_hub_model *m   = &models[i];
        rw_hub_presence     has = rw_hub_find(path, missing, cache, m->repository, m->revision);

        (void)snprintf(size, sizeof size, m->bytes > 0 ? "%.0f" : "?", 1e-6 * (double)m->bytes);
        if (!json)
            printf("%-26s %8s  %-5s %-12s %s%s%s\n", m->name, size,
                   has == RW_HUB_COMPLETE  ? "yes"
                   : has == RW_HUB_PARTIAL ? "part"
                                           : "-",
                   m->licence, m->use, m->read ? "" : "; this version reads no texts of ", m->read ? "" : m->family);
        json_array_append_new(list, as_json(m, has == RW_HUB_COMPLETE ? path : NULL));
    }
}

int cli_model_list(bool json)
{
    rw_hub_settings settings;
    rwda_error      err;
    json_t         *list = json_array();

    if (rw_hub_settings_read(&settings, &err) != RWDA_OK) {
        json_decref(list);
        return cli_fail(&err, EXIT_USAGE);
    }
    put_folders(list, json);
    put_others(list, json, settings.cache);
    put_catalog(list, json, settings.cache);
    if (json)
        return cli_put_json(list, JSON_COMPACT);
    json_decref(list);
    return EXIT_DONE;
}

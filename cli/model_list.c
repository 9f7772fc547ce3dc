/* model_list.c - Models that have a name: in folders, in the hub's cache, in the catalog. */
#include "cli/cli.h"
#include "common/model_names.h"
#include "common/paths.h"
#include "common/text.h"
#include "hub/cache.h"
#include "hub/readable.h"
#include "hub/settings.h"
#include "hub/snapshot.h"

#include <stdlib.h>
#include <string.h>

#define ROW "%-26s %s\n"

static void put(json_t *list, bool json, const char *name, const char *path)
{
    rwda_error err;
    bool       read = rw_hub_directory_check(path, &err) == RWDA_OK;

    if (!json && read)
        printf(ROW, name, path);
    else if (!json)
        printf(ROW "%-26s not read by this version: %s\n", name, path, "", err.message);
    json_array_append_new(list, json_pack("{s:s, s:o, s:b, s:s*}", "name", name, "path", rw_json_text(path), "read",
                                          (int)read, "refusal", read ? NULL : err.message));
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

/* A repository's revisions, "main" by its name alone.  What the catalog has stands in its table. */
static void put_revisions(json_t *list, bool json, const char *cache, const char *repository)
{
    const rw_hub_model *known = rw_hub_catalog_find(repository);
    char                path[RW_PATH_MAX], missing[RW_HUB_NAME_MAX], name[2 * RW_HUB_NAME_MAX];
    char              **revisions = rw_hub_revisions(cache, repository);

    for (size_t i = 0; revisions != NULL && revisions[i] != NULL; i++) {
        bool main = strcmp(revisions[i], "main") == 0;

        if ((known != NULL && strcmp(known->revision, revisions[i]) == 0) ||
            rw_hub_find(path, missing, cache, repository, revisions[i]) != RW_HUB_COMPLETE || !rw_hub_snapshot_is_clip(path))
            continue;
        (void)snprintf(name, sizeof name, "%s%s%s", repository, main ? "" : "@", main ? "" : revisions[i]);
        put(list, json, name, path);
    }
    rw_names_free(revisions);
}

/* What somebody fetched and the catalog does not have. */
static void put_others(json_t *list, bool json, const char *cache)
{
    char **names = rw_hub_repositories(cache);

    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        put_revisions(list, json, cache, names[i]);
    rw_names_free(names);
}

static json_t *as_json(const rw_hub_model *m, const char *path)
{
    return json_pack("{s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:s, s:s?, s:s, s:s, s:b}", "name", m->name, "path",
                     rw_json_text(path), "repository", m->repository, "revision", m->revision, "weights",
                     rw_json_text(m->weights), "sha256", rw_json_text(m->sha256), "bytes",
                     m->bytes > 0 ? json_integer((json_int_t)m->bytes) : json_null(), "family", m->family, "licence",
                     rw_hub_catalog_licence(m), "limits", m->limits, "use", m->use, "read", (int)m->read);
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

/* model_hub.c - Models of the hub: where one lies, how it comes here, how it goes. */
#include "cli/cli.h"
#include "common/model_names.h"
#include "common/text.h"
#include "hub/cache.h"
#include "hub/http.h"
#include "hub/pull.h"
#include "hub/remove.h"

#include <string.h>
#include <unistd.h>

int cli_hub_path(char path[RW_PATH_MAX], const char *name, rwda_error *err)
{
    rw_hub_settings settings;
    rw_hub_wanted   wanted;
    char            missing[RW_HUB_NAME_MAX], command[RW_HUB_COMMAND_MAX], size[48] = "";

    if (!rw_hub_names_read(&wanted, name))
        return -1;
    if (rw_hub_settings_read(&settings, err) != RWDA_OK)
        return 0;
    rw_hub_fetch_command(command, name, &wanted);
    switch (rw_hub_find(path, missing, settings.cache, wanted.repository, wanted.revision)) {
    case RW_HUB_COMPLETE: return 1;
    case RW_HUB_PARTIAL:
        (void)rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET,
                      "%.150s: %.100s is not in the hub's cache; '%s' fetches what is missing", name, missing, command);
        return 0;
    default: break;
    }
    if (rw_hub_http_built() && wanted.model != NULL && wanted.model->bytes > 0)
        (void)snprintf(size, sizeof size, " (%.0f MB)", 1e-6 * (double)wanted.model->bytes);
    (void)rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET,
                  wanted.model != NULL
                      ? "%.150s: is not on this machine; '%s' fetches it%s"
                      : "%.150s: neither a directory nor in the hub's cache; '%s' fetches it, if the hub has it%s",
                  name, command, size);
    return 0;
}

/* "NAME@REVISION". */
static int join(char both[2 * RW_HUB_NAME_MAX], const char *name, const char *revision)
{
    if ((size_t)snprintf(both, 2 * RW_HUB_NAME_MAX, "%s@%s", name, revision) < 2 * RW_HUB_NAME_MAX &&
        strchr(name, '@') == NULL)
        return 0;
    cli_error("%s: has a revision already, or is too long", name);
    return EXIT_USAGE;
}

int cli_model_at(char **out, const char *name, const char *revision)
{
    char        both[2 * RW_HUB_NAME_MAX], path[RW_PATH_MAX];
    const char *origin;
    int         code;

    *out = NULL;
    if (model_names_path(path, name, &origin) && access(path, F_OK) == 0) {
        cli_error("--revision %s: %s is a folder, which has no revisions", revision, path);
        return EXIT_USAGE;
    }
    code = join(both, path, revision); /* `name` may be NULL, and $RWDA_MODEL a repository */
    if (code == 0)
        *out = cli_copy(both);
    return code;
}

static int read_name(rw_hub_wanted *wanted, const char *name, const char *revision)
{
    char both[2 * RW_HUB_NAME_MAX];

    if (revision != NULL && join(both, name, revision) != 0)
        return EXIT_USAGE;
    if (rw_hub_names_read(wanted, revision != NULL ? both : name))
        return 0;
    cli_error("%s: neither a name that 'rwda model ls' knows nor ORG/NAME, with or without @REVISION", name);
    return EXIT_MODEL;
}

static void print_pulled(const rw_hub_pulled *pulled, const rw_hub_wanted *wanted, bool plan_only, bool json)
{
    json_t *files = json_array();

    for (size_t i = 0; i < pulled->n; i++) {
        const rw_hub_file *f = &pulled->files[i];

        if (plan_only && !json)
            printf("%14llu  %s\n", (unsigned long long)f->size, f->file);
        json_array_append_new(
            files, json_pack("{s:s, s:I, s:s}", "file", f->file, "bytes", (json_int_t)f->size, "digest", f->digest));
    }
    if (json) {
        json_t *root = json_pack(
            "{s:s, s:s, s:s, s:s*, s:o, s:o, s:I, s:I, s:I}", "schema", "rwda.pull/1", "repository", wanted->repository,
            "revision", wanted->revision, "commit", pulled->commit[0] != '\0' ? pulled->commit : NULL, "path",
            rw_json_text(plan_only ? NULL : pulled->path), "licence",
            rw_json_text(pulled->licence[0] != '\0' ? pulled->licence : NULL), "bytes", (json_int_t)pulled->bytes, "missing",
            (json_int_t)pulled->missing, "fetched", (json_int_t)pulled->fetched);

        json_object_set(root, "files", files);
        (void)cli_put_json(root, JSON_COMPACT);
    } else if (!plan_only) {
        puts(pulled->path);
    }
    json_decref(files);
}

int cli_model_pull(const char *name, const char *revision, bool plan_only, bool json)
{
    rw_hub_settings settings;
    rw_hub_wanted   wanted;
    rw_hub_pulled   pulled;
    rwda_error      err;
    int             code = read_name(&wanted, name, revision);

    if (code != 0)
        return code;
    if (rw_hub_settings_read(&settings, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_USAGE);
    if (rw_hub_pull(&pulled, &wanted, &settings, plan_only, cli_events(), &err) != RWDA_OK)
        return cli_fail(&err, pulled.disk_failed ? EXIT_OUTPUT : EXIT_MODEL);
    print_pulled(&pulled, &wanted, plan_only, json);
    rw_hub_pulled_free(&pulled);
    return EXIT_DONE;
}

int cli_model_remove(const char *name, const char *revision, bool plan_only, bool json)
{
    rw_hub_settings settings;
    rw_hub_wanted   wanted;
    rwda_error      err;
    const char     *origin;
    char            path[RW_PATH_MAX];
    rw_hub_removed  removed;
    int             code;

    if (model_names_path(path, name, &origin) && access(path, F_OK) == 0) {
        cli_error("%s: is yours or the program's own, not the cache's: 'rm' removes what was fetched, nothing else", path);
        return EXIT_MODEL;
    }
    code = read_name(&wanted, name, revision);
    if (code != 0)
        return code;
    revision = revision != NULL || strchr(name, '@') != NULL ? wanted.revision : NULL;
    if (rw_hub_settings_read(&settings, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_USAGE);
    if (rw_hub_remove(&removed, settings.cache, wanted.repository, revision, plan_only, &err) != RWDA_OK)
        return cli_fail(&err, err.code == RWDA_EIO ? EXIT_OUTPUT : EXIT_MODEL);
    if (json)
        return cli_put_json(json_pack("{s:s, s:s, s:s?, s:I, s:b}", "schema", "rwda.remove/1", "repository",
                                      wanted.repository, "revision", revision, "freed", (json_int_t)removed.freed, "removed",
                                      (int)!plan_only),
                            JSON_COMPACT);
    if (plan_only) {
        printf("%14llu  %s%s%s\n", (unsigned long long)removed.freed, wanted.repository, revision != NULL ? "@" : "",
               revision != NULL ? revision : "");
        return EXIT_DONE;
    }
    cli_note("%s%s%s: removed%s, %.1f MB%s", wanted.repository, revision != NULL ? "@" : "",
             revision != NULL ? revision : "", revision == NULL ? " with all its revisions" : "",
             1e-6 * (double)removed.freed, removed.shared ? "; another revision has the same files, which stay" : "");
    return EXIT_DONE;
}

/* engine.c - Model and session as the options ask for them. */
#include "cli/cli.h"
#include "common/cache_folder.h"
#include "common/model_names.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *cli_model_path(const char *given, const char **origin)
{
    static char path[RW_PATH_MAX];
    char        found[RW_PATH_MAX], cached[RW_PATH_MAX]; /* `given` may be what an earlier call returned */

    if (!model_names_path(found, given, origin))
        return given;
    if (access(found, F_OK) != 0 && cli_hub_path(cached, found, NULL) == 1)
        return strcpy(path, cached);
    return strcpy(path, found);
}

bool cli_model_find(const char **path, const char *given)
{
    const char *origin;
    char        cached[RW_PATH_MAX];
    rwda_error  err;

    *path = cli_model_path(given, &origin);
    if (access(*path, F_OK) == 0)
        return true;
    if (cli_hub_path(cached, *path, &err) == 0)
        (void)cli_fail(&err, EXIT_MODEL);
    else
        cli_error("%s: neither a directory nor a name that 'rwda model ls' knows", *path);
    return false;
}

bool cli_threads(int *out, const cli_engine *engine)
{
    const char *given = getenv("RWDA_THREADS");
    char       *end;
    long        value;

    if (engine->threads != NULL || given == NULL || given[0] == '\0')
        return cli_int(out, "threads", engine->threads, 1, 1024);
    value = strtol(given, &end, 10);
    if (end == given || *end != '\0' || value < 1 || value > 1024) {
        cli_error("RWDA_THREADS=%s: not a whole number in 1..1024", given);
        return false;
    }
    *out = (int)value;
    return true;
}

int cli_machine_read(cli_machine *out, const cli_engine *engine)
{
    const char *cpu   = engine->cpu != NULL ? engine->cpu : getenv("RWDA_CPU");
    int         table = RWDA_CPU_AUTO, precision = RWDA_PRECISION_F32;

    *out = (cli_machine){ RWDA_MODEL_OPTIONS_INIT, RWDA_SESSION_OPTIONS_INIT };
    if (!cli_enum(&table, "cpu", cpu, RWDA_ENUM_CPU) ||
        !cli_enum(&precision, "precision", engine->precision, RWDA_ENUM_PRECISION) ||
        !cli_threads(&out->session.threads, engine) || !cli_int(&out->session.batch, "batch", engine->batch, 1, 256) ||
        !cli_int(&out->model.image_size, "image-size", engine->image_size, 1, 4096))
        return EXIT_USAGE;
    out->model.cpu            = (rwda_cpu)table;
    out->model.precision      = (rwda_precision)precision;
    out->model.towers         = engine->towers;
    out->model.cache_dir      = cli_cache_folder(engine);
    out->model.verify_weights = engine->verify_weights;
    return 0;
}

/* An unknown name: where to look for names is part of the message. */
static void add_hint(rwda_error *err, const char *path)
{
    size_t len = strlen(err->message);

    if (access(path, F_OK) != 0 && strchr(path, '/') == NULL)
        (void)snprintf(err->message + len, sizeof err->message - len, "; 'rwda model ls' lists the names");
}

rwda_status cli_machine_open(rwda_model **model, rwda_session **session, const char *name, const cli_machine *machine,
                             rwda_error *err)
{
    const char *origin, *path = cli_model_path(name, &origin);
    char        cached[RW_PATH_MAX];
    rwda_status status;

    *session = NULL;
    if (name == NULL)
        cli_note("model %s (%s)", path, origin);
    if (access(path, F_OK) != 0 && cli_hub_path(cached, path, err) == 0) {
        *model = NULL;
        return RWDA_ENOTFOUND;
    }
    status = rwda_model_open(model, path, &machine->model, err);
    if (status == RWDA_OK && rwda_model_get_info(*model)->warning != NULL)
        cli_error("model %s: %s", path, rwda_model_get_info(*model)->warning);
    if (status == RWDA_OK)
        status = rwda_session_new(session, *model, &machine->session, err);
    if (status != RWDA_OK) {
        add_hint(err, path);
        rwda_model_free(*model);
        *model = NULL;
    }
    return status;
}

int cli_engine_open(rwda_model **model, rwda_session **session, const cli_engine *engine)
{
    cli_machine machine;
    rwda_error  err;
    int         code = cli_machine_read(&machine, engine);

    *model   = NULL;
    *session = NULL;
    if (code == 0 && cli_machine_open(model, session, engine->model, &machine, &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_MODEL);
    return code;
}

const char *cli_cache_folder(const cli_engine *engine)
{
    static char path[RW_PATH_MAX];

    if (engine->no_cache)
        return NULL;
    if (rw_cache_folder(path, engine->cache))
        return path;
    if (engine->cache != NULL)
        cli_note("cache %s: cannot be used, no such folder", engine->cache);
    return NULL;
}

#include "cli/cli.h"
#include "common/model_names.h"
#include "common/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *cli_model_path(const char *given, const char **origin)
{
    static char path[RW_PATH_MAX];

    return model_names_path(path, given, origin) ? path : given;
}

int cli_engine_open(rwda_model **model, rwda_session **session, const cli_engine *engine)
{
    rwda_model_options   model_options = RWDA_MODEL_OPTIONS_INIT;
    rwda_session_options options       = RWDA_SESSION_OPTIONS_INIT;
    const char          *cpu           = engine->cpu != NULL ? engine->cpu : getenv("RWDA_CPU");
    const char          *origin, *path = cli_model_path(engine->model, &origin);
    int                  table = RWDA_CPU_AUTO, precision = RWDA_PRECISION_F32;
    rwda_error           err;
    rwda_status          status;

    *model   = NULL;
    *session = NULL;
    if (!cli_choice(&table, "cpu", cpu, names_cpu, 5) ||
        !cli_choice(&precision, "precision", engine->precision, names_precision, 5) ||
        !cli_int(&options.threads, "threads", engine->threads, 1, 1024) ||
        !cli_int(&options.batch, "batch", engine->batch, 1, 256) ||
        !cli_int(&model_options.image_size, "image-size", engine->image_size, 1, 4096))
        return EXIT_USAGE;
    model_options.cpu       = (rwda_cpu)table;
    model_options.precision = (rwda_precision)precision;
    model_options.towers    = engine->towers;
    model_options.cache_dir = cli_cache_folder(engine);
    if (engine->model == NULL)
        cli_note("model %s (%s)", path, origin);
    status = rwda_model_open(model, path, &model_options, &err);
    if (status == RWDA_OK)
        status = rwda_session_new(session, *model, &options, &err);
    if (status != RWDA_OK) {
        cli_error("%s%s", err.message,
                  access(path, F_OK) != 0 && strchr(path, '/') == NULL ? "; 'rwda model ls' lists the names" : "");
        rwda_model_free(*model);
        *model = NULL;
        return EXIT_MODEL;
    }
    return 0;
}

const char *cli_cache_folder(const cli_engine *engine)
{
    static char path[RW_PATH_MAX];
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    struct stat info;

    if (engine->no_cache)
        return NULL;
    if (engine->cache != NULL)
        (void)snprintf(path, sizeof path, "%s", engine->cache);
    else if (base != NULL && base[0] == '/')
        (void)snprintf(path, sizeof path, "%s/rwda", base);
    else if (home != NULL && home[0] == '/')
        (void)snprintf(path, sizeof path, "%s/.cache/rwda", home);
    else
        return NULL;
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    (void)mkdir(path, 0700);
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return path;
    if (engine->cache != NULL)
        cli_note("cache %s: cannot be used, no such folder", engine->cache);
    return NULL;
}

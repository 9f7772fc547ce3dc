/* models.c - which models are known by name, and which one is meant? */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* <prefix>/share/rwda/models beside an installed program at <prefix>/bin. */
static bool beside_program(char out[CLI_PATH_MAX])
{
    char   *slash;
    ssize_t n = readlink("/proc/self/exe", out, CLI_PATH_MAX - 64);

    if (n <= 0)
        return false;
    out[n] = '\0';
    slash  = strrchr(out, '/');
    if (slash == NULL)
        return false;
    strcpy(slash, "/../share/rwda/models");
    return true;
}

/* The user's own: $XDG_DATA_HOME/rwda/models, or ~/.local/share/rwda/models. */
static bool of_user(char out[CLI_PATH_MAX])
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (data != NULL && data[0] == '/')
        return snprintf(out, CLI_PATH_MAX, "%s/rwda/models", data) < CLI_PATH_MAX;
    return home != NULL && home[0] == '/' && snprintf(out, CLI_PATH_MAX, "%s/.local/share/rwda/models", home) < CLI_PATH_MAX;
}

bool cli_models_folder(char out[CLI_PATH_MAX], int i)
{
    switch (i) {
    case 0: return of_user(out) || (out[0] = '\0', true);
    case 1: return beside_program(out) || (out[0] = '\0', true);
    case 2: return snprintf(out, CLI_PATH_MAX, "%s", RWDA_MODELS) < CLI_PATH_MAX;
    default: return false;
    }
}

bool cli_is_model(char path[CLI_PATH_MAX], const char *folder, const char *name)
{
    char config[CLI_PATH_MAX + 32];

    if (folder[0] == '\0' || snprintf(path, CLI_PATH_MAX, "%s/%s", folder, name) >= CLI_PATH_MAX)
        return false;
    (void)snprintf(config, sizeof config, "%s/open_clip_config.json", path);
    if (access(config, F_OK) == 0)
        return true;
    (void)snprintf(config, sizeof config, "%s/config.json", path);
    return access(config, F_OK) == 0;
}

const char *cli_model_path(const char *given, const char **origin)
{
    static char path[CLI_PATH_MAX];
    char        folder[CLI_PATH_MAX];
    const char *variable = getenv("RWDA_MODEL");

    *origin = given != NULL ? "--model" : "$RWDA_MODEL";
    if (given == NULL && variable != NULL && variable[0] != '\0')
        given = variable;
    if (given == NULL) {
        given   = "demo";
        *origin = "the small model shipped with rwda, for trying it: use a published CLIP for real work";
    }
    if (strchr(given, '/') == NULL && access(given, F_OK) != 0) /* no directory here: a name */
        for (int i = 0; cli_models_folder(folder, i); i++)
            if (cli_is_model(path, folder, given))
                return path;
    return given;
}

#include "common/model_names.h"

#include "common/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* <prefix>/share/rwda/models beside an installed program at <prefix>/bin. */
static bool beside_program(char out[RW_PATH_MAX])
{
    char   *slash;
    ssize_t n = readlink("/proc/self/exe", out, RW_PATH_MAX - 64);

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
static bool of_user(char out[RW_PATH_MAX])
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (data != NULL && data[0] == '/')
        return snprintf(out, RW_PATH_MAX, "%s/rwda/models", data) < RW_PATH_MAX;
    return home != NULL && home[0] == '/' && snprintf(out, RW_PATH_MAX, "%s/.local/share/rwda/models", home) < RW_PATH_MAX;
}

bool model_names_folder(char out[RW_PATH_MAX], int i)
{
    switch (i) {
    case 0: return of_user(out) || (out[0] = '\0', true);
    case 1: return beside_program(out) || (out[0] = '\0', true);
    case 2: return snprintf(out, RW_PATH_MAX, "%s", RWDA_MODELS) < RW_PATH_MAX;
    default: return false;
    }
}

bool model_names_has(char path[RW_PATH_MAX], const char *folder, const char *name)
{
    char config[RW_PATH_MAX + 32];

    if (folder[0] == '\0' || snprintf(path, RW_PATH_MAX, "%s/%s", folder, name) >= RW_PATH_MAX)
        return false;
    (void)snprintf(config, sizeof config, "%s/open_clip_config.json", path);
    if (access(config, F_OK) == 0)
        return true;
    (void)snprintf(config, sizeof config, "%s/config.json", path);
    return access(config, F_OK) == 0;
}

bool model_names_path(char path[RW_PATH_MAX], const char *given, const char **origin)
{
    char        folder[RW_PATH_MAX];
    const char *variable = getenv("RWDA_MODEL");
    bool        shipped  = false; /* then a folder that happens to be called so does not count */

    *origin = given != NULL ? "--model" : "$RWDA_MODEL";
    if (given == NULL && variable != NULL && variable[0] != '\0')
        given = variable;
    if (given == NULL) {
        given   = "demo";
        shipped = true;
        *origin = "the small model shipped with rwda, for trying it: use a published CLIP for real work";
    }
    if (strchr(given, '/') == NULL && (shipped || access(given, F_OK) != 0)) /* no directory here: a name */
        for (int i = 0; model_names_folder(folder, i); i++)
            if (model_names_has(path, folder, given))
                return true;
    return rw_path_format(path, "%s", given);
}

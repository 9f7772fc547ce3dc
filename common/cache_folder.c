#include "common/cache_folder.h"

#include "common/paths.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool rw_cache_folder(char out[RW_PATH_MAX], const char *given)
{
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char       *own = out + 1; /* where what may be made begins */
    struct stat info;
    bool        fits;

    if (given != NULL) {
        fits = rw_path_format(out, "%s", given);
    } else if (base != NULL && base[0] == '/') {
        fits = rw_path_format(out, "%s/rwda", base);
    } else if (home != NULL && home[0] == '/') { /* which is somebody else's to make */
        fits = stat(home, &info) == 0 && S_ISDIR(info.st_mode) && rw_path_format(out, "%s/.cache/rwda", home);
        own += strlen(home);
    } else {
        return false;
    }
    if (!fits || out[0] == '\0')
        return false;
    for (char *slash = strchr(own, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(out, 0700);
        *slash = '/';
    }
    (void)mkdir(out, 0700);
    return stat(out, &info) == 0 && S_ISDIR(info.st_mode);
}

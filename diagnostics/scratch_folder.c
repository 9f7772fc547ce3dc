#include "diagnostics/scratch_folder.h"

#include "common/paths.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

bool scratch_folder_make(char out[RW_PATH_MAX])
{
    const char *base = getenv("TMPDIR");

    if (rw_path_format(out, "%s/rwda-bench-XXXXXX", base != NULL && base[0] == '/' ? base : "/tmp") && mkdtemp(out) != NULL)
        return true;
    out[0] = '\0';
    return false;
}

void scratch_folder_remove(const char *path)
{
    DIR           *folder = path[0] != '\0' ? opendir(path) : NULL;
    struct dirent *entry;
    char           file[RW_PATH_MAX];

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.' && rw_path_format(file, "%s/%s", path, entry->d_name))
            (void)unlink(file);
    (void)closedir(folder);
    (void)rmdir(path);
}

/* file_rig.h - a folder for files of a test, which must be empty at its end */
#ifndef FILE_RIG_H
#define FILE_RIG_H

#include "base/file.h"
#include "tests/unit/check.h"

#include <dirent.h>

static char folder[] = "/tmp/rwda-test-file-XXXXXX";

static inline int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static inline int files_in_folder(void)
{
    DIR *dir   = opendir(folder);
    int  count = 0;

    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static inline int remove_folder(void **state)
{
    (void)state;
    assert_int_equal(files_in_folder(), 0); /* no test leaves a temporary file behind */
    return rmdir(folder);
}

static inline const char *in_folder(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

#endif

#include "studies/cached.h"

#include "common/npy.h"
#include "common/output.h"
#include "common/paths.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_LEN 127 /* of a file, without its ending */

static bool path_of(char out[RW_PATH_MAX], const char *folder, const char *name, const char *ending)
{
    char   safe[NAME_MAX_LEN + 1];
    size_t n = 0;

    for (; name[n] != '\0' && n < NAME_MAX_LEN; n++)
        safe[n] = isalnum((unsigned char)name[n]) || name[n] == '-' ? name[n] : '_';
    safe[n] = '\0';
    return rw_path_format(out, "%s/%s.%s", folder, safe, ending);
}

static bool holds(const char *path, const char *text)
{
    size_t   len, wanted = strlen(text);
    uint8_t *bytes = NULL;
    bool     same  = rw_file_read_own(&bytes, &len, path, wanted) && len == wanted && memcmp(bytes, text, len) == 0;

    free(bytes);
    return same;
}

bool cached_take(float *out, size_t count, const char *folder, const char *name, const char *text)
{
    char path[RW_PATH_MAX];

    return path_of(path, folder, name, "txt") && holds(path, text) && path_of(path, folder, name, "npy") &&
           rw_npy_load(out, count, path);
}

/* The numbers first: where the text is, they are. */
void cached_keep(const char *folder, const char *name, const char *text, const float *numbers, size_t count)
{
    char path[RW_PATH_MAX];

    if (!path_of(path, folder, name, "txt"))
        return;
    (void)unlink(path);
    if (path_of(path, folder, name, "npy") && rw_npy_save(path, numbers, &count, 1, NULL) == RWDA_OK &&
        path_of(path, folder, name, "txt"))
        (void)rw_file_write_own(path, text, strlen(text), NULL);
}

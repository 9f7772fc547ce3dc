#include "hub/remove.h"

#include "common/paths.h"
#include "hub/cache.h"
#include "hub/lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 16

/* Everything in an open folder, by its descriptor: a folder that becomes a link meanwhile is not entered.  Takes the descriptor. */
static bool empty_folder(int folder, uint64_t *freed, int depth)
{
    DIR           *dir = fdopendir(folder);
    struct dirent *entry;
    bool           fine = depth < DEPTH_MAX && dir != NULL;

    if (dir == NULL)
        (void)close(folder);
    while (fine && (entry = readdir(dir)) != NULL) {
        struct stat info;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        fine = fstatat(dirfd(dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0;
        if (fine && S_ISDIR(info.st_mode)) {
            int inner = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

            fine = inner >= 0 && empty_folder(inner, freed, depth + 1) &&
                   unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) == 0;
        } else if (fine) {
            fine = unlinkat(dirfd(dir), entry->d_name, 0) == 0;
            if (fine && S_ISREG(info.st_mode) && info.st_nlink == 1)
                *freed += (uint64_t)info.st_size;
        }
    }
    if (dir != NULL)
        (void)closedir(dir);
    return fine;
}

static rwda_status refuse_while_fetched(const char *cache, const char *repository, rwda_error *err)
{
    char   path[RW_PATH_MAX], folder[RW_PATH_MAX];
    char **names;
    bool   is_free = true;

    if (!rw_hub_lock_path(path, cache, repository, "x"))
        return RWDA_OK;
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    names = rw_names_list(folder);
    for (size_t i = 0; is_free && names != NULL && names[i] != NULL; i++)
        is_free = !rw_path_join(path, sizeof path, folder, names[i]) || rw_hub_lock_is_free(path);
    rw_names_free(names);
    return is_free ? RWDA_OK
                   : rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.200s: another process is fetching it; not removed",
                             repository);
}

rwda_status rw_hub_remove(uint64_t *freed, const char *cache, const char *repository, rwda_error *err)
{
    static const char *const owned[] = { "snapshots", "refs", ".no_exist", "trees",
                                         "blobs" }; /* links before what they point to */
    char                     path[RW_PATH_MAX];
    struct stat              info;
    int                      folder = -1;
    rwda_status              status = RWDA_OK;

    *freed = 0;
    if (cache[0] == '\0' || !rw_hub_repository_path(path, cache, repository, "") || lstat(path, &info) != 0)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.200s: is not in the hub's cache", repository);
    if (!S_ISDIR(info.st_mode))
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.300s: is not a folder of the cache's own, so it is left",
                       path);
    RW_TRY(refuse_while_fetched(cache, repository, err));
    folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    for (size_t i = 0; folder >= 0 && i < RW_COUNTOF(owned); i++) {
        int inner = openat(folder, owned[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (inner < 0 && errno == ENOENT)
            continue;
        if (inner < 0 || !empty_folder(inner, freed, 0) || unlinkat(folder, owned[i], AT_REMOVEDIR) != 0) {
            status =
                rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s/%s: cannot be removed: %s", path, owned[i], strerror(errno));
            goto done;
        }
    }
    if (folder < 0 || rmdir(path) != 0)
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: stays, with what is not the cache's in it: %s", path,
                         strerror(errno));
done:
    if (folder >= 0)
        (void)close(folder);
    return status;
}

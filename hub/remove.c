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

/* A folder in an open one, as a descriptor; -1: there is none, or it is a link. */
static int open_inner(int folder, const char *name)
{
    return openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Everything in an open folder, by its descriptor: a folder that becomes a link meanwhile is not entered.  Takes the descriptor.  plan_only:
 * it is only counted. */
static bool empty_folder(int folder, uint64_t *freed, bool plan_only, int depth)
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
            int inner = open_inner(dirfd(dir), entry->d_name);

            fine = inner >= 0 && empty_folder(inner, freed, plan_only, depth + 1) &&
                   (plan_only || unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) == 0);
        } else if (fine) {
            fine = plan_only || unlinkat(dirfd(dir), entry->d_name, 0) == 0;
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

/* `name` in an open folder, with all that is in it; none: nothing is done. */
static bool remove_inner(int folder, const char *name, uint64_t *freed, bool plan_only)
{
    int inner = open_inner(folder, name);

    if (inner < 0)
        return errno == ENOENT;
    return empty_folder(inner, freed, plan_only, 0) && (plan_only || unlinkat(folder, name, AT_REMOVEDIR) == 0);
}

/* A file at a path below an open folder, no part of which may be a link. */
static bool remove_file(int folder, const char *name)
{
    const char *slash = strchr(name, '/');
    char        part[RW_HUB_NAME_MAX];
    int         inner;
    bool        fine;

    if (slash == NULL)
        return unlinkat(folder, name, 0) == 0;
    (void)snprintf(part, sizeof part, "%.*s", (int)(slash - name), name);
    inner = open_inner(folder, part);
    fine  = inner >= 0 && remove_file(inner, slash + 1);
    if (inner >= 0)
        (void)close(inner);
    return fine;
}

static rwda_status remove_repository(rw_hub_removed *out, int folder, const char *path, bool plan_only, rwda_error *err)
{
    static const char *const owned[] = { "snapshots", "refs", ".no_exist", "trees",
                                         "blobs" }; /* links before what they point to */

    for (size_t i = 0; i < RW_COUNTOF(owned); i++)
        if (!remove_inner(folder, owned[i], &out->freed, plan_only))
            return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s/%s: cannot be removed: %s", path, owned[i],
                           strerror(errno));
    if (!plan_only && rmdir(path) != 0)
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: stays, with what is not the cache's in it: %s", path,
                       strerror(errno));
    return RWDA_OK;
}

/* ---- One revision -------------------------------------------------------------------------------------------------------- */

typedef enum { NO = 0, YES, UNKNOWN } answer;

/* Does a link in a snapshot, or in a folder in it, point to the blob?  Takes the descriptor. */
static answer has_blob(int folder, const char *blob, int depth)
{
    DIR           *dir = folder >= 0 ? fdopendir(folder) : NULL;
    struct dirent *entry;
    answer         found = dir == NULL || depth == DEPTH_MAX ? UNKNOWN : NO;

    if (dir == NULL && folder >= 0)
        (void)close(folder);
    while (found == NO && (entry = readdir(dir)) != NULL) {
        char    target[RW_PATH_MAX];
        ssize_t len = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
        int     inner;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        target[len > 0 ? len : 0] = '\0';
        inner                     = len < 0 ? open_inner(dirfd(dir), entry->d_name) : -1;
        if (strcmp(rw_path_base(target), blob) == 0)
            found = YES;
        else if (inner >= 0)
            found = has_blob(inner, blob, depth + 1);
    }
    if (dir != NULL)
        (void)closedir(dir);
    return found;
}

/* One of the other snapshots may have it. */
static bool is_used(int snapshots, char *const *commits, const char *blob, const char *but)
{
    bool used = false;

    for (size_t i = 0; !used && commits[i] != NULL; i++)
        if (strcmp(commits[i], but) != 0)
            used = has_blob(open_inner(snapshots, commits[i]), blob, 0) != NO;
    return used;
}

/* Blobs of a snapshot that no other one has. */
static bool remove_blobs(uint64_t *freed, int folder, const char *path, const char *commit, bool plan_only)
{
    char   inside[RW_PATH_MAX];
    char **blobs     = rw_path_format(inside, "%s/blobs", path) ? rw_names_list(inside) : NULL;
    char **commits   = rw_path_format(inside, "%s/snapshots", path) ? rw_names_list(inside) : NULL;
    int    snapshots = open_inner(folder, "snapshots"), within = open_inner(folder, "blobs");
    bool   fine = snapshots >= 0 && within >= 0 && blobs != NULL && commits != NULL;

    for (size_t i = 0; fine && blobs[i] != NULL; i++) {
        struct stat info;

        if (!rw_hub_is_digest(blobs[i]) || is_used(snapshots, commits, blobs[i], commit) ||
            has_blob(open_inner(snapshots, commit), blobs[i], 0) != YES ||
            fstatat(within, blobs[i], &info, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        *freed += S_ISREG(info.st_mode) && info.st_nlink == 1 ? (uint64_t)info.st_size : 0;
        fine = plan_only || unlinkat(within, blobs[i], 0) == 0;
    }
    if (snapshots >= 0)
        (void)close(snapshots);
    if (within >= 0)
        (void)close(within);
    rw_names_free(blobs);
    rw_names_free(commits);
    return fine;
}

/* refs/ without `name`, or, where that is the commit, without all that have it; *others: there are more of this commit. */
static bool remove_refs(bool *others, int folder, const char *cache, const char *repository, const char *name,
                        const char *commit, bool plan_only)
{
    char   ref[RW_HUB_NAME_MAX + 8], its[RW_HUB_NAME_MAX];
    char **refs = rw_hub_refs(cache, repository);
    bool   fine = refs != NULL;

    *others = false;
    for (size_t i = 0; fine && refs[i] != NULL; i++) {
        if (!rw_hub_ref(its, cache, repository, refs[i]) || strcmp(its, commit) != 0)
            continue;
        (void)snprintf(ref, sizeof ref, "refs/%s", refs[i]);
        if (strcmp(name, commit) != 0 && strcmp(name, refs[i]) != 0)
            *others = true;
        else
            fine = plan_only || remove_file(folder, ref);
    }
    rw_names_free(refs);
    return fine;
}

static rwda_status remove_revision(rw_hub_removed *out, int folder, const char *path, const char *cache,
                                   const char *repository, const char *revision, bool plan_only, rwda_error *err)
{
    char   commit[RW_HUB_NAME_MAX], snapshot[RW_PATH_MAX], missing[RW_HUB_NAME_MAX], inside[RW_PATH_MAX];
    char **commits;
    bool   alone, fine;
    int    of[2];

    if (rw_hub_find(snapshot, missing, cache, repository, revision) == RW_HUB_ABSENT)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.150s@%.100s: is not in the hub's cache", repository,
                       revision);
    (void)snprintf(commit, sizeof commit, "%s", rw_path_base(snapshot));
    commits = rw_path_format(inside, "%s/snapshots", path) ? rw_names_list(inside) : NULL;
    alone   = commits != NULL && commits[0] != NULL && commits[1] == NULL;
    rw_names_free(commits);
    fine = remove_refs(&out->shared, folder, cache, repository, revision, commit, plan_only);
    if (!fine)
        return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s/refs: its names of revision %.100s cannot be removed: %s",
                       path, revision, strerror(errno));
    if (out->shared)
        return RWDA_OK;
    if (alone)
        return remove_repository(out, folder, path, plan_only, err);
    of[0] = open_inner(folder, "snapshots");
    of[1] = open_inner(folder, ".no_exist");
    fine  = of[0] >= 0 && remove_blobs(&out->freed, folder, path, commit, plan_only);
    for (int i = 0; i < 2; i++) {
        fine = fine && (of[i] < 0 || remove_inner(of[i], commit, &out->freed, plan_only));
        if (of[i] >= 0)
            (void)close(of[i]);
    }
    if (fine && !plan_only && rw_path_format(inside, "trees/%s.json", commit))
        (void)remove_file(folder, inside); /* best effort: another program's list of its files */
    return fine ? RWDA_OK
                : rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: its revision %.100s cannot be removed: %s", path, revision,
                          strerror(errno));
}

rwda_status rw_hub_remove(rw_hub_removed *out, const char *cache, const char *repository, const char *revision,
                          bool plan_only, rwda_error *err)
{
    char        path[RW_PATH_MAX];
    struct stat info;
    int         folder = -1;
    rwda_status status = RWDA_OK;

    *out = (rw_hub_removed){ 0, false };
    if (cache[0] == '\0' || !rw_hub_repository_path(path, cache, repository, "") || lstat(path, &info) != 0)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.200s: is not in the hub's cache", repository);
    if (!S_ISDIR(info.st_mode))
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.300s: is not a folder of the cache's own, so it is left",
                       path);
    RW_TRY(refuse_while_fetched(cache, repository, err));
    folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be opened: %s", path, strerror(errno));
    else if (revision != NULL)
        status = remove_revision(out, folder, path, cache, repository, revision, plan_only, err);
    else
        status = remove_repository(out, folder, path, plan_only, err);
done:
    if (folder >= 0)
        (void)close(folder);
    return status;
}

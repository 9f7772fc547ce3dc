#include "hub/cache.h"

#include "base/memory.h"
#include "common/paths.h"
#include "hub/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX    "models--"
#define REF_MAX   256 /* bytes of a file in refs/ */
#define REF_DEPTH 3   /* folders in refs/ */

/* ---- Paths ----------------------------------------------------------------------------------------------------------- */

/* models--ORG--NAME */
static void folder_name(char out[2 * RW_HUB_NAME_MAX], const char *repository)
{
    const char *slash = strchr(repository, '/');

    (void)snprintf(out, 2 * RW_HUB_NAME_MAX, PREFIX "%.*s--%s", (int)(slash - repository), repository, slash + 1);
}

bool rw_hub_repository_path(char out[RW_PATH_MAX], const char *cache, const char *repository, const char *name)
{
    char folder[2 * RW_HUB_NAME_MAX];

    folder_name(folder, repository);
    return rw_path_format(out, name[0] != '\0' ? "%s/%s/%s" : "%s/%s%s", cache, folder, name);
}

bool rw_hub_blob_path(char out[RW_PATH_MAX], const char *cache, const char *repository, const char *digest)
{
    char folder[2 * RW_HUB_NAME_MAX];

    folder_name(folder, repository);
    return rw_path_format(out, "%s/%s/blobs/%s", cache, folder, digest);
}

bool rw_hub_snapshot_path(char out[RW_PATH_MAX], const char *cache, const char *repository, const char *commit,
                          const char *file)
{
    char folder[2 * RW_HUB_NAME_MAX];

    folder_name(folder, repository);
    return rw_path_format(out, file[0] != '\0' ? "%s/%s/snapshots/%s/%s" : "%s/%s/snapshots/%s%s", cache, folder, commit,
                          file);
}

bool rw_hub_lock_path(char out[RW_PATH_MAX], const char *cache, const char *repository, const char *digest)
{
    char folder[2 * RW_HUB_NAME_MAX];

    folder_name(folder, repository);
    return rw_path_format(out, "%s/.locks/%s/%s.lock", cache, folder, digest);
}

/* ---- Reading --------------------------------------------------------------------------------------------------------- */

/* Its bytes become part of a path: nothing but a commit is taken. */
bool rw_hub_ref(char commit[RW_HUB_NAME_MAX], const char *cache, const char *repository, const char *revision)
{
    char     path[RW_PATH_MAX], name[RW_HUB_NAME_MAX + 8];
    uint8_t *text = NULL;
    size_t   len;
    bool     fine;

    (void)snprintf(name, sizeof name, "refs/%s", revision);
    if (!rw_hub_repository_path(path, cache, repository, name) || rw_file_read(&text, &len, path, REF_MAX, NULL) != RWDA_OK)
        return false;
    text[strcspn((char *)text, "\r\n")] = '\0';
    fine                                = rw_hub_is_commit((const char *)text);
    if (fine)
        memcpy(commit, text, 41);
    free(text);
    return fine;
}

static bool only_snapshot(char commit[RW_HUB_NAME_MAX], const char *cache, const char *repository)
{
    char   path[RW_PATH_MAX];
    char **names = rw_hub_repository_path(path, cache, repository, "snapshots") ? rw_names_list(path) : NULL;
    bool   fine  = names != NULL && names[0] != NULL && names[1] == NULL && rw_hub_is_commit(names[0]);

    if (fine)
        memcpy(commit, names[0], 41);
    rw_names_free(names);
    return fine;
}

rw_hub_presence rw_hub_find(char path[RW_PATH_MAX], char missing[RW_HUB_NAME_MAX], const char *cache, const char *repository,
                            const char *revision)
{
    char commit[RW_HUB_NAME_MAX] = "";
    bool known;

    path[0]    = '\0';
    missing[0] = '\0';
    if (cache[0] == '\0')
        return RW_HUB_ABSENT;
    known = rw_hub_is_commit(revision) ? (memcpy(commit, revision, 41), true)
                                       : rw_hub_ref(commit, cache, repository, revision) ||
                                             (strcmp(revision, "main") == 0 && only_snapshot(commit, cache, repository));
    if (!known || !rw_hub_snapshot_path(path, cache, repository, commit, "") || !rw_is_directory(path))
        return RW_HUB_ABSENT;
    return rw_hub_snapshot_complete(path, missing) ? RW_HUB_COMPLETE : RW_HUB_PARTIAL;
}

/* A list of names that grows. */
typedef struct {
    char **at;
    size_t n, room;
    bool   failed; /* no memory: it is not whole */
} name_list;

/* name NULL: an empty list is one too. */
static void append(name_list *list, const char *name)
{
    void *at = list->at;

    if (!rw_array_reserve(&at, &list->room, list->n, 2, sizeof *list->at)) {
        list->failed = true;
        return;
    }
    list->at          = at;
    list->at[list->n] = NULL;
    if (name == NULL)
        return;
    list->at[list->n] = strdup(name);
    if (list->at[list->n] == NULL)
        list->failed = true;
    else
        list->at[++list->n] = NULL;
}

static char **take(name_list *list)
{
    if (!list->failed)
        return list->at;
    rw_names_free(list->at);
    return NULL;
}

/* Names under refs/, those in its folders too: "pr/1" is the file refs/pr/1. */
static void add_refs(name_list *list, const char *cache, const char *repository, const char *below, int depth)
{
    char   path[RW_PATH_MAX], name[RW_HUB_NAME_MAX], commit[RW_HUB_NAME_MAX];
    char **names;

    (void)snprintf(name, sizeof name, "refs%s%s", below[0] != '\0' ? "/" : "", below);
    names = rw_hub_repository_path(path, cache, repository, name) ? rw_names_list(path) : NULL;
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if ((size_t)snprintf(name, sizeof name, "%s%s%s", below, below[0] != '\0' ? "/" : "", names[i]) >= sizeof name ||
            !rw_hub_is_revision(name))
            continue;
        if (rw_hub_ref(commit, cache, repository, name))
            append(list, name);
        else if (depth < REF_DEPTH)
            add_refs(list, cache, repository, name, depth + 1);
    }
    rw_names_free(names);
}

char **rw_hub_refs(const char *cache, const char *repository)
{
    name_list list = { NULL, 0, 0, false };

    append(&list, NULL);
    add_refs(&list, cache, repository, "", 0);
    return take(&list);
}

char **rw_hub_revisions(const char *cache, const char *repository)
{
    char      path[RW_PATH_MAX], commit[RW_HUB_NAME_MAX];
    char    **refs    = rw_hub_refs(cache, repository);
    char    **commits = rw_hub_repository_path(path, cache, repository, "snapshots") ? rw_names_list(path) : NULL;
    name_list list    = { NULL, 0, 0, false };

    append(&list, NULL);
    for (size_t i = 0; commits != NULL && commits[i] != NULL; i++) {
        size_t before = list.n;

        for (size_t j = 0; refs != NULL && refs[j] != NULL; j++)
            if (rw_hub_ref(commit, cache, repository, refs[j]) && strcmp(commit, commits[i]) == 0)
                append(&list, refs[j]);
        if (list.n == before && rw_hub_is_commit(commits[i]))
            append(&list, only_snapshot(commit, cache, repository) ? "main" : commits[i]);
    }
    rw_names_free(refs);
    rw_names_free(commits);
    return take(&list);
}

/* ORG/NAME of models--ORG--NAME in place; false: another folder. */
static bool to_repository(char *name)
{
    char *between;

    if (strncmp(name, PREFIX, sizeof PREFIX - 1) != 0)
        return false;
    between = strstr(name + sizeof PREFIX - 1, "--");
    if (between == NULL)
        return false;
    *between = '/';
    memmove(between + 1, between + 2, strlen(between + 2) + 1);
    memmove(name, name + sizeof PREFIX - 1, strlen(name + sizeof PREFIX - 1) + 1);
    return rw_hub_is_repository(name);
}

char **rw_hub_repositories(const char *cache)
{
    char **names = cache[0] != '\0' ? rw_names_list(cache) : NULL;
    size_t kept  = 0;

    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        char *name = names[i];

        names[i] = NULL;
        if (to_repository(name))
            names[kept++] = name;
        else
            free(name);
    }
    return names;
}

/* ---- Writing --------------------------------------------------------------------------------------------------------- */

static rwda_status too_long(const char *repository, rwda_error *err)
{
    return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: its path in the cache has over %d bytes", repository,
                   RW_PATH_MAX - 1);
}

rwda_status rw_hub_write_ref(const char *cache, const char *repository, const char *revision, const char *commit,
                             rwda_error *err)
{
    char        path[RW_PATH_MAX], name[RW_HUB_NAME_MAX + 8], now[RW_HUB_NAME_MAX];
    rwda_status status = RWDA_OK;

    if (strcmp(revision, commit) == 0 ||
        (rw_hub_ref(now, cache, repository, revision) && strcmp(now, commit) == 0)) /* a cache may be read-only */
        return RWDA_OK;
    (void)snprintf(name, sizeof name, "refs/%s", revision);
    if (!rw_hub_repository_path(path, cache, repository, name))
        return too_long(repository, err);
    RW_TRY(rw_path_make_folders(path, err));
    RW_TRY(rw_file_write(path, commit, strlen(commit), true, err));
done:
    return status;
}

rwda_status rw_hub_link(const char *cache, const char *repository, const char *commit, const char *file, const char *digest,
                        rwda_error *err)
{
    char        path[RW_PATH_MAX], fresh[RW_PATH_MAX], target[RW_HUB_NAME_MAX], now[RW_HUB_NAME_MAX];
    ssize_t     len;
    rwda_status status = RWDA_OK;

    (void)snprintf(target, sizeof target, "../../blobs/%s", digest);
    if (!rw_hub_snapshot_path(path, cache, repository, commit, file) ||
        !rw_path_format(fresh, "%s.%ld.link", path, (long)getpid()))
        return too_long(repository, err);
    len = readlink(path, now, sizeof now - 1);
    if (len > 0 && (size_t)len == strlen(target) && memcmp(now, target, (size_t)len) == 0)
        return RWDA_OK;
    RW_TRY(rw_path_make_folders(path, err));
    (void)unlink(fresh);
    if (symlink(target, fresh) != 0 || rename(fresh, path) != 0) {
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: cannot be linked to its blob: %s", path, strerror(errno));
        (void)unlink(fresh);
    }
done:
    return status;
}

/* An empty file, or one of these bytes, unless there is one. */
static void leave(char *path, const char *text)
{
    int fd;

    if (rw_path_make_folders(path, NULL) != RWDA_OK)
        return;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return;
    if (write(fd, text, strlen(text)) < 0)
        (void)unlink(path);
    (void)close(fd);
}

void rw_hub_note_absence(const char *cache, const char *repository, const char *commit, const char *file)
{
    char path[RW_PATH_MAX], name[3 * RW_HUB_NAME_MAX];

    (void)snprintf(name, sizeof name, ".no_exist/%s/%s", commit, file);
    if (rw_hub_repository_path(path, cache, repository, name))
        leave(path, "");
}

void rw_hub_tag(const char *cache)
{
    char path[RW_PATH_MAX];

    if (rw_path_format(path, "%s/CACHEDIR.TAG", cache))
        leave(path, "Signature: 8a477f597d28d172789f06886806bc55\n"
                    "# Models fetched from a hub: they can be fetched again, so a backup may leave them out.\n");
}

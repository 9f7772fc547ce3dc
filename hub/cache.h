/* cache.h - the hub's cache on disk: repositories, snapshots, blobs, refs.                             layer: hub
 *
 * As huggingface_hub lays it out, so that whatever one program fetched the others find:
 *
 *     CACHEDIR.TAG                        for programs that make backups
 *     models--ORG--NAME/blobs/DIGEST      files by their content; DIGEST.incomplete while one arrives
 *                       snapshots/COMMIT/FILE -> ../../blobs/DIGEST
 *                       refs/main         the commit that a branch or tag was when it was last looked up
 *                       .no_exist/COMMIT/FILE   empty: the hub has no such file there
 *     .locks/models--ORG--NAME/DIGEST.lock      held by the process that fetches the blob */
#ifndef RW_HUB_CACHE_H
#define RW_HUB_CACHE_H

#include "hub/names.h"

#include "base/file.h"

/* Paths; false: they do not fit.  `name` may be "". */
bool rw_hub_repository_path(char out[RW_PATH_MAX], const char *cache, const char *repository, const char *name);
bool rw_hub_blob_path(char out[RW_PATH_MAX], const char *cache, const char *repository, const char *digest);
bool rw_hub_snapshot_path(char out[RW_PATH_MAX], const char *cache, const char *repository, const char *commit,
                          const char *file);
bool rw_hub_lock_path(char out[RW_PATH_MAX], const char *cache, const char *repository, const char *digest);

typedef enum { RW_HUB_ABSENT = 0, RW_HUB_PARTIAL, RW_HUB_COMPLETE } rw_hub_presence;

/* What the cache has of a repository: the snapshot of a revision, else (of "main") the only one there is, into path.  PARTIAL: `missing`
 * names what it lacks. */
rw_hub_presence rw_hub_find(char path[RW_PATH_MAX], char missing[RW_HUB_NAME_MAX], const char *cache, const char *repository,
                            const char *revision);

/* The commit that refs/ has for a branch or tag; false: none. */
bool rw_hub_ref(char commit[RW_HUB_NAME_MAX], const char *cache, const char *repository, const char *name);

/* Names in refs/; and names of all snapshots: of each those that refs/ has for it ("main", where it is the only one), else its commit.
 * NULL-terminated, to be freed with rw_names_free(); NULL: no memory. */
char **rw_hub_refs(const char *cache, const char *repository);
char **rw_hub_revisions(const char *cache, const char *repository);

/* Repositories of models in the cache, ORG/NAME, sorted; NULL-terminated, to be freed with rw_names_free().  NULL: none can be listed. */
char **rw_hub_repositories(const char *cache);

/* Writing, each as one step that another process sees whole or not at all.  RWDA_EIO, RWDA_ELIMIT. */
rwda_status rw_hub_write_ref(const char *cache, const char *repository, const char *revision, const char *commit,
                             rwda_error *err);
rwda_status rw_hub_link(const char *cache, const char *repository, const char *commit, const char *file, const char *digest,
                        rwda_error *err);
void rw_hub_note_absence(const char *cache, const char *repository, const char *commit, const char *file); /* best effort */
void rw_hub_tag(const char *cache);                                                                        /* best effort */

#endif

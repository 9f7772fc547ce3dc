/* remove.h - a repository's files, or a revision's, out of the cache.                                 layer: hub */
#ifndef RW_HUB_REMOVE_H
#define RW_HUB_REMOVE_H

#include "base/status.h"

#include <stdbool.h>

typedef struct {
    uint64_t freed;  /* bytes */
    bool     shared; /* another name has the revision's commit: the name alone goes */
} rw_hub_removed;

/* Removes what the cache's programs put there (blobs, snapshots, refs, .no_exist, trees) and nothing else; links are removed, never
 * followed.  revision not NULL: a name or a commit, its snapshot, and the blobs that no other snapshot has.  plan_only: only says what
 * would go.  RWDA_ENOTFOUND, RWDA_EUNSUPPORTED (its folder is a link; another process fetches into it), RWDA_EIO. */
rwda_status rw_hub_remove(rw_hub_removed *out, const char *cache, const char *repository, const char *revision,
                          bool plan_only, rwda_error *err);

#endif

/* remove.h - a repository's files out of the cache.                                                   layer: hub */
#ifndef RW_HUB_REMOVE_H
#define RW_HUB_REMOVE_H

#include "base/status.h"

/* Removes what the cache's programs put there (blobs, snapshots, refs, .no_exist, trees) and nothing else; links are removed, never
 * followed.  *freed: bytes.  RWDA_ENOTFOUND, RWDA_EUNSUPPORTED (its folder is a link; another process fetches into it), RWDA_EIO. */
rwda_status rw_hub_remove(uint64_t *freed, const char *cache, const char *repository, rwda_error *err);

#endif

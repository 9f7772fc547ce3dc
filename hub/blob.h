/* blob.h - one file of the hub into the cache: resumed, checked, once for all who want it.             layer: hub */
#ifndef RW_HUB_BLOB_H
#define RW_HUB_BLOB_H

#include "common/events.h"
#include "hub/cache.h"
#include "hub/http.h"

/* A file of a repository at a commit, as the hub described it. */
typedef struct {
    char     file[RW_HUB_NAME_MAX], digest[RW_HUB_NAME_MAX];
    uint64_t size; /* bytes */
} rw_hub_file;

/* Where, and what is told on the way. */
typedef struct {
    rw_hub_http       *http;
    const char        *cache, *repository, *commit;
    const rwda_events *events;
    uint64_t           done, total; /* bytes: of the files that are finished, of all; for the progress bar */
    uint64_t           fetched;     /* of these, what came over the network */
    bool               disk_failed; /* it was the disk that failed, not the hub */
} rw_hub_job;

/* What is there already of a blob: all of it, or what an earlier call had got; it has `size` bytes in the end. */
uint64_t rw_hub_blob_have(const char *cache, const char *repository, const rw_hub_file *file);

/* Fetches what is missing of it; the blob appears under its name only after its digest was right.  RWDA_EFORMAT: what the server sends is
 * not the file (and is not kept); RWDA_EIO: what has arrived is kept, and the next call goes on there; RWDA_ECANCELLED. */
rwda_status rw_hub_blob_fetch(rw_hub_job *job, const rw_hub_file *file, rwda_error *err);

#endif

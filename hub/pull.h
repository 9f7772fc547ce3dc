/* pull.h - a checkpoint from the hub into the cache.                                                   layer: hub */
#ifndef RW_HUB_PULL_H
#define RW_HUB_PULL_H

#include "hub/blob.h"

/* What was, or would be, fetched. */
typedef struct {
    char         path[RW_PATH_MAX]; /* of the snapshot */
    char         commit[RW_HUB_NAME_MAX];
    char         licence[128]; /* as the repository's card has it; "": the card does not say */
    rw_hub_file *files;        /* [n], the caller's to free with rw_hub_pulled_free() */
    size_t       n;
    uint64_t     bytes, missing, fetched; /* of all files; of these, not in the cache before; over the network */
    bool         disk_failed;             /* after a failure: it was the disk, not the hub */
} rw_hub_pulled;

/* Asks the hub which of a checkpoint's files there are, says licence and sizes (events), asks the disk for room, fetches what is not in
 * the cache, and links it there.  plan_only: says what would be fetched, and fetches config and card alone.
 * RWDA_ENOTFOUND, RWDA_EUNSUPPORTED (a config that this version does not read; no safetensors; built without network; offline),
 * RWDA_EMISMATCH (not the file that the catalog knows), RWDA_ELIMIT (no room on the disk), RWDA_EFORMAT, RWDA_EIO, RWDA_ECANCELLED. */
rwda_status rw_hub_pull(rw_hub_pulled *out, const rw_hub_wanted *wanted, const rw_hub_settings *settings, bool plan_only,
                        const rwda_events *events, rwda_error *err);
void        rw_hub_pulled_free(rw_hub_pulled *pulled);

#endif

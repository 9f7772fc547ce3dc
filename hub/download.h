/* download.h - an address as something to read from.                                                  layer: hub */
#ifndef RW_HUB_DOWNLOAD_H
#define RW_HUB_DOWNLOAD_H

#include "base/status.h"

/* The bytes of an address by GET, as something to read from while they come: https, or http to this machine; redirects go to https alone.  No
 * token is sent, and messages name no address: it may hold a secret.  RWDA_EINVAL, RWDA_EUNSUPPORTED, RWDA_EIO (no thread or socket),
 * RWDA_ENOMEM. */
typedef struct rw_hub_download rw_hub_download;
rwda_status                    rw_hub_download_open(rw_hub_download **out, int *file, const char *address, rwda_error *err);
/* Closes `file` too, before or after its end.  RWDA_EIO: not all has come, and nobody had closed it; NULL is fine. */
rwda_status rw_hub_download_close(rw_hub_download *download, rwda_error *err);

#endif

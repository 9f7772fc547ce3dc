/* webhook.h - records as signed HTTP requests (libcurl).                                               layer: watch */
#ifndef WATCH_WEBHOOK_H
#define WATCH_WEBHOOK_H

#include "watch/sender.h"
#include "watch/signature.h"

typedef struct {
    const char *url;         /* NULL: none */
    const char *secret_file; /* NULL: see secret */
    const char *secret;      /* NULL: requests are not signed */
    bool        plain;       /* http to other machines is fine */
} webhook_options;

/* POSTs a record with webhook-id, webhook-timestamp and webhook-signature; an answer of 2xx is a delivery.  https, or http to this machine.
 * Redirects are not followed.  RWDA_EINVAL: an option; RWDA_EUNSUPPORTED: this build has no network code. */
rwda_status webhook_new(sender **out, const webhook_options *options, rwda_error *err);

bool webhook_built(void);

#endif

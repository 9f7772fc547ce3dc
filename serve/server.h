/* server.h - the HTTP daemon's life: it listens until it is told to end, then drains.                  layer: serve */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include "base/status.h"
#include "serve/context.h"

/* Answers what comes in at the listening socket, which it closes, until SIGTERM or SIGINT; both must be blocked in all threads.  What was
 * accepted before is answered, within the seconds to drain.  RWDA_ENOMEM: threads or the daemon cannot be started. */
rwda_status server_run(service_context *service, int socket, rwda_error *err);

#endif

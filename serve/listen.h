/* listen.h - the listening socket.                                                                      layer: serve */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include "base/status.h"

#include <stdbool.h>

typedef struct {
    int  socket;   /* not blocking */
    bool local;    /* on a loopback address: programs of this machine alone get there */
    char url[300]; /* "http://127.0.0.1:8080" */
} listener;

/* address: "127.0.0.1:8080", "[::1]:0", "localhost:8080"; port 0 stands for any.  guarded: others are kept out otherwise, so that other
 * addresses than loopback are fine.  RWDA_EINVAL: the address; RWDA_EIO: the system refuses. */
rwda_status listen_open(listener *out, const char *address, bool guarded, rwda_error *err);

#endif

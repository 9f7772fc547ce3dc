/* access.h - who may use the service: the holder of its token, or programs of this machine.             layer: serve
 *
 * Without a token only programs of this machine get here, but so does every page in a browser on it.  A foreign page is kept out by
 * two headers that a page cannot forge: Origin must name this service, and Host must be a loopback name (else a foreign name was made
 * to point here).  Only what is open to all needs no Host: HTTP/1.0 knows requests without it. */
#ifndef SERVE_ACCESS_H
#define SERVE_ACCESS_H

#include "serve/reply.h"
#include "serve/route.h"

typedef struct {
    const char *token; /* NULL: none is asked for */
    bool        local; /* the service listens on a loopback address */
} access_rules;

/* Headers of a request; NULL: not given. */
typedef struct {
    const char *host, *origin, *authorization;
} access_headers;

bool access_allowed(const access_rules *rules, const access_headers *headers, const route *route,
                    reply *r); /* false: refused */

#endif

/* route.h - a path of the service, and what answers it.                                               layer: serve */
#ifndef SERVE_ROUTE_H
#define SERVE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct request request;

/* Either answer(), on libmicrohttpd's thread, or prepare(), the queue, and finish(). */
typedef struct {
    const char *method, *path;   /* path segments in braces are variables */
    bool        open;            /* answered without a token */
    size_t      body;            /* bytes; 0: the service's limit */
    void (*answer)(request *r);  /* quick: fills the reply */
    bool (*prepare)(request *r); /* in a worker: body -> items; false: the reply was filled */
    void (*finish)(request *r);  /* items -> reply */
} route;

#define ROUTE_VARIABLES 2

/* What a request is for. */
typedef struct {
    char        *method, *path; /* owned by the request */
    const route *route;         /* NULL: there is none */
    char         variables[ROUTE_VARIABLES][129];
} route_target;

#endif

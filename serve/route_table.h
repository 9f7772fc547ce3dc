/* route_table.h - the table of all paths.                                                                    layer: serve */
#ifndef SERVE_ROUTES_H
#define SERVE_ROUTES_H

#include "serve/reply.h"
#include "serve/route.h"

extern const route  service_routes[];
extern const size_t n_service_routes;

/* Fills target->route and target->variables from its method and path; false: the reply says 404 or 405. */
bool route_find(route_target *target, reply *r);

#endif

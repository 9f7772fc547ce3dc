/* headers.h - are a request's headers ones that every reader takes alike?                               layer: serve
 *
 * libmicrohttpd takes some that RFC 9112 wants refused, and that a proxy before this service may understand otherwise (request smuggling). */
#ifndef SERVE_HEADERS_H
#define SERVE_HEADERS_H

#include "serve/reply.h"

#include <microhttpd.h>

#define ARGUMENTS_MAX 128 /* options in a query; libmicrohttpd does not answer a request with 500 of them */

/* A name that is none ("Content-Length :"), a header on several lines, a second Host, Origin or Authorization.  false: refused, and where
 * the body ends is not certain. */
bool headers_are_certain(struct MHD_Connection *http, reply *r);

/* Before the query is parsed: cuts one of too many options off.  true: it had. */
bool headers_cut_query(const char *uri);

#endif

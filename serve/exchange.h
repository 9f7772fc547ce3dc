/* exchange.h - requests and replies over libmicrohttpd.                                                 layer: serve
 *
 * libmicrohttpd's one thread polls all connections and calls these.  A request that needs the engine is suspended (it costs no thread)
 * and resumed when its reply is there. */
#ifndef SERVE_EXCHANGE_H
#define SERVE_EXCHANGE_H

#include "serve/request.h"

#include <microhttpd.h>

/* For MHD_start_daemon(); each is given the service_context. */
enum MHD_Result exchange_on_request(void *service, struct MHD_Connection *http, const char *url, const char *method,
                                    const char *version, const char *data, size_t *size, void **state);
void           *exchange_on_uri(void *service, const char *uri, struct MHD_Connection *http); /* before the query is read */
void exchange_on_completed(void *service, struct MHD_Connection *http, void **state, enum MHD_RequestTerminationCode why);
void exchange_on_connection(void *service, struct MHD_Connection *http, void **state,
                            enum MHD_ConnectionNotificationCode what);

void exchange_resume(request *r); /* its reply is there: it is libmicrohttpd's again.  Any thread */

#endif

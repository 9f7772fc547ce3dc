/* access.c - may this request be answered?
 *
 * Without a token only programs of this machine get here, but so does every page in a browser on it.  A foreign page is kept out by
 * two headers that a page cannot forge: Origin must name this service, and Host must be a loopback name (else a foreign name was made
 * to point here). */
#include "serve/serve.h"

#include <string.h>
#include <strings.h>

/* In the same time wherever the difference lies; the length of the given token is no secret. */
static bool same_token(const char *token, const char *given)
{
    size_t        n = strlen(token), m = strlen(given);
    unsigned char difference = n != m;

    for (size_t i = 0; i < m; i++)
        difference = (unsigned char)(difference | (given[i] ^ token[n > 0 ? i % n : 0]));
    return difference == 0;
}

static bool loopback_name(const char *host)
{
    static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i]);

        if (strncasecmp(host, names[i], n) == 0 && (host[n] == '\0' || host[n] == ':'))
            return true;
    }
    return false;
}

bool access_allowed(request *q)
{
    const char *host   = MHD_lookup_connection_value(q->http, MHD_HEADER_KIND, "Host");
    const char *origin = MHD_lookup_connection_value(q->http, MHD_HEADER_KIND, "Origin");
    const char *given  = MHD_lookup_connection_value(q->http, MHD_HEADER_KIND, "Authorization");

    if (q->server->token != NULL && !q->route->open) {
        if (given == NULL || strncasecmp(given, "Bearer ", 7) != 0 || !same_token(q->server->token, given + 7)) {
            reply_problem(q, 401, NULL, "this service wants 'Authorization: Bearer TOKEN'%s",
                          given != NULL ? "; this one is not right" : "");
            return false;
        }
    }
    if (q->server->token == NULL && q->server->loopback && host != NULL && !loopback_name(host)) {
        reply_problem(q, 403, NULL, "without a token this service answers to localhost only, not to \"%.100s\"", host);
        return false;
    }
    if (origin != NULL && host != NULL) {
        const char *name = strstr(origin, "://");

        if (name == NULL || strcasecmp(name + 3, host) != 0) {
            reply_problem(q, 403, NULL, "a page of \"%.100s\" may not use this service", origin);
            return false;
        }
    }
    return true;
}

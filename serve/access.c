#include "serve/access.h"

#include <string.h>
#include <strings.h>

/* In the same time wherever the difference lies; the length of the given token is not a secret. */
static bool same_token(const char *token, const char *given)
{
    size_t        n = strlen(token), m = strlen(given);
    unsigned char difference = n != m;

    for (size_t i = 0; i < m; i++)
        difference = (unsigned char)(difference | (given[i] ^ token[n > 0 ? i % n : 0]));
    return difference == 0;
}

static bool is_loopback_name(const char *host)
{
    static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };

    for (size_t i = 0; i < RW_COUNTOF(names); i++) {
        size_t n = strlen(names[i]);

        if (strncasecmp(host, names[i], n) == 0 && (host[n] == '\0' || host[n] == ':'))
            return true;
    }
    return false;
}

static bool is_own_page(const char *origin, const char *host)
{
    const char *name = strstr(origin, "://");

    return name != NULL && strcasecmp(name + 3, host) == 0;
}

bool access_allowed(const access_rules *rules, const access_headers *h, const route *wanted, reply *r)
{
    const char *given = h->authorization;

    if (rules->token != NULL && !wanted->open &&
        (given == NULL || strncasecmp(given, "Bearer ", 7) != 0 || !same_token(rules->token, given + 7)))
        reply_problem(r, 401, NULL, "this service wants 'Authorization: Bearer TOKEN'%s",
                      given != NULL ? "; this one is not right" : "");
    else if (h->host == NULL && (h->origin != NULL || (rules->token == NULL && !wanted->open)))
        reply_problem(r, 400, NULL, "Host is missing");
    else if (rules->token == NULL && rules->local && h->host != NULL && !is_loopback_name(h->host))
        reply_problem(r, 403, NULL, "without a token this service answers to localhost only, not to \"%.100s\"", h->host);
    else if (h->origin != NULL && h->host != NULL && !is_own_page(h->origin, h->host))
        reply_problem(r, 403, NULL, "a page of \"%.100s\" may not use this service", h->origin);
    return r->status == 0;
}

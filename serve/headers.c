#include "serve/headers.h"

#include <string.h>
#include <strings.h>

/* Who may use the service hangs on these. */
static const char *const once[] = { "Host", "Origin", "Authorization" };

typedef struct {
    reply *reply;
    int    seen[RW_COUNTOF(once)];
} headers;

static bool is_token(const char *name)
{
    static const char others[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return name[0] != '\0' && name[strspn(name, others)] == '\0';
}

/* libmicrohttpd before 1.0 appends a line that begins with a space to the *name* of the header before, which it moves for that; every
 * other name stands directly before its value. */
static bool is_folded(const char *name, const char *value)
{
    const char *after = name + strlen(name) + 1;

    if (MHD_VERSION >= 0x01000000 || value == NULL || value[0] == '\0')
        return false;
    if ((uintptr_t)value < (uintptr_t)after || (uintptr_t)value - (uintptr_t)after > 32768)
        return true;
    while (after < value && (*after == ' ' || *after == '\t'))
        after++;
    return after != value;
}

static enum MHD_Result look(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    headers *h = cls;

    (void)kind;
    if (is_folded(name, value))
        reply_problem(h->reply, 400, NULL, "a header goes on in a second line");
    else if (!is_token(name))
        reply_problem(h->reply, 400, NULL, "\"%.60s\" is no name of a header", name);
    for (size_t i = 0; i < RW_COUNTOF(once) && h->reply->status == 0; i++)
        if (strcasecmp(name, once[i]) == 0 && h->seen[i]++ > 0)
            reply_problem(h->reply, 400, NULL, "%s is given twice", once[i]);
    return h->reply->status == 0 ? MHD_YES : MHD_NO;
}

bool headers_are_certain(struct MHD_Connection *http, reply *r)
{
    headers h = { r, { 0 } };

    (void)MHD_get_connection_values(http, MHD_HEADER_KIND, look, &h);
    return r->status == 0;
}

bool headers_cut_query(const char *uri)
{
    char  *query = strchr(uri, '?'); /* in libmicrohttpd's buffer, where it is about to write itself */
    size_t n     = 1;

    for (const char *c = query; c != NULL && *c != '\0'; c++)
        n += *c == '&';
    if (query == NULL || n <= ARGUMENTS_MAX)
        return false;
    query[1] = '\0'; /* it knows already where the query begins */
    return true;
}

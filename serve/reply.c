#include "serve/reply.h"

#include "common/json_watch.h"
#include "common/text.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void reply_done(reply *r)
{
    if (!r->fixed)
        free(r->body);
    *r = (reply){ .request_id = r->request_id, .inference = r->inference };
}

static void set(reply *r, unsigned status, const char *type, void *body, size_t len, bool fixed)
{
    reply_done(r);
    r->status = status;
    r->type   = type;
    r->body   = body;
    r->len    = len;
    r->fixed  = fixed;
}

void reply_json(reply *r, unsigned status, json_t *root)
{
    char *text = root != NULL ? json_dumps(root, REPLY_JSON_FLAGS) : NULL;

    json_decref(root);
    if (rw_json_lost()) { /* some value of it */
        free(text);
        text = NULL;
    }
    if (text != NULL)
        set(r, status, status < 400 ? "application/json" : "application/problem+json", text, strlen(text), false);
    else
        set(r, 503, "application/problem+json", NULL, 0, true);
}

void reply_bytes(reply *r, const char *type, void *bytes, size_t len)
{
    set(r, 200, type, bytes, len, false);
}

void reply_fixed(reply *r, const char *type, const void *bytes, size_t len)
{
    union {
        const void *given;
        void       *held;
    } body = { bytes }; /* libmicrohttpd's interface knows no const; nothing is written */

    set(r, 200, type, body.held, len, true);
}

void reply_header(reply *r, const char *name, const char *format, ...)
{
    va_list args;

    if (r->n_headers == RW_COUNTOF(r->headers))
        return;
    va_start(args, format);
    (void)vsnprintf(r->headers[r->n_headers].value, sizeof r->headers[0].value, format, args);
    va_end(args);
    r->headers[r->n_headers++].name = name;
}

void reply_problem(reply *r, unsigned status, const char *code, const char *format, ...)
{
    char    detail[600];
    json_t *root;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    root = json_pack("{s:s, s:s, s:i, s:o, s:s*, s:s}", "type", "about:blank", "title", MHD_get_reason_phrase_for(status),
                     "status", (int)status, "detail", rw_json_text(detail), "code", code, "request_id", r->request_id);
    if (root != NULL && r->inference)
        (void)json_object_set_new(root, "error", json_string(json_string_value(json_object_get(root, "detail"))));
    reply_json(r, status, root);
    if (status == 429 || status == 503)
        reply_header(r, "Retry-After", "1");
    if (status == 401)
        reply_header(r, "WWW-Authenticate", "Bearer realm=\"rwda\"");
}

void reply_error(reply *r, const rwda_error *err)
{
    unsigned status;

    switch (err->code) {
    case RWDA_ELIMIT: status = 413; break;
    case RWDA_ENOMEM:
    case RWDA_EIO:
    case RWDA_ECANCELLED: status = 503; break;
    case RWDA_ENOTFOUND: status = 404; break;
    case RWDA_EEXIST: status = 409; break;
    default: status = 422; break;
    }
    reply_problem(r, status, rwda_status_name(err->code), "%s", err->message);
}

/* reply.c - how does an answer look, a good one or a problem? */
#include "serve/serve.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define JSON_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(9)) /* nine digits bring a float32 back to the bit */

void reply_done(reply *r)
{
    if (!r->fixed)
        free(r->body);
    *r = (reply){ 0 };
}

static void set(request *q, unsigned status, const char *type, void *body, size_t len, bool fixed)
{
    reply_done(&q->reply);
    q->reply.status = status;
    q->reply.type   = type;
    q->reply.body   = body;
    q->reply.len    = len;
    q->reply.fixed  = fixed;
}

void reply_json(request *q, unsigned status, json_t *root)
{
    char *text = root != NULL ? json_dumps(root, JSON_FLAGS) : NULL;

    json_decref(root);
    if (text != NULL)
        set(q, status, status < 400 ? "application/json" : "application/problem+json", text, strlen(text), false);
    else
        set(q, 503, "application/problem+json", NULL, 0, true);
}

void reply_bytes(request *q, const char *type, void *bytes, size_t len)
{
    set(q, 200, type, bytes, len, false);
}

void reply_fixed(request *q, const char *type, const void *bytes, size_t len)
{
    union {
        const void *given;
        void       *kept;
    } body = { bytes }; /* libmicrohttpd's interface knows no const; nothing is written */

    set(q, 200, type, body.kept, len, true);
}

void reply_header(request *q, const char *name, const char *format, ...)
{
    reply  *r = &q->reply;
    va_list args;

    if (r->n_headers == sizeof r->headers / sizeof r->headers[0])
        return;
    va_start(args, format);
    (void)vsnprintf(r->headers[r->n_headers].value, sizeof r->headers[0].value, format, args);
    va_end(args);
    r->headers[r->n_headers++].name = name;
}

void reply_problem(request *q, unsigned status, const char *code, const char *format, ...)
{
    char    detail[600];
    json_t *text, *root;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    text = json_string(detail);
    if (text == NULL) { /* a name from outside that is no UTF-8 */
        for (char *c = detail; *c != '\0'; c++)
            if ((unsigned char)*c >= 128)
                *c = '?';
        text = json_string(detail);
    }
    root = json_pack("{s:s, s:s, s:i, s:o, s:s*, s:s}", "type", "about:blank", "title", MHD_get_reason_phrase_for(status),
                     "status", (int)status, "detail", text, "code", code, "request_id", q->id);
    if (root != NULL && strncmp(q->path, "/v2", 3) == 0) /* where clients of the Open Inference Protocol look */
        (void)json_object_set_new(root, "error", json_string(json_string_value(json_object_get(root, "detail"))));
    reply_json(q, status, root);
    if (status == 429 || status == 503)
        reply_header(q, "Retry-After", "1");
    if (status == 401)
        reply_header(q, "WWW-Authenticate", "Bearer realm=\"rwda\"");
}

void reply_error(request *q, const rwda_error *err)
{
    unsigned status;

    switch (err->code) {
    case RWDA_ELIMIT: status = 413; break;
    case RWDA_ENOMEM:
    case RWDA_EIO:
    case RWDA_ECANCELLED: status = 503; break;
    case RWDA_ENOTFOUND: status = 404; break;
    default: status = 422; break;
    }
    reply_problem(q, status, rwda_status_name(err->code), "%s", err->message);
}

#include "serve/exchange.h"

#include "common/clock.h"
#include "serve/connections.h"
#include "serve/context.h"
#include "serve/headers.h"
#include "serve/log.h"
#include "serve/metrics.h"
#include "serve/queue.h"
#include "serve/route_table.h"

#include <strings.h>

void exchange_on_connection(void *cls, struct MHD_Connection *http, void **state, enum MHD_ConnectionNotificationCode what)
{
    service_context *service = cls;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *state = connections_add(service->connections,
                                 MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
    } else {
        connections_remove(service->connections, *state);
        *state = NULL;
    }
}

static void step(request *r, connection_state state)
{
    connections_step(r->service->connections, r->exchange.connection, state);
}

static const char *header(struct MHD_Connection *http, const char *name)
{
    return MHD_lookup_connection_value(http, MHD_HEADER_KIND, name);
}

/* ---- The headers are there ------------------------------------------------------------------------------------------------------------ */

static enum MHD_Result copy_option(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    request *r = cls;

    (void)kind;
    if (json_object_set_new(r->options, name, json_string(value != NULL ? value : "")) != 0 && r->reply.status == 0)
        reply_problem(&r->reply, 400, NULL, "an option of the query is not UTF-8");
    return MHD_YES;
}

static enum MHD_Result count_framing(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    body_headers *h = cls;

    (void)kind;
    (void)value;
    h->lengths += strcasecmp(name, "Content-Length") == 0;
    h->transfers += strcasecmp(name, "Transfer-Encoding") == 0;
    return MHD_YES;
}

static bool is_allowed(request *r)
{
    struct MHD_Connection *http    = r->exchange.http;
    const access_headers   headers = { header(http, "Host"), header(http, "Origin"), header(http, "Authorization") };

    return access_allowed(&r->service->access, &headers, r->target.route, &r->reply);
}

static void begin_body(request *r)
{
    struct MHD_Connection *http    = r->exchange.http;
    body_headers           headers = { .length      = header(http, "Content-Length"),
                                       .encoding    = header(http, "Content-Encoding"),
                                       .transfer    = header(http, "Transfer-Encoding"),
                                       .json_length = header(http, "Inference-Header-Content-Length") };

    (void)MHD_get_connection_values(http, MHD_HEADER_KIND, count_framing, &headers);
    if (r->target.route->body != 0)
        r->body.most = r->target.route->body;
    (void)body_begin(&r->body, &headers, http);
}

static const char many_options; /* stands for a request whose query was cut off */

void *exchange_on_uri(void *cls, const char *uri, struct MHD_Connection *http)
{
    (void)cls;
    (void)http;
    return headers_cut_query(uri) ? (void *)(uintptr_t)&many_options : NULL;
}

static request *begin(service_context *service, struct MHD_Connection *http, const char *method, const char *path, bool cut)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    request                        *r    = request_new(service, method, path, header(http, "Content-Type"));

    if (r == NULL)
        return NULL;
    r->exchange.http       = http;
    r->exchange.connection = info != NULL ? info->socket_context : NULL;
    trace_begin(&r->trace, &service->numbers, header(http, "X-Request-Id"), header(http, "traceparent"));
    step(r, CONNECTION_BUSY);
    if (cut)
        reply_problem(&r->reply, 400, NULL, "the query has over %d options", ARGUMENTS_MAX);
    r->body.endless = !headers_are_certain(http, &r->reply);
    (void)MHD_get_connection_values(http, MHD_GET_ARGUMENT_KIND, copy_option, r);
    if (r->reply.status == 0 && route_find(&r->target, &r->reply) && is_allowed(r))
        begin_body(r);
    return r;
}

/* ---- The answer ----------------------------------------------------------------------------------------------------------------------- */

static enum MHD_Result send_reply(request *r)
{
    const reply         *to_send  = &r->reply;
    struct MHD_Response *response = MHD_create_response_from_buffer(to_send->len, to_send->body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result      result;

    if (response == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(response, "Content-Type", to_send->type != NULL ? to_send->type : "text/plain");
    (void)MHD_add_response_header(response, "X-Request-Id", r->trace.id);
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    (void)MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    (void)MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    if (r->body.endless || r->service->draining)
        (void)MHD_add_response_header(response, "Connection", "close");
    for (size_t i = 0; i < to_send->n_headers; i++)
        (void)MHD_add_response_header(response, to_send->headers[i].name, to_send->headers[i].value);
    step(r, CONNECTION_BUSY);
    result = MHD_queue_response(r->exchange.http, to_send->status, response);
    MHD_destroy_response(response);
    return result;
}

/* A refusal before the body is there would be lost in most clients' sending; only those who wait for a 100 get it then, and those whose
 * body has no certain end. */
static bool is_refused_at_once(const request *r)
{
    return r->body.endless || (r->reply.status != 0 && header(r->exchange.http, "Expect") != NULL);
}

void exchange_resume(request *r)
{
    MHD_resume_connection(r->exchange.http);
}

/* Waits suspended for the queue's answer. */
static void enqueue(request *r)
{
    step(r, CONNECTION_WAITING);
    MHD_suspend_connection(r->exchange.http);
    r->exchange.queued = true;
    if (queue_submit(r->service->queue, r))
        return;
    r->exchange.queued = false;
    reply_problem(&r->reply, 429, NULL, "%d requests are waiting already, the most this service takes on; try again",
                  r->service->limits.queue);
    exchange_resume(r);
}

/* Called when headers are complete, for each piece of the body, at its end, and after a resumption. */
enum MHD_Result exchange_on_request(void *cls, struct MHD_Connection *http, const char *url, const char *method,
                                    const char *version, const char *data, size_t *size, void **state)
{
    request *r = *state;

    (void)version;
    if (r == NULL || *state == &many_options) {
        *state = r = begin(cls, http, method, url, r != NULL);
        if (r == NULL)
            return MHD_NO;
        return is_refused_at_once(r) ? send_reply(r) : MHD_YES;
    }
    if (*size > 0) {
        body_take(&r->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (r->reply.status == 0 && !r->exchange.queued) {
        if (r->target.route->answer == NULL) {
            enqueue(r);
            return MHD_YES; /* suspended, and maybe resumed already: we are called again */
        }
        r->target.route->answer(r);
    }
    return send_reply(r);
}

/* ---- It is over ----------------------------------------------------------------------------------------------------------------------- */

static void log_answer(const request *r, double ms)
{
    bool failed = r->reply.status >= 500;

    if (r->service->quiet && !failed)
        return;
    log_event(failed ? "error" : "info", "request",
              json_pack("{s:s, s:s*, s:o, s:o, s:i, s:f, s:I, s:I, s:I}", "request_id", r->trace.id, "traceparent",
                        r->trace.parent[0] != '\0' ? r->trace.parent : NULL, "method", log_text(r->target.method), "path",
                        log_text(r->target.path), "status", (int)r->reply.status, "ms", ms, "bytes_in",
                        (json_int_t)r->body.received, "bytes_out", (json_int_t)r->reply.len, "pictures",
                        (json_int_t)r->work.n_items));
}

void exchange_on_completed(void *cls, struct MHD_Connection *http, void **state, enum MHD_RequestTerminationCode why)
{
    request *r = *state;
    double   ms;

    (void)cls;
    (void)http;
    (void)why;
    if (r == NULL || *state == &many_options)
        return;
    ms = rw_now_ms() - r->start_ms;
    if (r->reply.status != 0) {
        metrics_request(r->service->metrics, r->target.route, r->reply.status, ms / 1e3);
        log_answer(r, ms);
    } else {
        log_event(
            "info", "the client left before its request was complete",
            json_pack("{s:s, s:I, s:f}", "request_id", r->trace.id, "bytes_in", (json_int_t)r->body.received, "ms", ms));
    }
    step(r, CONNECTION_IDLE);
    request_free(r);
    *state = NULL;
}

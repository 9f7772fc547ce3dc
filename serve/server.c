/* server.c - how does a request come in, wait, and go out again?
 *
 * libmicrohttpd's one thread polls all connections.  A request that needs the engine is suspended (it costs no thread) and resumed
 * when its reply is there.  The main thread looks a few times a second for connections that are too slow and shuts their sockets:
 * headers, body or reading of the answer a byte at a time gain nobody more than the stated seconds. */
#include "serve/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/image_stream.h"

struct connection {
    int         fd;
    double      since_ms; /* of the last step forward: opened, headers complete, answer begun, answer sent */
    bool        busy;     /* a request's headers are there, its answer is not sent yet */
    bool        ours;     /* it waits for us, not we for it */
    connection *next, **place;
};

/* ---- Connections ------------------------------------------------------------------------------------------------------------ */

static void on_connection(void *cls, struct MHD_Connection *http, void **context, enum MHD_ConnectionNotificationCode what)
{
    server     *s = cls;
    connection *c = *context;

    pthread_mutex_lock(&s->mutex);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        c = calloc(1, sizeof *c);
        if (c != NULL) {
            c->fd       = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
            c->since_ms = pipeline_now_ms();
            c->next     = s->connections;
            c->place    = &s->connections;
            if (c->next != NULL)
                c->next->place = &c->next;
            s->connections = c;
            s->n_connections++;
        }
        *context = c;
    } else if (c != NULL) {
        *c->place = c->next;
        if (c->next != NULL)
            c->next->place = c->place;
        s->n_connections--;
        free(c);
        *context = NULL;
    }
    pthread_mutex_unlock(&s->mutex);
}

static void step(request *q, bool busy, bool ours)
{
    if (q->connection == NULL)
        return;
    pthread_mutex_lock(&q->server->mutex);
    q->connection->since_ms = pipeline_now_ms();
    q->connection->busy     = busy;
    q->connection->ours     = ours;
    pthread_mutex_unlock(&q->server->mutex);
}

/* Ends what is too slow.  When three quarters of the places are taken, or the service is about to end, idle connections get a second.
 * The socket is only shut: libmicrohttpd notices and closes it, after on_connection() has taken it off the list. */
static int reap(server *s)
{
    double now = pipeline_now_ms();
    int    open;

    pthread_mutex_lock(&s->mutex);
    for (connection *c = s->connections; c != NULL; c = c->next) {
        bool   hurry = s->draining || 4 * s->n_connections > 3 * s->limits.connections;
        double most  = 1e3 * (c->busy ? s->limits.request_s : hurry ? 1 : s->limits.idle_s);

        if (!c->ours && now - c->since_ms > most)
            (void)shutdown(c->fd, SHUT_RDWR);
    }
    open = s->n_connections;
    pthread_mutex_unlock(&s->mutex);
    return open;
}

bool server_draining(server *s)
{
    bool draining;

    pthread_mutex_lock(&s->mutex);
    draining = s->draining;
    pthread_mutex_unlock(&s->mutex);
    return draining;
}

/* ---- One request ------------------------------------------------------------------------------------------------------------ */

static enum MHD_Result copy_option(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    request *q = cls;

    (void)kind;
    if (json_object_set_new(q->options, name, json_string(value != NULL ? value : "")) != 0 && q->reply.status == 0)
        reply_problem(q, 400, NULL, "an option of the query is no UTF-8");
    return MHD_YES;
}

static request *request_new(server *s, struct MHD_Connection *http, const char *method, const char *path)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    const char                     *type = MHD_lookup_connection_value(http, MHD_HEADER_KIND, "Content-Type");
    request                        *q    = calloc(1, sizeof *q);

    if (q == NULL)
        return NULL;
    q->server       = s;
    q->http         = http;
    q->connection   = info != NULL ? info->socket_context : NULL;
    q->method       = strdup(method);
    q->path         = strdup(path);
    q->type         = strdup(type != NULL ? type : "");
    q->options      = json_object();
    q->infer_header = -1;
    q->start_ms     = pipeline_now_ms();
    if (q->method == NULL || q->path == NULL || q->type == NULL || q->options == NULL) {
        request_free(q);
        return NULL;
    }
    return q;
}

void request_free(request *q)
{
    if (q == NULL)
        return;
    if (q->form != NULL)
        (void)MHD_destroy_post_processor(q->form);
    for (size_t i = 0; i < q->n_items; i++) {
        rwda_image_free(q->items[i].image);
        free(q->items[i].x);
    }
    for (size_t i = 0; i < q->n_parts; i++) {
        free(q->parts[i].name);
        free(q->parts[i].file);
        free(q->parts[i].bytes);
    }
    for (size_t i = 0; i < q->n_owned; i++)
        free(q->owned[i]);
    if (q->settings.detector != NULL)
        detectors_release(q->server->detectors, q->settings.detector);
    pthread_mutex_lock(&q->server->mutex);
    q->server->held -= q->held;
    pthread_mutex_unlock(&q->server->mutex);
    reply_done(&q->reply);
    json_decref(q->json);
    json_decref(q->options);
    free(q->owned);
    free(q->items);
    free(q->parts);
    free(q->texts);
    free(q->overlay);
    json_decref(q->regions);
    json_decref(q->scoring);
    free(q->method);
    free(q->path);
    free(q->type);
    free(q);
}

static void on_completed(void *cls, struct MHD_Connection *http, void **state, enum MHD_RequestTerminationCode why)
{
    request *q = *state;
    double   ms;

    (void)cls;
    (void)http;
    (void)why;
    if (q == NULL)
        return;
    ms = pipeline_now_ms() - q->start_ms;
    if (q->reply.status != 0) {
        metrics_request(q->server->metrics, q->route, q->reply.status, ms / 1e3);
        log_request(q, ms);
    } else {
        log_event(q->server, "info", "the client left before its request was complete",
                  json_pack("{s:s, s:I, s:f}", "request_id", q->id, "bytes_in", (json_int_t)q->received, "ms", ms));
    }
    step(q, false, false);
    request_free(q);
    *state = NULL;
}

static enum MHD_Result send_reply(request *q)
{
    reply               *r        = &q->reply;
    struct MHD_Response *response = MHD_create_response_from_buffer(r->len, r->body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result      result;

    if (response == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(response, "Content-Type", r->type != NULL ? r->type : "text/plain");
    (void)MHD_add_response_header(response, "X-Request-Id", q->id);
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    (void)MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    (void)MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    if (q->at_once || server_draining(q->server))
        (void)MHD_add_response_header(response, "Connection", "close");
    for (size_t i = 0; i < r->n_headers; i++)
        (void)MHD_add_response_header(response, r->headers[i].name, r->headers[i].value);
    step(q, true, false);
    result = MHD_queue_response(q->http, r->status, response);
    MHD_destroy_response(response);
    return result;
}

/* Everything is there: answer at once, or wait suspended. */
static void complete(request *q)
{
    if (q->route->answer != NULL) {
        q->route->answer(q);
        return;
    }
    step(q, true, true);
    MHD_suspend_connection(q->http);
    q->queued = true;
    if (!queue_submit(q->server->queue, q)) {
        q->queued = false;
        reply_problem(q, 429, NULL, "%d requests are waiting already, the most this service takes on; try again",
                      q->server->limits.queue);
        MHD_resume_connection(q->http);
    }
}

void server_answered(request *q)
{
    MHD_resume_connection(q->http); /* q is libmicrohttpd's again */
}

/* Called when headers are complete, for each piece of the body, at its end, and after a resumption. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *http, const char *url, const char *method,
                                  const char *version, const char *data, size_t *size, void **state)
{
    server  *s = cls;
    request *q = *state;

    (void)version;
    if (q == NULL) {
        q = request_new(s, http, method, url);
        if (q == NULL)
            return MHD_NO;
        *state = q;
        request_identify(q);
        step(q, true, false);
        (void)MHD_get_connection_values(http, MHD_GET_ARGUMENT_KIND, copy_option, q);
        q->route = q->reply.status == 0 ? route_find(q) : NULL;
        if (q->route != NULL && access_allowed(q))
            (void)body_begin(q);
        /* A refusal before the body is there would be lost in most clients' sending; only those who wait for a 100 get
         * it now, and those whose body has no certain end. */
        if (q->at_once || (q->reply.status != 0 && MHD_lookup_connection_value(http, MHD_HEADER_KIND, "Expect") != NULL))
            return send_reply(q);
        return MHD_YES;
    }
    if (*size > 0) {
        body_take(q, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (q->reply.status == 0 && !q->queued) {
        complete(q);
        if (q->route->answer == NULL)
            return MHD_YES; /* suspended, and maybe resumed already: we are called again */
    }
    return send_reply(q);
}

/* ---- The server's life -------------------------------------------------------------------------------------------------------- */

static void wait_ms(int ms)
{
    struct timespec t = { ms / 1000, 1000000L * (ms % 1000) };

    (void)nanosleep(&t, NULL);
}

/* No connection that the kernel took for us is dropped: those still in its queue are handed over before the socket closes. */
static void stop_listening(server *s, int fd)
{
    struct sockaddr_storage from;
    socklen_t               len = sizeof from;
    int                     one;

    (void)MHD_quiesce_daemon(s->daemon);
    while ((one = accept4(fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        (void)MHD_add_connection(s->daemon, one, (struct sockaddr *)&from, len);
        len = sizeof from;
    }
    (void)close(fd);
}

static void drain(server *s, int fd)
{
    double end = pipeline_now_ms() + 1e3 * s->limits.drain_s;

    pthread_mutex_lock(&s->mutex);
    s->draining = true;
    pthread_mutex_unlock(&s->mutex);
    stop_listening(s, fd);
    while (reap(s) > 0 && pipeline_now_ms() < end)
        wait_ms(20);
}

int server_run(server *s, int fd)
{
    pthread_t       engine;
    sigset_t        signals;
    struct timespec tick  = { 0, 200000000L };
    bool            ended = false;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (!queue_start(s->queue) || pthread_create(&engine, NULL, batcher_main, s) != 0) {
        cli_error("threads cannot be started: %s", strerror(errno));
        queue_stop(s->queue);
        (void)close(fd);
        return EXIT_OUTPUT;
    }
    s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL,
                                 on_request, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                                 (unsigned)s->limits.connections, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                                 MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
                                 s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768, MHD_OPTION_END);
    if (s->daemon == NULL) {
        cli_error("the HTTP server cannot be started: %s", strerror(errno));
        (void)close(fd);
    } else {
        while (!ended) {
            ended = sigtimedwait(&signals, NULL, &tick) > 0;
            (void)reap(s);
        }
        log_event(s, "info", "draining", NULL);
        drain(s, fd);
    }
    queue_stop(s->queue); /* what the time did not reach for is answered 503; every connection is resumed */
    pthread_join(engine, NULL);
    if (s->daemon == NULL)
        return EXIT_OUTPUT;
    wait_ms(s->n_connections > 0 ? 100 : 0);
    MHD_stop_daemon(s->daemon);
    log_event(s, "info", "stopped", NULL);
    return EXIT_DONE;
}

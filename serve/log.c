/* log.c - what happened, one JSON object a line on stderr? */
#include "serve/serve.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/image_stream.h"

void log_event(const server *s, const char *level, const char *message, json_t *fields)
{
    struct timespec now;
    struct tm       utc;
    char            stamp[32], when[48];
    json_t         *line;
    char           *text;

    (void)s;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(when, sizeof when, "%s.%03dZ", stamp, (int)(now.tv_nsec / 1000000));
    line = json_pack("{s:s, s:s, s:s}", "time", when, "level", level, "message", message);
    if (line != NULL && fields != NULL)
        (void)json_object_update(line, fields);
    json_decref(fields);
    text = line != NULL ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    if (text != NULL)
        fprintf(stderr, "%s\n", text); /* one call: stderr's lock keeps lines whole */
    free(text);
    json_decref(line);
}

static json_t *text_or_marks(const char *text)
{
    json_t *string = json_string(text);

    return string != NULL ? string : json_string("?"); /* no UTF-8 */
}

void log_request(const request *q, double ms)
{
    if (q->server->quiet && q->reply.status < 500)
        return;
    log_event(q->server, q->reply.status >= 500 ? "error" : "info", "request",
              json_pack("{s:s, s:s*, s:o, s:o, s:i, s:f, s:I, s:I, s:I}", "request_id", q->id, "traceparent",
                        q->traceparent[0] != '\0' ? q->traceparent : NULL, "method", text_or_marks(q->method), "path",
                        text_or_marks(q->path), "status", (int)q->reply.status, "ms", ms, "bytes_in",
                        (json_int_t)q->received, "bytes_out", (json_int_t)q->reply.len, "pictures", (json_int_t)q->n_items));
}

/* The caller's X-Request-Id when it is a plain word, else our own; traceparent (W3C Trace Context) when it is well-formed. */
void request_identify(request *q)
{
    const char *id    = MHD_lookup_connection_value(q->http, MHD_HEADER_KIND, "X-Request-Id");
    const char *trace = MHD_lookup_connection_value(q->http, MHD_HEADER_KIND, "traceparent");
    size_t      n     = id != NULL ? strlen(id) : 0;
    bool        plain = n > 0 && n < sizeof q->id;
    size_t      number;

    for (size_t i = 0; plain && i < n; i++)
        plain = isalnum((unsigned char)id[i]) || strchr("-_.", id[i]) != NULL;
    if (plain) {
        strcpy(q->id, id);
    } else {
        pthread_mutex_lock(&q->server->mutex);
        number = ++q->server->numbered;
        pthread_mutex_unlock(&q->server->mutex);
        (void)snprintf(q->id, sizeof q->id, "%s-%zu", q->server->instance, number);
    }
    if (trace != NULL && strlen(trace) == 55 && strspn(trace, "0123456789abcdef-") == 55)
        strcpy(q->traceparent, trace);
}

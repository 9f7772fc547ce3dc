/* trace.h - the identity of a request: its id and its W3C trace context.                              layer: serve */
#ifndef SERVE_TRACE_H
#define SERVE_TRACE_H

#include <stddef.h>

/* Numbers the requests of one process; for one thread. */
typedef struct {
    char   instance[17]; /* random: ids of two processes differ */
    size_t count;
} trace_numbers;

typedef struct {
    char id[65];     /* the caller's where it is a plain word, else "<instance>-<number>" */
    char parent[56]; /* traceparent; "": none that is well-formed was given */
} request_trace;

void trace_numbers_init(trace_numbers *numbers);

/* id, parent: the headers X-Request-Id and traceparent; NULL: not given. */
void trace_begin(request_trace *out, trace_numbers *numbers, const char *id, const char *parent);

#endif

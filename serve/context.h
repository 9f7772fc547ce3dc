/* context.h - what requests are answered with: the engine and the parts of one running service.         layer: serve
 *
 * Threads: one of libmicrohttpd answers what is quick and collects bodies (exchange.c); workers read and decode (queue.c); one engine
 * thread owns the session and encodes images of many requests together (batcher.c); one makes memories of normal images (making.c); a
 * training has its own (training.c); the main thread waits for signals and ends what is too slow (server.c). */
#ifndef SERVE_CONTEXT_H
#define SERVE_CONTEXT_H

#include "common/decision.h"
#include "common/drift_watch.h"
#include "serve/access.h"
#include "serve/body.h"
#include "serve/limits.h"
#include "serve/trace.h"

#include <stdatomic.h>

/* Each in the header of its name. */
typedef struct connections  connections;
typedef struct detectors    detectors;
typedef struct kind_lists   kind_lists;
typedef struct memories     memories;
typedef struct memory_entry memory_entry;
typedef struct metrics      metrics;
typedef struct queue        queue;
typedef struct scorers      scorers;
typedef struct training     training;

typedef struct service_context service_context;
struct service_context {
    service_limits    limits;
    access_rules      access;
    bool              quiet; /* only failures of the service are logged */
    const rwda_model *model;
    rwda_session     *session;  /* the engine thread's */
    decision          decision; /* for requests without a threshold that score as its file does */
    drift_watch       drift;    /* of the images that it decides; the engine thread's */
    detectors        *detectors;
    memories         *memories;
    memory_entry     *unnamed;    /* held: scores requests that name nothing; NULL: words do */
    scorers          *scorers;    /* the engine thread's */
    kind_lists       *kind_lists; /* the engine thread's */
    training         *training;
    queue            *queue;
    metrics          *metrics;
    connections      *connections;
    trace_numbers     numbers; /* libmicrohttpd's thread */
    body_budget       budget;
    atomic_bool       draining; /* it takes no more connections */
};

#endif

/* queue.h - bounded queue of requests: read and decoded by workers, encoded by the engine thread.       layer: serve
 *
 * Those that ask for a memory go from a worker to the thread that makes memories.  First come, first served; memory is bounded by the number of requests, the bytes of their bodies (body.h) and the pixels that wait
 * decoded. */
#ifndef SERVE_QUEUE_H
#define SERVE_QUEUE_H

#include "serve/limits.h"

#include <stddef.h>

typedef struct request request;
typedef struct item    item;
typedef struct queue   queue;

/* Told, in the thread that did the last of its work, that a request has its reply: it is no longer the queue's. */
typedef void (*queue_answered_fn)(request *r);

/* limits must outlive the queue.  NULL: no memory. */
queue *queue_new(const service_limits *limits, int workers, queue_answered_fn answered);
bool   queue_start(queue *q); /* false: not one thread could be started */
void   queue_stop(queue *q);  /* what still waits is answered 503; returns when the workers have ended */
void   queue_free(queue *q);

bool queue_submit(queue *q, request *r); /* false: full, or stopped */
int  queue_length(queue *q);             /* requests accepted and not answered */
int  queue_memories(queue *q);           /* of those, the ones that ask for a memory, once they were read */
bool queue_is_stopping(queue *q);

/* For the engine thread: waits for items, then the window for company; 1..most of them, 0: the end.  Each is given back with
 * queue_item_done(). */
size_t queue_take(queue *q, item **items, size_t most);
void   queue_item_done(queue *q, item *i);

/* For the thread that makes memories: waits for a request that asks for one, NULL: the end.  Each is given back with queue_memory_done(). */
request *queue_take_memory(queue *q);
void     queue_memory_done(queue *q, request *r);

#endif

/* route_metrics.c - /metrics, for Prometheus.                                                           layer: serve */
#include "serve/route_handlers.h"

#include "serve/connections.h"
#include "serve/context.h"
#include "serve/metrics_text.h"
#include "serve/queue.h"
#include "serve/training.h"

void answer_metrics(request *r)
{
    service_context     *s      = r->service;
    const metrics_gauges gauges = { .model            = rwda_model_get_info(s->model),
                                    .queued           = queue_length(s->queue),
                                    .queue_limit      = s->limits.queue,
                                    .connections      = connections_count(s->connections),
                                    .training         = training_is_running(s->training),
                                    .memories         = memories_count(s->memories),
                                    .memory_limit     = s->limits.memory_bytes,
                                    .memories_waiting = queue_memories(s->queue) };
    size_t               len;
    char                *text = metrics_text(&len, s->metrics, &gauges);

    if (text != NULL)
        reply_bytes(&r->reply, "text/plain; version=0.0.4; charset=utf-8", text, len);
    else
        reply_problem(&r->reply, 503, NULL, "no memory");
}

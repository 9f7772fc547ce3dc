/* metrics_text.h - counters and gauges in Prometheus' text format 0.0.4.                                layer: serve */
#ifndef SERVE_METRICS_TEXT_H
#define SERVE_METRICS_TEXT_H

#include "serve/memories.h"
#include "serve/metrics.h"

#include <rwda.h>
#include <stdbool.h>

/* What is so at the moment. */
typedef struct {
    const rwda_model_info *model;
    int                    queued, queue_limit, connections; /* requests, requests, open ones */
    bool                   training;
    memories_total         memories;
    int64_t                memory_limit; /* bytes */
    int                    memories_waiting;
} metrics_gauges;

/* A NUL-terminated text of *len bytes, the caller's to free(); NULL: no memory. */
char *metrics_text(size_t *len, metrics *m, const metrics_gauges *gauges);

#endif

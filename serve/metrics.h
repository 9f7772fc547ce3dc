/* metrics.h - counters of what the service has done so far.  Any thread.                                layer: serve */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include "serve/route.h"

#include <rwda_drift.h>

#include <stdint.h>

#define METRICS_ROUTES  40 /* the most */
#define METRICS_CODES   17
#define METRICS_TIMES   12
#define METRICS_BATCHES 7

extern const unsigned metrics_codes[METRICS_CODES];     /* status codes that are told apart; others count as the last */
extern const double   metrics_times[METRICS_TIMES];     /* seconds: upper bounds of the classes of a request's time */
extern const double   metrics_batches[METRICS_BATCHES]; /* images: those of a batch's size */

/* Cumulative: [i] counts what is at most bound i. */
typedef struct {
    double           started;                                     /* seconds since 1970 */
    uint64_t         requests[METRICS_ROUTES + 1][METRICS_CODES]; /* the last row: no route */
    uint64_t         times[METRICS_ROUTES + 1][METRICS_TIMES], counts[METRICS_ROUTES + 1];
    double           seconds[METRICS_ROUTES + 1];
    uint64_t         batch_sizes[METRICS_BATCHES], batches;
    double           batch_images, encode_seconds;
    uint64_t         good, bad; /* images scored, embedded or remembered, and failed */
    rwda_drift_state drift;     /* limit 0: none is watched */
} metrics_counts;

typedef struct metrics metrics;

/* routes [n], at most METRICS_ROUTES, must outlive it.  NULL: no memory, or too many routes. */
metrics *metrics_new(const route *routes, size_t n);
void     metrics_free(metrics *m);

void metrics_request(metrics *m, const route *r, unsigned status, double seconds); /* r: of the table, or NULL */
void metrics_batch(metrics *m, size_t images, double seconds);
void metrics_images(metrics *m, size_t good, size_t bad);
void metrics_drift(metrics *m, const rwda_drift_state *state);

/* All counters at one time; *routes [*n]: whose the rows are. */
void metrics_read(metrics_counts *out, const route **routes, size_t *n, metrics *m);

#endif

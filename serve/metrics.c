#include "serve/metrics.h"

#include "common/clock.h"

#include <pthread.h>
#include <stdlib.h>

const unsigned metrics_codes[METRICS_CODES]     = { 200, 201, 202, 204, 400, 401, 403, 404, 405,
                                                    409, 413, 415, 422, 429, 500, 501, 503 };
const double   metrics_times[METRICS_TIMES]     = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30 };
const double   metrics_batches[METRICS_BATCHES] = { 1, 2, 4, 8, 16, 32, 64 };

struct metrics {
    const route    *routes; /* [n_routes] */
    size_t          n_routes;
    pthread_mutex_t mutex;
    metrics_counts  counts;
};

metrics *metrics_new(const route *routes, size_t n)
{
    metrics *m = n <= METRICS_ROUTES ? calloc(1, sizeof *m) : NULL;

    if (m == NULL)
        return NULL;
    m->routes         = routes;
    m->n_routes       = n;
    m->counts.started = (double)rw_unix_ms() / 1e3;
    pthread_mutex_init(&m->mutex, NULL);
    return m;
}

void metrics_free(metrics *m)
{
    if (m == NULL)
        return;
    pthread_mutex_destroy(&m->mutex);
    free(m);
}

void metrics_request(metrics *m, const route *r, unsigned status, double seconds)
{
    metrics_counts *c   = &m->counts;
    size_t          row = r != NULL ? (size_t)(r - m->routes) : m->n_routes, code = 0;

    while (code + 1 < METRICS_CODES && metrics_codes[code] != status)
        code++;
    pthread_mutex_lock(&m->mutex);
    c->requests[row][code]++;
    c->counts[row]++;
    c->seconds[row] += seconds;
    for (size_t i = 0; i < METRICS_TIMES; i++)
        c->times[row][i] += seconds <= metrics_times[i];
    pthread_mutex_unlock(&m->mutex);
}

void metrics_batch(metrics *m, size_t images, double seconds)
{
    metrics_counts *c = &m->counts;

    pthread_mutex_lock(&m->mutex);
    c->batches++;
    c->batch_images += (double)images;
    c->encode_seconds += seconds;
    for (size_t i = 0; i < METRICS_BATCHES; i++)
        c->batch_sizes[i] += (double)images <= metrics_batches[i];
    pthread_mutex_unlock(&m->mutex);
}

void metrics_images(metrics *m, size_t good, size_t bad)
{
    pthread_mutex_lock(&m->mutex);
    m->counts.good += good;
    m->counts.bad += bad;
    pthread_mutex_unlock(&m->mutex);
}

void metrics_drift(metrics *m, const rwda_drift_state *state)
{
    pthread_mutex_lock(&m->mutex);
    m->counts.drift = *state;
    pthread_mutex_unlock(&m->mutex);
}

void metrics_read(metrics_counts *out, const route **routes, size_t *n, metrics *m)
{
    pthread_mutex_lock(&m->mutex);
    *out = m->counts;
    pthread_mutex_unlock(&m->mutex);
    *routes = m->routes;
    *n      = m->n_routes;
}

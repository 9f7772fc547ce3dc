/* metrics.c - what has the service done so far, for Prometheus?
 *
 * Text format 0.0.4: counters end in _total, times are seconds, histograms are cumulative. */
#include "serve/serve.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BUCKETS 12
#define CODES   16
#define ROUTES  40

static const double   bounds[BUCKETS] = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30 };
static const double   batch_bounds[7] = { 1, 2, 4, 8, 16, 32, 64 };
static const unsigned codes[CODES]    = { 200, 202, 204, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 501, 503 };

struct metrics {
    pthread_mutex_t mutex;
    double          started;
    uint64_t        requests[ROUTES + 1][CODES], buckets[ROUTES + 1][BUCKETS], counts[ROUTES + 1]; /* the last: no route */
    double          seconds[ROUTES + 1];
    uint64_t        batch_buckets[7], batches, good, bad;
    double          batch_pictures, encode_seconds;
};

metrics *metrics_new(void)
{
    metrics        *m = calloc(1, sizeof *m);
    struct timespec now;

    if (m == NULL || n_routes > ROUTES) {
        free(m);
        return NULL;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    m->started = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
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
    size_t which = r != NULL ? (size_t)(r - routes) : n_routes, code = 0;

    while (code + 1 < CODES && codes[code] != status)
        code++;
    pthread_mutex_lock(&m->mutex);
    m->requests[which][code]++;
    m->counts[which]++;
    m->seconds[which] += seconds;
    for (size_t b = 0; b < BUCKETS; b++)
        m->buckets[which][b] += seconds <= bounds[b];
    pthread_mutex_unlock(&m->mutex);
}

void metrics_batch(metrics *m, size_t pictures, double seconds)
{
    pthread_mutex_lock(&m->mutex);
    m->batches++;
    m->batch_pictures += (double)pictures;
    m->encode_seconds += seconds;
    for (size_t b = 0; b < 7; b++)
        m->batch_buckets[b] += (double)pictures <= batch_bounds[b];
    pthread_mutex_unlock(&m->mutex);
}

void metrics_pictures(metrics *m, size_t good, size_t bad)
{
    pthread_mutex_lock(&m->mutex);
    m->good += good;
    m->bad += bad;
    pthread_mutex_unlock(&m->mutex);
}

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(FILE *out, const char *name, const char *type, const char *help, double value)
{
    head(out, name, type, help);
    fprintf(out, "%s %.17g\n", name, value);
}

static void write_requests(const metrics *m, FILE *out)
{
    head(out, "rwda_http_requests_total", "counter", "Requests answered, by route and status code.");
    for (size_t r = 0; r <= n_routes; r++)
        for (size_t c = 0; c < CODES; c++)
            if (m->requests[r][c] > 0)
                fprintf(out, "rwda_http_requests_total{method=\"%s\",route=\"%s\",code=\"%u\"} %llu\n",
                        r < n_routes ? routes[r].method : "", r < n_routes ? routes[r].path : "none", codes[c],
                        (unsigned long long)m->requests[r][c]);
    head(out, "rwda_http_request_duration_seconds", "histogram",
         "From a request's headers to the end of its answer, by route.");
    for (size_t r = 0; r <= n_routes; r++) {
        char labels[120];

        if (m->counts[r] == 0)
            continue;
        (void)snprintf(labels, sizeof labels, "method=\"%s\",route=\"%s\"", r < n_routes ? routes[r].method : "",
                       r < n_routes ? routes[r].path : "none");
        for (size_t b = 0; b < BUCKETS; b++)
            fprintf(out, "rwda_http_request_duration_seconds_bucket{%s,le=\"%g\"} %llu\n", labels, bounds[b],
                    (unsigned long long)m->buckets[r][b]);
        fprintf(out, "rwda_http_request_duration_seconds_bucket{%s,le=\"+Inf\"} %llu\n", labels,
                (unsigned long long)m->counts[r]);
        fprintf(out, "rwda_http_request_duration_seconds_sum{%s} %.9g\n", labels, m->seconds[r]);
        fprintf(out, "rwda_http_request_duration_seconds_count{%s} %llu\n", labels, (unsigned long long)m->counts[r]);
    }
}

static void write_pictures(const metrics *m, FILE *out)
{
    head(out, "rwda_pictures_total", "counter", "Pictures scored or embedded, by outcome.");
    fprintf(out, "rwda_pictures_total{outcome=\"good\"} %llu\nrwda_pictures_total{outcome=\"failed\"} %llu\n",
            (unsigned long long)m->good, (unsigned long long)m->bad);
    head(out, "rwda_batch_pictures", "histogram", "Pictures encoded together.");
    for (size_t b = 0; b < 7; b++)
        fprintf(out, "rwda_batch_pictures_bucket{le=\"%g\"} %llu\n", batch_bounds[b],
                (unsigned long long)m->batch_buckets[b]);
    fprintf(out,
            "rwda_batch_pictures_bucket{le=\"+Inf\"} %llu\nrwda_batch_pictures_sum %.17g\nrwda_batch_pictures_count %llu\n",
            (unsigned long long)m->batches, m->batch_pictures, (unsigned long long)m->batches);
    one(out, "rwda_encode_seconds_total", "counter", "Time spent in the picture encoder.", m->encode_seconds);
}

static double resident_bytes(void)
{
    FILE *file  = fopen("/proc/self/statm", "r");
    long  pages = 0;

    if (file != NULL) {
        if (fscanf(file, "%*s %ld", &pages) != 1)
            pages = 0;
        (void)fclose(file);
    }
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double open_files(void)
{
    DIR   *folder = opendir("/proc/self/fd");
    double n      = 0;

    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL)
        n++;
    (void)closedir(folder);
    return n - 3; /* . and .. and the folder itself */
}

static void write_process(const metrics *m, FILE *out)
{
    struct rusage usage;
    double        cpu = 0;

    if (getrusage(RUSAGE_SELF, &usage) == 0)
        cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
              1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    one(out, "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", cpu);
    one(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", resident_bytes());
    one(out, "process_open_fds", "gauge", "Number of open file descriptors.", open_files());
    one(out, "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", m->started);
}

void answer_metrics(request *q)
{
    server                *s    = q->server;
    metrics               *m    = s->metrics;
    const rwda_model_info *info = rwda_model_get_info(s->model);
    char                  *text = NULL;
    size_t                 len  = 0;
    FILE                  *out  = open_memstream(&text, &len);
    int                    connections;

    if (out == NULL) {
        reply_problem(q, 503, NULL, "no memory");
        return;
    }
    pthread_mutex_lock(&s->mutex);
    connections = s->n_connections;
    pthread_mutex_unlock(&s->mutex);
    head(out, "rwda_build_info", "gauge", "The program, its kernels and its model.");
    fprintf(out, "rwda_build_info{version=\"%s\",cpu=\"%s\",precision=\"%s\",model=\"%.16s\"} 1\n", rwda_version(),
            info->cpu, info->precision, info->sha256);
    one(out, "rwda_queue_requests", "gauge", "Requests accepted and not answered yet.", queue_length(s->queue));
    one(out, "rwda_queue_limit_requests", "gauge", "The most requests that wait; more are answered 429.", s->limits.queue);
    one(out, "rwda_connections", "gauge", "Open connections.", connections);
    one(out, "rwda_training_running", "gauge", "1 while a detector is being trained.", training_running(s->training));
    pthread_mutex_lock(&m->mutex);
    write_requests(m, out);
    write_pictures(m, out);
    write_process(m, out);
    pthread_mutex_unlock(&m->mutex);
    if (fclose(out) != 0 || text == NULL) {
        free(text);
        reply_problem(q, 503, NULL, "no memory");
        return;
    }
    reply_bytes(q, "text/plain; version=0.0.4; charset=utf-8", text, len);
}

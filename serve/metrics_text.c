#include "serve/metrics_text.h"

#include "common/prometheus_text.h"
#include "common/text_stream.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

typedef unsigned long long ull;

static void write_gauges(FILE *out, const metrics_gauges *g)
{
    rw_prometheus_head(out, "rwda_build_info", "gauge", "The program, its kernels and its model.");
    fprintf(out, "rwda_build_info{version=\"%s\",cpu=\"%s\",precision=\"%s\",model=\"%.16s\"} 1\n", rwda_version(),
            g->model->cpu, g->model->precision, g->model->sha256);
    rw_prometheus_one(out, "rwda_queue_requests", "gauge", "Requests accepted and not answered yet.", g->queued);
    rw_prometheus_one(out, "rwda_queue_limit_requests", "gauge", "The most requests that wait; more are answered 429.",
                      g->queue_limit);
    rw_prometheus_one(out, "rwda_connections", "gauge", "Open connections.", g->connections);
    rw_prometheus_one(out, "rwda_training_running", "gauge", "1 while a detector is being trained.", g->training);
    rw_prometheus_one(out, "rwda_memories", "gauge", "Memories of normal images, those of the start included.",
                      (double)g->memories.count);
    rw_prometheus_one(out, "rwda_memories_bytes", "gauge", "Bytes of those made here, and of removed ones still in use.",
                      (double)g->memories.bytes);
    rw_prometheus_one(out, "rwda_memories_limit_bytes", "gauge", "The most bytes of memories made here.",
                      (double)g->memory_limit);
    rw_prometheus_one(out, "rwda_memories_waiting", "gauge", "Memories asked for and not there yet.", g->memories_waiting);
}

/* ---- Requests, by route --------------------------------------------------------------------------------------------------------------- */

typedef struct {
    const route *routes; /* [n] */
    size_t       n;
} route_table;

static const char *method_of(route_table t, size_t row)
{
    return row < t.n ? t.routes[row].method : "";
}

static const char *path_of(route_table t, size_t row)
{
    return row < t.n ? t.routes[row].path : "none";
}

static void write_codes(FILE *out, const metrics_counts *c, route_table t)
{
    rw_prometheus_head(out, "rwda_http_requests_total", "counter", "Requests answered, by route and status code.");
    for (size_t row = 0; row <= t.n; row++)
        for (size_t i = 0; i < METRICS_CODES; i++)
            if (c->requests[row][i] > 0)
                fprintf(out, "rwda_http_requests_total{method=\"%s\",route=\"%s\",code=\"%u\"} %llu\n", method_of(t, row),
                        path_of(t, row), metrics_codes[i], (ull)c->requests[row][i]);
}

static void write_times(FILE *out, const metrics_counts *c, route_table t)
{
    rw_prometheus_head(out, "rwda_http_request_duration_seconds", "histogram",
                       "From a request's headers to the end of its answer, by route.");
    for (size_t row = 0; row <= t.n; row++) {
        char labels[120];

        if (c->counts[row] == 0)
            continue;
        (void)snprintf(labels, sizeof labels, "method=\"%s\",route=\"%s\"", method_of(t, row), path_of(t, row));
        for (size_t i = 0; i < METRICS_TIMES; i++)
            fprintf(out, "rwda_http_request_duration_seconds_bucket{%s,le=\"%g\"} %llu\n", labels, metrics_times[i],
                    (ull)c->times[row][i]);
        fprintf(out, "rwda_http_request_duration_seconds_bucket{%s,le=\"+Inf\"} %llu\n", labels, (ull)c->counts[row]);
        fprintf(out, "rwda_http_request_duration_seconds_sum{%s} %.9g\n", labels, c->seconds[row]);
        fprintf(out, "rwda_http_request_duration_seconds_count{%s} %llu\n", labels, (ull)c->counts[row]);
    }
}

/* ---- Images --------------------------------------------------------------------------------------------------------------------------- */

static void write_images(FILE *out, const metrics_counts *c)
{
    rw_prometheus_head(out, "rwda_pictures_total", "counter", "Images scored, embedded or remembered, by outcome.");
    fprintf(out, "rwda_pictures_total{outcome=\"good\"} %llu\nrwda_pictures_total{outcome=\"failed\"} %llu\n", (ull)c->good,
            (ull)c->bad);
    rw_prometheus_head(out, "rwda_batch_pictures", "histogram", "Images encoded together.");
    for (size_t i = 0; i < METRICS_BATCHES; i++)
        fprintf(out, "rwda_batch_pictures_bucket{le=\"%g\"} %llu\n", metrics_batches[i], (ull)c->batch_sizes[i]);
    fprintf(out,
            "rwda_batch_pictures_bucket{le=\"+Inf\"} %llu\nrwda_batch_pictures_sum %.17g\nrwda_batch_pictures_count %llu\n",
            (ull)c->batches, c->batch_images, (ull)c->batches);
    rw_prometheus_one(out, "rwda_encode_seconds_total", "counter", "Time spent in the image encoder.", c->encode_seconds);
}

/* ---- The process ------------------------------------------------------------------------------------------------------------------------ */

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

static double cpu_seconds(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void write_process(FILE *out, const metrics_counts *c)
{
    rw_prometheus_one(out, "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.",
                      cpu_seconds());
    rw_prometheus_one(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", resident_bytes());
    rw_prometheus_one(out, "process_open_fds", "gauge", "Number of open file descriptors.", open_files());
    rw_prometheus_one(out, "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.",
                      c->started);
}

char *metrics_text(size_t *len, metrics *m, const metrics_gauges *gauges)
{
    metrics_counts counts;
    route_table    table;
    char          *text = NULL;
    FILE          *out  = rw_text_stream(&text, len);

    if (out == NULL)
        return NULL;
    metrics_read(&counts, &table.routes, &table.n, m);
    write_gauges(out, gauges);
    write_codes(out, &counts, table);
    write_times(out, &counts, table);
    write_images(out, &counts);
    rw_prometheus_drift(out, &counts.drift);
    write_process(out, &counts);
    if (!rw_text_stream_close(out)) {
        free(text);
        return NULL;
    }
    return text;
}

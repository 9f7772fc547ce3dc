#include "watch/metrics_file.h"

#include "base/file.h"
#include "common/prometheus_text.h"
#include "common/text_stream.h"

#include <stdlib.h>

static void write_images(FILE *out, const batch_totals *t)
{
    rw_prometheus_head(out, "rwda_watch_images_total", "counter", "Finished images, by what became of them.");
    fprintf(out, "rwda_watch_images_total{outcome=\"normal\"} %llu\n", t->normal);
    fprintf(out, "rwda_watch_images_total{outcome=\"review\"} %llu\n", t->review);
    fprintf(out, "rwda_watch_images_total{outcome=\"anomalous\"} %llu\n", t->anomalous);
    fprintf(out, "rwda_watch_images_total{outcome=\"unlabelled\"} %llu\n", t->scored - t->normal - t->review - t->anomalous);
    fprintf(out, "rwda_watch_images_total{outcome=\"failed\"} %llu\n", t->failed);
    rw_prometheus_one(out, "rwda_watch_last_scored_timestamp_seconds", "gauge",
                      "When the last image was scored; 0: none was.", t->last);
}

static void write_deliveries(FILE *out, const watch_metrics *m)
{
    rw_prometheus_head(out, "rwda_watch_deliveries_total", "counter", "Records delivered.");
    for (int sink = 0; sink < SINKS; sink++)
        fprintf(out, "rwda_watch_deliveries_total{to=\"%s\"} %llu\n", ledger_sink_name((ledger_sink)sink), m->sent[sink]);
    rw_prometheus_head(out, "rwda_watch_delivery_failures_total", "counter", "Tries to deliver a record that failed.");
    for (int sink = 0; sink < SINKS; sink++)
        fprintf(out, "rwda_watch_delivery_failures_total{to=\"%s\"} %llu\n", ledger_sink_name((ledger_sink)sink),
                m->failed_tries[sink]);
    rw_prometheus_head(out, "rwda_watch_deliveries", "gauge", "Records that wait to be delivered, and that were given up.");
    for (int sink = 0; sink < SINKS; sink++) {
        fprintf(out, "rwda_watch_deliveries{to=\"%s\",state=\"waiting\"} %zu\n", ledger_sink_name((ledger_sink)sink),
                m->deliveries.waiting[sink]);
        fprintf(out, "rwda_watch_deliveries{to=\"%s\",state=\"failed\"} %zu\n", ledger_sink_name((ledger_sink)sink),
                m->deliveries.failed[sink]);
    }
}

rwda_status watch_metrics_write(const char *path, const watch_metrics *m, rwda_error *err)
{
    char       *text = NULL;
    size_t      len  = 0;
    FILE       *out  = rw_text_stream(&text, &len);
    rwda_status status;

    if (out == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory", path);
    write_images(out, &m->totals);
    write_deliveries(out, m);
    rw_prometheus_one(out, "rwda_watch_unsettled_files", "gauge", "Files that are not finished, or cannot be read yet.",
                      (double)m->unsettled);
    rw_prometheus_one(out, "rwda_watch_folder_up", "gauge", "1 while the watched folder is there.", m->there);
    rw_prometheus_one(out, "rwda_watch_polls", "gauge", "1 without inotify.", m->folder.polls);
    rw_prometheus_one(out, "rwda_watch_scans_total", "counter", "Times that the folder was looked through.",
                      (double)m->folder.scans);
    rw_prometheus_one(out, "rwda_watch_overflows_total", "counter", "Times that inotify's queue overflowed.",
                      (double)m->folder.overflows);
    rw_prometheus_drift(out, m->drift);
    rw_prometheus_one(out, "rwda_watch_start_time_seconds", "gauge", "When it was started, seconds since 1970.", m->started);
    status = rw_text_stream_close(out) ? rw_file_write(path, text, len, true, err)
                                       : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory", path);
    free(text);
    return status;
}

/* metrics_file.h - what a watch has done, as a file for node_exporter.                                layer: watch */
#ifndef WATCH_METRICS_FILE_H
#define WATCH_METRICS_FILE_H

#include "watch/batch.h"
#include "watch/folder.h"

typedef struct {
    batch_totals            totals;
    ledger_counts           deliveries;
    unsigned long long      sent[SINKS], failed_tries[SINKS];
    folder_counts           folder;
    const rwda_drift_state *drift;
    size_t                  unsettled;
    bool                    there; /* the folder */
    double                  started;
} watch_metrics;

/* Replaces the file whole.  RWDA_EIO, RWDA_ENOMEM. */
rwda_status watch_metrics_write(const char *path, const watch_metrics *metrics, rwda_error *err);

#endif

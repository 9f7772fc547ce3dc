/* numbers.h - what a watch has done, as a file for node_exporter.                                       layer: watch */
#ifndef WATCH_NUMBERS_H
#define WATCH_NUMBERS_H

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
} watch_numbers;

/* Replaces the file whole.  RWDA_EIO, RWDA_ENOMEM. */
rwda_status watch_numbers_write(const char *path, const watch_numbers *numbers, rwda_error *err);

#endif

/* prometheus_text.h - metrics in Prometheus' text format 0.0.4.                                       layer: common
 *
 * Counters end in _total, times are seconds, histograms are cumulative. */
#ifndef RW_PROMETHEUS_TEXT_H
#define RW_PROMETHEUS_TEXT_H

#include <rwda_drift.h>
#include <stdio.h>

void rw_prometheus_head(FILE *out, const char *name, const char *type, const char *help);
void rw_prometheus_one(FILE *out, const char *name, const char *type, const char *help, double value);

/* Where a threshold file was given; else (a limit that is not positive) nothing. */
void rw_prometheus_drift(FILE *out, const rwda_drift_state *state);

#endif

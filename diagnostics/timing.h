/* timing.h - a stage's seconds over many runs.                                                    layer: diagnostics */
#ifndef TIMING_H
#define TIMING_H

#include "diagnostics/stages.h"

#define TIMING_RUNS_MAX 100000

typedef struct {
    double *seconds; /* [n], ascending; the caller's to free() */
    size_t  n;
    long    peak_mb; /* of the process, after this stage */
} stage_timing;

/* Once to warm up, then `runs` times at least and for so many seconds.  RWDA_ENOMEM; what the stage says. */
rwda_status timing_measure(stage_timing *out, const stage_case *c, size_t runs, double seconds, rwda_error *err);
double      timing_quantile(const stage_timing *t, size_t percent); /* nearest rank */

long timing_peak_mb(void);
double
timing_stolen(void); /* by the hypervisor, for others: CPU seconds since the machine started; 0 where it is not told */

#endif

#include "diagnostics/timing.h"

#include "base/memory.h"
#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

double timing_quantile(const stage_timing *t, size_t percent)
{
    size_t rank = (t->n * percent + 99) / 100;

    return t->seconds[(rank > 0 ? rank : 1) - 1];
}

long timing_peak_mb(void)
{
    struct rusage usage;

    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss / 1024 : 0;
}

double timing_stolen(void)
{
    FILE         *file  = fopen("/proc/stat", "r");
    unsigned long v     = 0;
    bool          found = file != NULL && fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %lu", &v) == 1;

    if (file != NULL)
        (void)fclose(file);
    return found ? (double)v / (double)sysconf(_SC_CLK_TCK) : 0.0;
}

rwda_status timing_measure(stage_timing *out, const stage_case *c, size_t runs, double seconds, rwda_error *err)
{
    size_t      room = 0;
    double      start, one;
    rwda_status status = c->run(&one, c, err);

    *out  = (stage_timing){ 0 };
    start = rw_now_ms();
    while (status == RWDA_OK && (out->n < runs || (rw_now_ms() - start < 1e3 * seconds && out->n < TIMING_RUNS_MAX))) {
        status = c->run(&one, c, err);
        if (status == RWDA_OK && !rw_array_reserve((void **)&out->seconds, &room, out->n, 1, sizeof *out->seconds))
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the times of %zu runs", out->n + 1);
        if (status == RWDA_OK)
            out->seconds[out->n++] = one;
    }
    rw_sort_doubles(out->seconds, out->n);
    out->peak_mb = timing_peak_mb();
    return status;
}

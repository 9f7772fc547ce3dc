/* clock.h - time that never goes back.                                                             layer: common */
#ifndef RW_CLOCK_H
#define RW_CLOCK_H

#include <time.h>

static inline double rw_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

#endif

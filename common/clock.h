/* clock.h - what time is it?                                                                       layer: common */
#ifndef RW_CLOCK_H
#define RW_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds that never go back, for what passes between two calls. */
static inline double rw_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* Milliseconds since 1970: what other processes understand; somebody may set this clock. */
static inline int64_t rw_unix_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The same as "2026-11-28T12:00:00.123Z". */
#define RW_UTC_TEXT 40
void rw_utc_text(char out[RW_UTC_TEXT], int64_t unix_ms);

#endif

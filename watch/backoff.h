/* backoff.h - how long until the next try?                                                            layer: watch */
#ifndef WATCH_BACKOFF_H
#define WATCH_BACKOFF_H

#include <stdint.h>

#define BACKOFF_MOST_MS 600000

/* After `tries` >= 1 in vain: 1, 2, 4, ... seconds, 10 minutes at most; milliseconds. */
static inline int64_t backoff_ms(int tries)
{
    return tries > 10 ? BACKOFF_MOST_MS : tries < 1 ? 0 : INT64_C(1000) << (tries - 1);
}

#endif

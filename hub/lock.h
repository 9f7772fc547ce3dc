/* lock.h - a lock between processes, the one of Python's filelock.                                     layer: hub */
#ifndef RW_HUB_LOCK_H
#define RW_HUB_LOCK_H

#include "common/events.h"

#include "base/status.h"

#include <stdbool.h>

/* flock() on a file that stays where it is, so that all who wait have the same one open. */
typedef struct {
    int fd; /* -1: not held */
} rw_hub_lock;

/* Waits until nobody else holds it; `what` is named in a note when that takes a while.  The folder must be there.  RWDA_EIO,
 * RWDA_ECANCELLED. */
rwda_status rw_hub_lock_take(rw_hub_lock *out, const char *path, const char *what, const rwda_events *events,
                             rwda_error *err);
bool        rw_hub_lock_is_free(const char *path); /* at this moment; no such file: yes */
void        rw_hub_lock_give(rw_hub_lock *lock);

#endif

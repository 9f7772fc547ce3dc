/* events.h - what long work tells its caller on the way.                                           layer: common */
#ifndef RW_EVENTS_H
#define RW_EVENTS_H

#include <rwda.h>

/* events, and each function in it, may be NULL. */
int  rw_progress(const rwda_events *events, const char *stage, size_t done, size_t total); /* non-zero: stop */
void rw_note(const rwda_events *events, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rw_warn(const rwda_events *events, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

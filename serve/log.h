/* log.h - the service's log: JSON lines on standard error.                                              layer: serve */
#ifndef SERVE_LOG_H
#define SERVE_LOG_H

#include <jansson.h>
#include <rwda.h>

/* level: "info", "warning" or "error".  Takes fields, further members of the line; NULL: none.  Any thread. */
void log_event(const char *level, const char *message, json_t *fields);

/* Warnings as lines of the log; what is noted is left out. */
extern const rwda_events log_events;

/* A text as JSON; "?" where it is not UTF-8. */
json_t *log_text(const char *text);

#endif

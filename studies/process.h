/* process.h - time and peak memory of a program in a process of its own.                             layer: studies */
#ifndef STUDY_PROCESS_H
#define STUDY_PROCESS_H

#include <rwda.h>

typedef struct {
    double ms;   /* from its start to its end */
    double mib;  /* peak resident memory */
    int    code; /* it exited with; -1: a signal ended it */
} process_cost;

/* Runs `program` with NULL-terminated `arguments`, the first of which is its name, and waits; what it prints goes to the file `output`.
 * RWDA_EIO: it cannot be started, or nothing is known about its end. */
rwda_status process_measure(process_cost *out, const char *program, const char *const *arguments, const char *output,
                            rwda_error *err);

#endif

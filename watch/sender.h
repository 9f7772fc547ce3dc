/* sender.h - what sends one record somewhere.                                                          layer: watch */
#ifndef WATCH_SENDER_H
#define WATCH_SENDER_H

#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>

/* What became of a try that failed. */
typedef struct {
    bool down;   /* nothing gets through at the moment: others need not be tried */
    int  wait_s; /* the receiver asks for so many seconds; 0: it does not */
} sender_failure;

/* A struct that begins with it; one thread sends at a time. */
typedef struct sender sender;
struct sender {
    /* Returns when the receiver has confirmed it.  stop: soon, with a failure. */
    rwda_status (*send)(sender *self, const char *id, const char *body, const atomic_bool *stop, sender_failure *failure,
                        rwda_error *err);
    void (*free)(sender *self);
};

#endif

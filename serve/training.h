/* training.h - training of detectors while the service goes on: one at a time, the last is remembered.  layer: serve
 *
 * In a thread of its own with its own session, at a lower priority than scoring.  The result joins the detectors. */
#ifndef SERVE_TRAINING_H
#define SERVE_TRAINING_H

#include "serve/detectors.h"

typedef enum { TRAINING_NONE, TRAINING_RUNNING, TRAINING_DONE, TRAINING_FAILED, TRAINING_CANCELLED } training_state;

typedef struct {
    training_state state;
    char           id[24], name[65]; /* "" before the first */
    char           stage[40];        /* of the work, with how much of it is done */
    size_t         done, total;
    double         seconds;
    char           detector[17]; /* id of TRAINING_DONE's result */
    rwda_error     err;          /* of TRAINING_FAILED */
} training_report;

typedef struct training training;

/* What is given must outlive it.  threads: of its session.  NULL: no memory. */
training *training_new(const rwda_model *model, int threads, detectors *registry);
void      training_free(training *t); /* cancels and waits */

/* Starts one, when none is running.  The strings that options point into belong to `owner`, which is held until the next start; name "":
 * "trained-<number>".  *out is its report.  false: no thread could be started.  By one thread alone. */
bool training_start(training_report *out, training *t, const rwda_train_options *options, json_t *owner, const char *name);

/* Any thread. */
void training_read(training_report *out, training *t);
bool training_is_running(training *t);
void training_cancel(training *t); /* soon */

#endif

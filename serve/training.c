#include "serve/training.h"

#include "common/clock.h"
#include "serve/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct training {
    const rwda_model  *model;
    int                threads;
    detectors         *registry;
    pthread_t          thread;
    bool               joinable;
    json_t            *owner; /* of what options point into */
    rwda_train_options options;
    pthread_mutex_t    mutex; /* guards what follows */
    training_report    report;
    bool               cancel;
    unsigned           number;
    double             start_ms;
};

training *training_new(const rwda_model *model, int threads, detectors *registry)
{
    training *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->model    = model;
    t->threads  = threads;
    t->registry = registry;
    pthread_mutex_init(&t->mutex, NULL);
    return t;
}

static void join(training *t)
{
    if (t->joinable)
        pthread_join(t->thread, NULL);
    t->joinable = false;
}

void training_free(training *t)
{
    if (t == NULL)
        return;
    training_cancel(t);
    join(t);
    json_decref(t->owner);
    pthread_mutex_destroy(&t->mutex);
    free(t);
}

/* ---- The thread ---------------------------------------------------------------------------------------------------------------------- */

static int on_progress(void *user, const char *stage, size_t done, size_t total)
{
    training *t = user;
    bool      cancel;

    pthread_mutex_lock(&t->mutex);
    (void)snprintf(t->report.stage, sizeof t->report.stage, "%s", stage);
    t->report.done  = done;
    t->report.total = total;
    cancel          = t->cancel;
    pthread_mutex_unlock(&t->mutex);
    return cancel;
}

static rwda_status train(training *t, char id[17], rwda_error *err)
{
    rwda_session_options options  = RWDA_SESSION_OPTIONS_INIT;
    rwda_session        *session  = NULL;
    rwda_detector       *detector = NULL;
    rwda_status          status;

    options.threads = t->threads;
    RW_TRY(rwda_session_new(&session, t->model, &options, err));
    RW_TRY(rwda_train(&detector, session, &t->options, on_progress, t, err));
    RW_TRY(detectors_add_trained(t->registry, detector, t->report.name, id, err));
done:
    rwda_session_free(session);
    return status;
}

static void *training_main(void *argument)
{
    training       *t      = argument;
    rwda_error      err    = { RWDA_OK, RWDA_NO_OFFSET, "" };
    char            id[17] = "";
    rwda_status     status;
    training_report report;

    (void)setpriority(PRIO_PROCESS, 0, 10); /* on Linux: of this thread, and of those it starts */
    status = train(t, id, &err);
    pthread_mutex_lock(&t->mutex);
    t->report.state   = status == RWDA_OK ? TRAINING_DONE : status == RWDA_ECANCELLED ? TRAINING_CANCELLED : TRAINING_FAILED;
    t->report.err     = err;
    t->report.seconds = (rw_now_ms() - t->start_ms) / 1e3;
    strcpy(t->report.detector, id);
    report = t->report;
    pthread_mutex_unlock(&t->mutex);
    log_event(
        status == RWDA_OK ? "info" : "warning", "training ended",
        json_pack("{s:s, s:s, s:f}", "training", report.id, "status", rwda_status_name(status), "seconds", report.seconds));
    return NULL;
}

/* ---- For requests ---------------------------------------------------------------------------------------------------------------------- */

/* The mutex is held. */
static void report_now(training_report *out, const training *t)
{
    *out = t->report;
    if (out->state == TRAINING_RUNNING)
        out->seconds = (rw_now_ms() - t->start_ms) / 1e3;
}

bool training_start(training_report *out, training *t, const rwda_train_options *options, json_t *owner, const char *name)
{
    training_report *r = &t->report;

    join(t);
    json_decref(t->owner);
    t->owner   = json_incref(owner);
    t->options = *options;
    pthread_mutex_lock(&t->mutex);
    t->cancel   = false;
    t->start_ms = rw_now_ms();
    *r          = (training_report){ .state = TRAINING_RUNNING, .stage = "starting" };
    (void)snprintf(r->id, sizeof r->id, "t%u", ++t->number);
    if (name[0] != '\0')
        (void)snprintf(r->name, sizeof r->name, "%s", name);
    else
        (void)snprintf(r->name, sizeof r->name, "trained-%u", t->number);
    t->joinable = pthread_create(&t->thread, NULL, training_main, t) == 0;
    if (!t->joinable)
        r->state = TRAINING_FAILED;
    report_now(out, t);
    pthread_mutex_unlock(&t->mutex);
    return t->joinable;
}

void training_read(training_report *out, training *t)
{
    pthread_mutex_lock(&t->mutex);
    report_now(out, t);
    pthread_mutex_unlock(&t->mutex);
}

bool training_is_running(training *t)
{
    training_report report;

    training_read(&report, t);
    return report.state == TRAINING_RUNNING;
}

void training_cancel(training *t)
{
    pthread_mutex_lock(&t->mutex);
    t->cancel = true;
    pthread_mutex_unlock(&t->mutex);
}

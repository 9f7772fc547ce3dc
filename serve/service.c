#include "serve/service.h"

#include "base/memory.h"
#include "common/image_reading.h"
#include "common/ready_detector.h"
#include "serve/connections.h"
#include "serve/exchange.h"
#include "serve/kind_lists.h"
#include "serve/listen.h"
#include "serve/log.h"
#include "serve/memories.h"
#include "serve/metrics.h"
#include "serve/queue.h"
#include "serve/request.h"
#include "serve/route_table.h"
#include "serve/scorers.h"
#include "serve/server.h"
#include "serve/token.h"
#include "serve/training.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKERS_MAX 4

struct service {
    service_context context;
    bool            no_drift;
    listener        listener; /* socket -1: closed */
    char           *token;
    const char     *detectors, *memories, *cache;
};

/* Images and embeddings go back to the kernel as soon as they are freed.  Left alone, glibc keeps ever larger buffers in its arenas
 * once it has seen one freed, and what a service at rest holds depends on which thread freed last: a few per cent, up and down. */
static void return_large_buffers(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, 64 << 10);
#endif
}

/* Threads started later inherit it; the main thread waits for them (server.c). */
static void block_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

rwda_status service_open(service **out, const service_options *o, rwda_error *err)
{
    service    *s = calloc(1, sizeof *s);
    rwda_status status;

    *out = NULL;
    if (s == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the service");
    return_large_buffers();
    s->listener.socket = -1;
    s->detectors       = o->detectors;
    s->no_drift        = o->no_drift;
    s->memories        = o->memories;
    s->cache           = o->cache;
    RW_TRY(token_read(&s->token, o->token_file, o->token, err));
    RW_TRY(listen_open(&s->listener, o->listen, s->token != NULL || o->allow_anyone, err));
    s->context.limits = o->limits;
    s->context.quiet  = o->quiet;
    s->context.access = (access_rules){ s->token, s->listener.local };
    s->context.budget = (body_budget){ .most = (size_t)o->limits.held };
    trace_numbers_init(&s->context.numbers);
    block_signals();
    *out = s;
done:
    if (status != RWDA_OK)
        service_free(s);
    return status;
}

/* The one that 'rwda score' takes; none is trained at a start, which must not take minutes. */
static rwda_status load_ready(service *s, rwda_error *err)
{
    rwda_detector *found = NULL;
    char           kept[RW_PATH_MAX];

    if (rw_ready_detector_find(&found, kept, rwda_model_get_info(s->context.model), s->cache))
        return detectors_add_given(s->context.detectors, found, "ready", err);
    if (s->memories != NULL) /* words are not what it is for */
        return RWDA_OK;
    log_event("warning",
              "no detector was given, and the model has none yet: requests are scored by method clip until one is trained "
              "here; 'rwda score' makes and keeps one for the next start",
              NULL);
    return RWDA_OK;
}

static rwda_status load_detectors(service *s, rwda_error *err)
{
    char       *list = s->detectors != NULL ? rw_string_copy(s->detectors) : NULL, *rest = list;
    const char *sha256 = rwda_model_get_info(s->context.model)->sha256;
    rwda_status status = RWDA_OK;

    if (s->detectors == NULL)
        return load_ready(s, err);
    if (list == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the detectors");
    for (char *path = strsep(&rest, ","); path != NULL && status == RWDA_OK; path = strsep(&rest, ","))
        status = detectors_add_file(s->context.detectors, path, sha256, err);
    free(list);
    return status;
}

static rwda_status load_memories(service *s, rwda_error *err)
{
    const service_context *c    = &s->context;
    char                  *list = s->memories != NULL ? rw_string_copy(s->memories) : NULL, *rest = list;
    rwda_status            status = RWDA_OK;

    if (list == NULL && s->memories != NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the memories");
    for (char *path = strsep(&rest, ","); path != NULL && status == RWDA_OK; path = strsep(&rest, ","))
        status = memories_add_file(c->memories, path, c->model, c->session, err);
    free(list);
    if (status == RWDA_OK && s->detectors == NULL)
        s->context.unnamed = memories_hold(c->memories, NULL);
    return status;
}

/* A threshold file that does not decide requests that name nothing is there for others, or by mistake. */
static rwda_status check_threshold(service_context *c, rwda_error *err)
{
    request           *r = request_new(c, "POST", "/", NULL); /* one that names nothing */
    const rwda_scorer *scorer;
    rwda_error         why;
    rwda_status        status;

    if (r == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the service");
    (void)request_read_settings(r);
    status = scorers_get(&scorer, r->settings.memory != NULL ? r->settings.memory->scorers : c->scorers, c->session,
                         &r->settings, err);
    if (status == RWDA_OK && decision_check(&c->decision, scorer, &why) != RWDA_OK) {
        char text[sizeof why.message + 100];

        (void)snprintf(text, sizeof text, "the threshold file does not decide requests that name nothing: %s", why.message);
        log_event("warning", text, NULL);
    }
    request_free(r);
    return status;
}

rwda_status service_load(service *s, const rwda_model *model, rwda_session *session, const decision *d, rwda_error *err)
{
    service_context *c       = &s->context;
    rwda_status      status  = RWDA_OK;
    int              threads = rwda_session_threads(session);

    c->model       = model;
    c->session     = session;
    c->decision    = *d;
    c->metrics     = metrics_new(service_routes, n_service_routes);
    c->connections = connections_new(&c->limits);
    c->queue       = queue_new(&c->limits, threads < WORKERS_MAX ? threads : WORKERS_MAX, exchange_resume);
    c->detectors   = detectors_new();
    c->memories    = memories_new(c->detectors, &c->limits);
    c->scorers     = scorers_new(c->detectors);
    c->kind_lists  = kind_lists_new();
    c->training    = training_new(model, threads, c->detectors);
    if (c->metrics == NULL || c->connections == NULL || c->queue == NULL || c->detectors == NULL || c->memories == NULL ||
        c->scorers == NULL || c->kind_lists == NULL || c->training == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the service");
    if (d->calibration != NULL)
        rw_warn_preprocessing(&log_events, d->name, rwda_thresholds_get_info(d->calibration)->preprocessing);
    if (!s->no_drift)
        RW_TRY(drift_watch_open(&c->drift, d, (size_t)rwda_model_get_info(model)->embed_dim, err));
    if (c->drift.drift != NULL)
        metrics_drift(c->metrics, &c->drift.state);
    RW_TRY(load_detectors(s, err));
    RW_TRY(load_memories(s, err));
    status = d->calibration != NULL ? check_threshold(c, err) : RWDA_OK;
done:
    return status;
}

static json_t *named(const char *name, const char *sha256)
{
    return json_pack("{s:o, s:s}", "name", log_text(name), "sha256", sha256);
}

/* With what scores requests that name nothing. */
rwda_status service_run(service *s, rwda_error *err)
{
    int                 fd     = s->listener.socket;
    const memory_entry *memory = s->context.unnamed;
    detector_entry     *first  = memory == NULL ? detectors_hold(s->context.detectors, NULL) : NULL;

    log_event("info", "listening",
              json_pack("{s:s, s:i, s:s, s:s, s:o, s:o}", "url", s->listener.url, "pid", (int)getpid(), "model",
                        rwda_model_get_info(s->context.model)->weights_path, "method",
                        memory != NULL  ? "memory"
                        : first != NULL ? "fnn"
                                        : "clip",
                        "detector", first != NULL ? named(first->name, rwda_detector_sha256(first->detector)) : json_null(),
                        "memory",
                        memory != NULL ? named(memory->name, rwda_memory_get_info(memory->memory)->sha256) : json_null()));
    if (first != NULL)
        detectors_release(s->context.detectors, first);
    s->listener.socket = -1;
    return server_run(&s->context, fd, err);
}

void service_free(service *s)
{
    if (s == NULL)
        return;
    if (s->listener.socket >= 0)
        (void)close(s->listener.socket);
    training_free(s->context.training);
    scorers_free(s->context.scorers);
    kind_lists_free(s->context.kind_lists);
    drift_watch_close(&s->context.drift);
    if (s->context.unnamed != NULL)
        memories_release(s->context.memories, s->context.unnamed);
    memories_free(s->context.memories);
    detectors_free(s->context.detectors);
    queue_free(s->context.queue);
    connections_free(s->context.connections);
    metrics_free(s->context.metrics);
    free(s->token);
    free(s);
}

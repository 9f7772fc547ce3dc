/* training.c - how is a detector trained while the service goes on?
 *
 * One at a time, in a thread of its own with its own session, at a lower priority than scoring.  POST /v1/trainings starts it,
 * GET /v1/trainings/{id} tells how far it is, DELETE cancels it.  The result joins the detectors. */
#include "serve.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../pipeline.h"

#define WORDS_MAX 2000 /* bytes of a list of words or templates */

typedef enum { IDLE, RUNNING, DONE, FAILED, CANCELLED } state;

struct training {
    server            *server;
    pthread_t          thread;
    bool               joinable;
    json_t            *body; /* options point into it */
    rwda_train_options options;
    pthread_mutex_t    mutex; /* guards what follows */
    state              state;
    bool               cancel;
    unsigned           number;
    char               id[24], name[65], stage[40], detector[17];
    size_t             done, total;
    double             start_ms, seconds;
    rwda_error         err;
};

training *training_new(server *s)
{
    training *t = calloc(1, sizeof *t);

    if (t != NULL) {
        t->server = s;
        pthread_mutex_init(&t->mutex, NULL);
    }
    return t;
}

static void cancel_and_wait(training *t)
{
    pthread_mutex_lock(&t->mutex);
    t->cancel = true;
    pthread_mutex_unlock(&t->mutex);
    if (t->joinable)
        pthread_join(t->thread, NULL);
    t->joinable = false;
}

void training_free(training *t)
{
    if (t == NULL)
        return;
    cancel_and_wait(t);
    json_decref(t->body);
    pthread_mutex_destroy(&t->mutex);
    free(t);
}

bool training_running(training *t)
{
    bool running;

    pthread_mutex_lock(&t->mutex);
    running = t->state == RUNNING;
    pthread_mutex_unlock(&t->mutex);
    return running;
}

/* ---- The thread ---------------------------------------------------------------------------------------------------------------------- */

static int on_progress(void *user, const char *stage, size_t done, size_t total)
{
    training *t = user;
    bool      cancel;

    pthread_mutex_lock(&t->mutex);
    (void)snprintf(t->stage, sizeof t->stage, "%s", stage);
    t->done  = done;
    t->total = total;
    cancel   = t->cancel;
    pthread_mutex_unlock(&t->mutex);
    return cancel;
}

static void *training_main(void *argument)
{
    training            *t        = argument;
    rwda_session_options options  = RWDA_SESSION_OPTIONS_INIT;
    rwda_session        *session  = NULL;
    rwda_detector       *detector = NULL;
    char                 id[17]   = "";
    rwda_error           err      = { RWDA_OK, RWDA_NO_OFFSET, "" };
    rwda_status          status;

    (void)setpriority(PRIO_PROCESS, 0, 10); /* on Linux: of this thread, and of those it starts */
    options.threads = rwda_session_threads(t->server->session);
    status          = rwda_session_new(&session, t->server->model, &options, &err);
    if (status == RWDA_OK)
        status = rwda_detector_train(&detector, session, &t->options, on_progress, t, &err);
    if (status == RWDA_OK)
        status = detectors_add_trained(t->server->detectors, detector, t->name, id, &err);
    rwda_session_free(session);
    pthread_mutex_lock(&t->mutex);
    t->state   = status == RWDA_OK ? DONE : status == RWDA_ECANCELLED ? CANCELLED : FAILED;
    t->err     = err;
    t->seconds = (pipeline_now_ms() - t->start_ms) / 1e3;
    strcpy(t->detector, id);
    pthread_mutex_unlock(&t->mutex);
    log_event(t->server, status == RWDA_OK ? "info" : "warning", "training ended",
              json_pack("{s:s, s:s, s:f}", "training", t->id, "status", rwda_status_name(status), "seconds", t->seconds));
    return NULL;
}

/* ---- What was asked for ---------------------------------------------------------------------------------------------------------------- */

static bool whole(request *q, int *out, const char *name, const json_t *value, int low, int high)
{
    if (!json_is_integer(value) || json_integer_value(value) < low || json_integer_value(value) > high) {
        reply_problem(q, 422, NULL, "%s: a whole number in %d..%d is wanted", name, low, high);
        return false;
    }
    *out = (int)json_integer_value(value);
    return true;
}

static bool words(request *q, const char **out, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);

    if (text == NULL || text[0] == '\0' || strlen(text) > WORDS_MAX || strlen(text) != json_string_length(value)) {
        reply_problem(q, 422, NULL, "%s: text of 1..%d bytes is wanted", name, WORDS_MAX);
        return false;
    }
    *out = text;
    return true;
}

static bool one_option(request *q, rwda_train_options *o, const char *name, const json_t *value)
{
    int seed;

    if (strcmp(name, "pairs") == 0)
        return whole(q, &o->pairs, name, value, 1, q->server->limits.train_pairs);
    if (strcmp(name, "epochs") == 0)
        return whole(q, &o->epochs, name, value, 1, 50);
    if (strcmp(name, "ensemble") == 0)
        return whole(q, &o->ensemble, name, value, 1, 8);
    if (strcmp(name, "hidden") == 0)
        return whole(q, &o->hidden, name, value, 0, 2048);
    if (strcmp(name, "seed") == 0) {
        if (!whole(q, &seed, name, value, 0, 2147483647))
            return false;
        o->seed = (uint64_t)seed;
        return true;
    }
    if (strcmp(name, "normal_words") == 0)
        return words(q, &o->normal_words, name, value);
    if (strcmp(name, "anomalous_words") == 0)
        return words(q, &o->anomalous_words, name, value);
    if (strcmp(name, "templates") == 0)
        return words(q, &o->templates, name, value);
    if (strcmp(name, "preset") == 0 || strcmp(name, "name") == 0)
        return true;
    reply_problem(q, 422, NULL,
                  "no setting \"%.60s\"; there are name, preset, pairs, epochs, ensemble, hidden, seed, normal_words, "
                  "anomalous_words, templates",
                  name);
    return false;
}

static bool read_options(request *q, json_t *body, rwda_train_options *o, char name[65])
{
    const json_t *preset = json_object_get(body, "preset"), *given = json_object_get(body, "name");
    const char   *key;
    json_t       *value;
    rwda_error    err;

    if ((preset != NULL && !json_is_string(preset)) ||
        (given != NULL && (!json_is_string(given) || json_string_length(given) > 64 || json_string_length(given) == 0))) {
        reply_problem(q, 422, NULL, "preset is paper or best, name a string of 1..64 bytes");
        return false;
    }
    if (rwda_train_options_preset(o, preset != NULL ? json_string_value(preset) : "paper", &err) != RWDA_OK) {
        reply_problem(q, 422, rwda_status_name(err.code), "%s", err.message);
        return false;
    }
    o->cache_dir = NULL; /* strangers' words fill no disk */
    if (o->pairs > q->server->limits.train_pairs)
        o->pairs = q->server->limits.train_pairs;
    json_object_foreach(body, key, value) if (!one_option(q, o, key, value)) return false;
    (void)snprintf(name, 65, "%s", given != NULL ? json_string_value(given) : "");
    return true;
}

static json_t *describe(const training *t)
{
    static const char *const states[] = { "idle", "running", "done", "failed", "cancelled" };
    double                   seconds  = t->state == RUNNING ? (pipeline_now_ms() - t->start_ms) / 1e3 : t->seconds;
    json_t                  *root =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:f, s:s?}", "schema", "rwda.training/1", "id", t->id, "name",
                  t->name, "state", states[t->state], "stage", t->stage, "done", (json_int_t)t->done, "total",
                  (json_int_t)t->total, "seconds", seconds, "detector", t->state == DONE ? t->detector : NULL);

    if (root != NULL && t->state == FAILED)
        (void)json_object_set_new(root, "error",
                                  json_pack("{s:s, s:s}", "code", rwda_status_name(t->err.code), "message", t->err.message));
    return root;
}

/* ---- Routes, all on libmicrohttpd's thread: nobody else starts or joins ------------------------------------------------------------------ */

void answer_training_start(request *q)
{
    training          *t = q->server->training;
    rwda_train_options options;
    char               name[65];
    json_t            *body;
    json_t            *started;

    if (!q->server->limits.training) {
        reply_problem(q, 403, NULL, "this service was started with --no-training");
        return;
    }
    if (server_draining(q->server)) {
        reply_problem(q, 503, NULL, "the service is stopping");
        return;
    }
    if (training_running(t)) {
        reply_problem(q, 409, NULL, "training %s is running; one runs at a time", t->id);
        return;
    }
    body = body_json(q);
    if (body == NULL || !read_options(q, body, &options, name))
        return;
    if (t->joinable)
        pthread_join(t->thread, NULL);
    t->joinable = false;
    json_decref(t->body);
    t->body    = json_incref(body);
    t->options = options;
    pthread_mutex_lock(&t->mutex);
    t->state  = RUNNING;
    t->cancel = false;
    t->done = t->total = 0;
    t->start_ms        = pipeline_now_ms();
    t->err             = (rwda_error){ RWDA_OK, RWDA_NO_OFFSET, "" };
    (void)snprintf(t->id, sizeof t->id, "t%u", ++t->number);
    (void)snprintf(t->name, sizeof t->name, "%s", name);
    if (name[0] == '\0')
        (void)snprintf(t->name, sizeof t->name, "trained-%u", t->number);
    (void)snprintf(t->stage, sizeof t->stage, "starting");
    t->joinable = pthread_create(&t->thread, NULL, training_main, t) == 0;
    if (!t->joinable)
        t->state = FAILED;
    started = describe(t);
    pthread_mutex_unlock(&t->mutex);
    if (!t->joinable) {
        json_decref(started);
        reply_problem(q, 503, NULL, "no thread could be started");
        return;
    }
    reply_json(q, 202, started);
    reply_header(q, "Location", "/v1/trainings/%s", t->id);
}

static bool known(request *q)
{
    training *t = q->server->training;
    bool      same;

    pthread_mutex_lock(&t->mutex);
    same = strcmp(q->names[0], t->id) == 0;
    pthread_mutex_unlock(&t->mutex);
    if (!same)
        reply_problem(q, 404, NULL, "no training \"%s\"; only the last one is remembered", q->names[0]);
    return same;
}

void answer_training(request *q)
{
    training *t = q->server->training;

    if (!known(q))
        return;
    pthread_mutex_lock(&t->mutex);
    reply_json(q, 200, describe(t));
    pthread_mutex_unlock(&t->mutex);
}

void answer_training_cancel(request *q)
{
    training *t = q->server->training;

    if (!known(q))
        return;
    pthread_mutex_lock(&t->mutex);
    t->cancel = true;
    reply_json(q, 202, describe(t));
    pthread_mutex_unlock(&t->mutex);
}

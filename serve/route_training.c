/* route_training.c - /v1/trainings: starting, watching and cancelling the training of a detector.       layer: serve */
#include "serve/route_handlers.h"

#include "serve/context.h"
#include "serve/training.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 2000 /* bytes of a list of words or templates */
#define NAME_MAX  64   /* bytes of a detector's name */

/* ---- What is asked for ----------------------------------------------------------------------------------------------------------------- */

#define PAIRS_LIMIT (-1)

/* Settings of a recipe that a client may choose, with the service's own bounds. */
static const struct {
    const char *name;
    int         low, high; /* of a whole number; high 0: text; PAIRS_LIMIT: --train-pairs */
} settings_taken[] = {
    { "pairs", 1, PAIRS_LIMIT }, { "epochs", 1, 50 },      { "ensemble", 1, 8 },        { "hidden", 0, 2048 },
    { "seed", 0, INT32_MAX },    { "normal_words", 0, 0 }, { "anomalous_words", 0, 0 }, { "templates", 0, 0 },
};

/* The value as text in `number`, or in itself; NULL: the reply was filled. */
static const char *read_value(request *r, char number[24], size_t which, const json_t *value)
{
    const char *name = settings_taken[which].name, *text = json_string_value(value);
    int         low = settings_taken[which].low, high = settings_taken[which].high;

    if (high == PAIRS_LIMIT)
        high = r->service->limits.train_pairs;
    if (high > 0 && json_is_integer(value) && json_integer_value(value) >= low && json_integer_value(value) <= high) {
        (void)snprintf(number, 24, "%lld", (long long)json_integer_value(value));
        return number;
    }
    if (high > 0)
        reply_problem(&r->reply, 422, NULL, "%s: a whole number in %d..%d is wanted", name, low, high);
    else if (text == NULL || text[0] == '\0' || strlen(text) > WORDS_MAX || strlen(text) != json_string_length(value))
        reply_problem(&r->reply, 422, NULL, "%s: text of 1..%d bytes is wanted", name, WORDS_MAX);
    else
        return text;
    return NULL;
}

static bool read_option(request *r, rwda_train_options *o, const char *name, const json_t *value)
{
    rwda_error err;

    for (size_t i = 0; i < RW_COUNTOF(settings_taken); i++) {
        char        number[24];
        const char *text;

        if (strcmp(name, settings_taken[i].name) != 0)
            continue;
        text = read_value(r, number, i, value);
        if (text != NULL && rwda_train_options_set(o, name, text, &err) != RWDA_OK)
            reply_error(&r->reply, &err);
        return r->reply.status == 0;
    }
    if (strcmp(name, "preset") == 0 || strcmp(name, "name") == 0)
        return true;
    reply_problem(&r->reply, 422, NULL,
                  "no setting \"%.60s\"; there are name, preset, pairs, epochs, ensemble, hidden, seed, normal_words, "
                  "anomalous_words, templates",
                  name);
    return false;
}

static bool is_name(const json_t *name)
{
    return json_is_string(name) && json_string_length(name) > 0 && json_string_length(name) <= NAME_MAX;
}

/* The options point into the body. */
static bool read_options(request *r, json_t *body, rwda_train_options *o, const char **name)
{
    const json_t *preset = json_object_get(body, "preset"), *given = json_object_get(body, "name");
    const char   *key;
    json_t       *value;
    rwda_error    err;

    if ((preset != NULL && !json_is_string(preset)) || (given != NULL && !is_name(given))) {
        reply_problem(&r->reply, 422, NULL, "preset is paper or best, name a string of 1..%d bytes", NAME_MAX);
        return false;
    }
    if (rwda_train_options_preset(o, preset != NULL ? json_string_value(preset) : "paper", &err) != RWDA_OK) {
        reply_problem(&r->reply, 422, rwda_status_name(err.code), "%s", err.message);
        return false;
    }
    o->cache_dir = NULL; /* words of clients are not cached on disk */
    if (o->pairs > r->service->limits.train_pairs)
        o->pairs = r->service->limits.train_pairs;
    json_object_foreach(body, key, value)
    {
        if (!read_option(r, o, key, value))
            return false;
    }
    *name = given != NULL ? json_string_value(given) : "";
    return true;
}

/* ---- Answers --------------------------------------------------------------------------------------------------------------------------- */

static json_t *describe(const training_report *t)
{
    static const char *const states[] = { "idle", "running", "done", "failed", "cancelled" };
    json_t                  *root =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:f, s:s?}", "schema", "rwda.training/1", "id", t->id, "name",
                  t->name, "state", states[t->state], "stage", t->stage, "done", (json_int_t)t->done, "total",
                  (json_int_t)t->total, "seconds", t->seconds, "detector", t->state == TRAINING_DONE ? t->detector : NULL);

    if (root != NULL && t->state == TRAINING_FAILED)
        (void)json_object_set_new(root, "error",
                                  json_pack("{s:s, s:s}", "code", rwda_status_name(t->err.code), "message", t->err.message));
    return root;
}

/* Whether one may start now. */
static bool may_start(request *r)
{
    training_report report;

    training_read(&report, r->service->training);
    if (!r->service->limits.training)
        reply_problem(&r->reply, 403, NULL, "this service was started with --no-training");
    else if (r->service->draining)
        reply_problem(&r->reply, 503, NULL, "the service is stopping");
    else if (report.state == TRAINING_RUNNING)
        reply_problem(&r->reply, 409, NULL, "training %s is running; one runs at a time", report.id);
    return r->reply.status == 0;
}

void answer_training_start(request *r)
{
    rwda_train_options options;
    training_report    report;
    const char        *name;
    json_t            *body;

    if (!may_start(r) || (body = body_json(&r->body)) == NULL || !read_options(r, body, &options, &name))
        return;
    if (!training_start(&report, r->service->training, &options, body, name)) {
        reply_problem(&r->reply, 503, NULL, "no thread could be started");
        return;
    }
    reply_json(&r->reply, 202, describe(&report));
    reply_header(&r->reply, "Location", "/v1/trainings/%s", report.id);
}

/* The last training, when it is the one that is asked for. */
static bool find(training_report *out, request *r)
{
    const char *id = r->target.variables[0];

    training_read(out, r->service->training);
    if (strcmp(id, out->id) == 0)
        return true;
    reply_problem(&r->reply, 404, NULL, "no training \"%s\"; only the last one is remembered", id);
    return false;
}

void answer_training(request *r)
{
    training_report report;

    if (find(&report, r))
        reply_json(&r->reply, 200, describe(&report));
}

void answer_training_cancel(request *r)
{
    training_report report;

    if (!find(&report, r))
        return;
    training_cancel(r->service->training);
    reply_json(&r->reply, 202, describe(&report));
}

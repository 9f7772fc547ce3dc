#include "serve/batcher.h"

#include "common/clock.h"
#include "common/cut_texts.h"
#include "common/embedding_rows.h"
#include "common/score_record.h"
#include "serve/context.h"
#include "serve/kind_lists.h"
#include "serve/log.h"
#include "serve/map.h"
#include "serve/metrics.h"
#include "serve/queue.h"
#include "serve/record.h"
#include "serve/scorers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MAX RW_GROUP_MAX

static size_t embed_dim(const service_context *service)
{
    return (size_t)rwda_model_get_info(service->model)->embed_dim;
}

static void fail_no_memory(item *i)
{
    (void)rw_fail(&i->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the image's embeddings");
}

/* ---- What becomes of embeddings x [crops, D] ---------------------------------------------------------------------------------------- */

static void keep_embeddings(item *i, const float *x, size_t dim)
{
    i->x = calloc(i->crops, dim * sizeof *i->x);
    if (i->x != NULL)
        memcpy(i->x, x, i->crops * dim * sizeof *x);
    else
        fail_no_memory(i);
}

/* The service's threshold is for requests without one: a file's for those scored as it was made, a number for those scored by words or,
 * where a memory scores requests that name nothing, by that memory alone. */
static bool decides(const service_context *service, const settings *s, const rwda_scorer *scorer)
{
    const decision *d = &service->decision;

    if (isfinite(s->threshold) || isnan(d->threshold))
        return false;
    if (d->calibration == NULL)
        return s->memory == service->unnamed && !(s->options.fuse > 0.0);
    return decision_check(d, scorer, NULL) == RWDA_OK;
}

/* Logs the alarm, once. */
static void watch_drift(service_context *service, const item *i, const float *x)
{
    const rwda_drift_state *state = &service->drift.state;
    char                    sentence[DRIFT_SENTENCE];
    bool                    raised = drift_watch_add(&service->drift, (double)i->score.score, x, i->crops);

    if (service->drift.drift != NULL)
        metrics_drift(service->metrics, state);
    if (!raised)
        return;
    drift_sentence(sentence, state);
    log_event("warning", sentence,
              json_pack("{s:s, s:I, s:I}", "change", rwda_drift_change_name(state->change), "since_picture",
                        (json_int_t)state->since_image, "picture", (json_int_t)state->alarm_image));
}

/* How the score was made, and what decides about it.  false: no memory. */
static bool account_for(service_context *service, item *i, const rwda_scorer *scorer)
{
    request *r = i->request;

    if (r->work.scoring == NULL && (r->work.scoring = score_record_scoring(scorer)) == NULL) {
        fail_no_memory(i);
        return false;
    }
    i->decided = decides(service, &r->settings, scorer);
    return true;
}

/* What is wanted of an item's map, once it is scored and labelled: one that is called normal has no anomaly to name. */
static void look_closer(service_context *service, item *i, const rwda_scorer *scorer)
{
    const settings   *s     = &i->request->settings;
    const char       *label = item_label(i);
    const rwda_kinds *kinds = NULL;

    if (i->err.code == RWDA_OK && s->kinds[0] != '\0' && (label == NULL || strcmp(label, "normal") != 0))
        (void)kind_lists_get(&kinds, service->kind_lists, service->session, s, &i->err);
    if (i->err.code == RWDA_OK && i->map == NULL && (s->map != MAP_NONE || kinds != NULL))
        map_item(i, service->session, scorer);
    map_item_used(i, service->session, scorer, kinds);
}

static void score(service_context *service, item *i, const float *x)
{
    request           *r = i->request;
    const rwda_scorer *scorer;

    if (scorers_get(&scorer, service->scorers, service->session, &r->settings, &i->err) != RWDA_OK ||
        rwda_scorer_score_embeddings(&i->score, service->session, scorer, x, i->crops, &i->err) != RWDA_OK ||
        !account_for(service, i, scorer))
        return;
    if (i->decided)
        watch_drift(service, i, x);
    look_closer(service, i, scorer);
}

/* ---- Beside a memory, which looks at the images themselves --------------------------------------------------------------------------- */

/* items [n] -> their scores, together; where one fails each is tried by itself. */
static void compare_all(item **items, size_t n, rwda_session *session, const rwda_scorer *scorer)
{
    const rwda_image *images[BATCH_MAX];
    rwda_score        scores[BATCH_MAX];
    bool              done;

    for (size_t i = 0; i < n; i++)
        images[i] = items[i]->image;
    done = rwda_scorer_score_images(scores, session, scorer, images, n, NULL) == RWDA_OK;
    for (size_t i = 0; i < n; i++)
        if (done)
            items[i]->score = scores[i];
        else
            (void)rwda_scorer_score_images(&items[i]->score, session, scorer, &images[i], 1, &items[i]->err);
}

/* The memory's own images decide where neither the request nor the service's threshold does. */
static void conclude(service_context *service, item *i, const rwda_scorer *scorer)
{
    const settings *s = &i->request->settings;
    const decision *d = scorers_decision(s->memory->scorers, scorer);

    if (i->err.code != RWDA_OK || !account_for(service, i, scorer))
        return;
    if (i->decided) {
        watch_drift(service, i, NULL); /* by scores alone: there need not be embeddings */
        return;
    }
    if (d == NULL || isfinite(s->threshold))
        return;
    i->by_memory = true;
    i->threshold = d->threshold;
    i->p_value   = decision_p_value(d, (double)i->score.score);
}

/* items [n] share their scorer; an item with a map comes alone, for its score comes from the same pass. */
static void compare_images(service_context *service, item **items, size_t n)
{
    const settings    *s     = &items[0]->request->settings;
    double             start = rw_now_ms(), ms;
    const rwda_scorer *scorer;
    rwda_error         err;
    rwda_status        status = scorers_get(&scorer, s->memory->scorers, service->session, s, &err);

    if (status == RWDA_OK && map_wanted(s))
        map_item_with_score(items[0], service->session, scorer);
    else if (status == RWDA_OK)
        compare_all(items, n, service->session, scorer);
    ms = rw_now_ms() - start;
    metrics_batch(service->metrics, n, ms / 1e3);
    for (size_t i = 0; i < n; i++) {
        items[i]->encode_ms = ms / (double)n;
        if (status == RWDA_OK) {
            conclude(service, items[i], scorer);
            look_closer(service, items[i], scorer);
        } else {
            items[i]->err = err;
        }
    }
    for (size_t i = 0; i < n; i++)
        queue_item_done(service->queue, items[i]);
}

/* ---- Encoding ----------------------------------------------------------------------------------------------------------------------- */

/* items [n] share resize and crops. */
static void encode_images(service_context *service, item **items, size_t n)
{
    const rwda_scorer_options *view  = &items[0]->request->settings.options;
    rw_rows                    rows  = { .dim = embed_dim(service) };
    double                     start = rw_now_ms(), ms;
    rw_rows_item               group[BATCH_MAX];
    rwda_error                 err;
    rwda_status                status;
    const float               *x;

    for (size_t i = 0; i < n; i++)
        group[i] = (rw_rows_item){ .image = items[i]->image, .err = &items[i]->err };
    status = rw_rows_embed(&rows, group, n, service->session, view->resize, view->crops, &err);
    ms     = rw_now_ms() - start;
    metrics_batch(service->metrics, n, ms / 1e3);
    x = rows.x;
    for (size_t i = 0; i < n; i++) {
        items[i]->encode_ms = ms / (double)n;
        items[i]->crops     = group[i].crops;
        if (status != RWDA_OK)
            items[i]->err = err;
        if (items[i]->err.code != RWDA_OK)
            continue;
        if (items[i]->request->work.mode == WORK_EMBEDDINGS)
            keep_embeddings(items[i], x, rows.dim);
        else
            score(service, items[i], x);
        x += group[i].crops * rows.dim;
    }
    free(rows.x);
    for (size_t i = 0; i < n; i++)
        queue_item_done(service->queue, items[i]);
}

static void encode_texts(service_context *service, item *i)
{
    request_work *w = &i->request->work;

    i->crops = w->n_texts;
    i->x     = calloc(w->n_texts, embed_dim(service) * sizeof *i->x);
    if (i->x == NULL)
        fail_no_memory(i);
    else if (rwda_session_embed_texts(i->x, service->session, w->texts, NULL, w->n_texts, &i->err) == RWDA_OK)
        (void)rw_cut_texts(w->cut, &w->n_cut, w->texts, w->n_texts, service->model, &i->err);
    queue_item_done(service->queue, i);
}

/* ---- Grouping ----------------------------------------------------------------------------------------------------------------------- */

/* Whether two images go through the encoder together: for words with the same crops, beside a memory with the same scorer and no map. */
static bool same_view(const item *a, const item *b)
{
    const settings            *s = &a->request->settings, *t = &b->request->settings;
    const rwda_scorer_options *x = &s->options, *y = &t->options;

    if (s->memory != t->memory)
        return false;
    if (s->memory == NULL)
        return x->resize == y->resize && x->crops == y->crops;
    return a == b || (!map_wanted(s) && !map_wanted(t) && (s == t || !(x->fuse > 0.0 || y->fuse > 0.0)));
}

/* Moves the images of items [n] that go together with the first into group; the count of those. */
static size_t take_group(item **group, item **items, size_t n)
{
    const item *first = items[0];
    size_t      count = 0;

    for (size_t i = 0; i < n; i++)
        if (items[i] != NULL && items[i]->image != NULL && same_view(first, items[i])) {
            group[count++] = items[i];
            items[i]       = NULL;
        }
    return count;
}

static void process(service_context *service, item **items, size_t n)
{
    item *group[BATCH_MAX];

    for (size_t i = 0; i < n; i++) {
        if (items[i] == NULL)
            continue;
        if (request_expired(items[i]->request)) {
            items[i]->err = request_late;
            queue_item_done(service->queue, items[i]);
        } else if (items[i]->image == NULL) {
            encode_texts(service, items[i]);
        } else {
            size_t count = take_group(group, items + i, n - i);

            (group[0]->request->settings.memory != NULL ? compare_images : encode_images)(service, group, count);
        }
    }
}

void *batcher_main(void *argument)
{
    service_context *service = argument;
    item            *items[BATCH_MAX];
    size_t           n;

    while ((n = queue_take(service->queue, items, (size_t)service->limits.batch)) > 0)
        process(service, items, n);
    return NULL;
}

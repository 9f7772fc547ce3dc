/* batcher.c - how are pictures of many requests encoded together?
 *
 * The engine thread.  Pictures with the same crops share one pass through the encoder whatever they are scored with; the bytes of a
 * score do not depend on the company (rwda.h), so batching is invisible but for the time. */
#include "serve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../scoring.h"

#define BATCH_MAX 64

static void fail_no_memory(item *i)
{
    i->err = (rwda_error){ RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the picture's embeddings" };
}

/* What the route wanted from the embeddings x [crops, D]. */
static void use(server *s, item *i, const float *x)
{
    request           *q   = i->request;
    size_t             dim = (size_t)rwda_model_get_info(s->model)->embed_dim;
    const rwda_scorer *scorer;

    if (q->route->finish == finish_embed) {
        i->x = calloc(i->crops, dim * sizeof *i->x);
        if (i->x != NULL)
            memcpy(i->x, x, i->crops * dim * sizeof *x);
        else
            fail_no_memory(i);
        return;
    }
    if (scorers_get(&scorer, s, &q->settings, &i->err) != RWDA_OK ||
        rwda_scorer_score_embeddings(&i->score, s->session, scorer, x, i->crops, &i->err) != RWDA_OK)
        return;
    if (q->scoring == NULL && (q->scoring = scoring_describe(scorer)) == NULL) {
        fail_no_memory(i);
        return;
    }
    i->decided = !isfinite(q->settings.threshold) && !isnan(s->decision.threshold) &&
                 (s->decision.card == NULL || rwda_thresholds_check(s->decision.card, scorer, NULL) == RWDA_OK);
    if (q->settings.map)
        map_overlay(s, scorer, i);
}

/* items [n] share resize and crops.  If the group fails, one by one, so that one cannot spoil others. */
static void encode(server *s, item **items, size_t n)
{
    const rwda_scorer_options *o   = &items[0]->request->settings.options;
    size_t                     dim = (size_t)rwda_model_get_info(s->model)->embed_dim, total = 0;
    const rwda_image          *images[BATCH_MAX];
    double                     start  = pipeline_now_ms(), each;
    rwda_error                 err    = { RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for embeddings" };
    rwda_status                status = RWDA_ENOMEM;
    float                     *x, *row;

    for (size_t i = 0; i < n; i++) {
        images[i]       = items[i]->image;
        items[i]->crops = rwda_crops_count(images[i]->width, images[i]->height, o->resize, o->crops);
        total += items[i]->crops;
    }
    row = x = calloc(total, dim * sizeof *x);
    if (x != NULL)
        status = rwda_session_embed_images(x, s->session, images, n, o->resize, o->crops, &err);
    each = (pipeline_now_ms() - start) / (double)n;
    metrics_batch(s->metrics, n, each * (double)n / 1e3);
    if (status != RWDA_OK && n > 1) {
        free(x);
        for (size_t i = 0; i < n; i++)
            encode(s, items + i, 1);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        items[i]->encode_ms = each;
        if (status == RWDA_OK)
            use(s, items[i], row);
        else
            items[i]->err = err;
        row += status == RWDA_OK ? items[i]->crops * dim : 0;
    }
    free(x);
    for (size_t i = 0; i < n; i++)
        queue_item_done(s->queue, items[i]);
}

static void encode_texts(server *s, item *i)
{
    request *q   = i->request;
    size_t   dim = (size_t)rwda_model_get_info(s->model)->embed_dim;

    i->crops = q->n_texts;
    i->x     = calloc(q->n_texts, dim * sizeof *i->x);
    if (i->x == NULL)
        fail_no_memory(i);
    else
        (void)rwda_session_embed_texts(i->x, s->session, q->texts, NULL, q->n_texts, &i->err);
    queue_item_done(s->queue, i);
}

void *batcher_main(void *server_pointer)
{
    server *s = server_pointer;
    item   *items[BATCH_MAX], *group[BATCH_MAX];
    size_t  n;

    while ((n = queue_take(s->queue, items, (size_t)s->limits.batch)) > 0) {
        for (size_t i = 0; i < n; i++) {
            size_t many = 0;

            if (items[i] == NULL)
                continue;
            if (request_expired(items[i]->request)) {
                items[i]->err = request_late;
                queue_item_done(s->queue, items[i]);
                continue;
            }
            if (items[i]->image == NULL) {
                encode_texts(s, items[i]);
                continue;
            }
            for (size_t j = i; j < n; j++) {
                const rwda_scorer_options *a = &items[i]->request->settings.options;

                if (items[j] != NULL && items[j]->image != NULL && items[j]->request->settings.options.resize == a->resize &&
                    items[j]->request->settings.options.crops == a->crops) {
                    group[many++] = items[j];
                    if (j > i)
                        items[j] = NULL;
                }
            }
            encode(s, group, many);
        }
    }
    return NULL;
}

/* route_score.c - POST /v1/score and /v1/score:batch: how anomalous are these pictures? */
#include "serve/serve.h"

bool prepare_score(request *q)
{
    if (!body_pictures(q) || !settings_read(q))
        return false;
    if (q->n_items > 1) {
        reply_problem(q, 422, NULL, "%zu pictures: /v1/score takes one, /v1/score:batch takes many", q->n_items);
        return false;
    }
    return true;
}

/* One picture: its record, or the problem; with ?map=png the overlay, the score in a header; with ?map=regions also the regions. */
void finish_score(request *q)
{
    const item *i = &q->items[0];

    metrics_pictures(q->server->metrics, i->err.code == RWDA_OK, i->err.code != RWDA_OK);
    if (i->err.code != RWDA_OK) {
        reply_error(q, &i->err);
    } else if (q->settings.map == MAP_PNG) {
        reply_bytes(q, "image/png", q->overlay, q->overlay_len);
        q->overlay = NULL;
        reply_header(q, "X-Rwda-Score", "%.9g", (double)i->score.score);
    } else {
        json_t *record = score_record(i);

        if (q->regions != NULL)
            (void)json_object_set(record, "regions", q->regions);
        reply_json(q, record != NULL ? 200 : 503, record);
    }
}

bool prepare_batch(request *q)
{
    if (!body_pictures(q) || !settings_read(q))
        return false;
    if (q->settings.map) {
        reply_problem(q, 422, NULL, "map: /v1/score draws the map of one picture");
        return false;
    }
    return true;
}

/* Many pictures: a record each, in order; one that failed has its error in its record. */
void finish_batch(request *q)
{
    json_t *records = json_array();
    size_t  bad     = 0;

    for (size_t i = 0; i < q->n_items; i++) {
        bad += q->items[i].err.code != RWDA_OK;
        (void)json_array_append_new(records, score_record(&q->items[i]));
    }
    metrics_pictures(q->server->metrics, q->n_items - bad, bad);
    reply_json(q, 200,
               json_pack("{s:s, s:I, s:I, s:o}", "schema", "rwda.score.batch/1", "scored", (json_int_t)(q->n_items - bad),
                         "failed", (json_int_t)bad, "results", records));
}

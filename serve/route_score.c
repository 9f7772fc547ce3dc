/* route_score.c - POST /v1/score and /v1/score:batch: how anomalous images are.                         layer: serve */
#include "serve/route_handlers.h"

#include "serve/context.h"
#include "serve/images.h"
#include "serve/metrics.h"
#include "serve/record.h"

bool prepare_score(request *r)
{
    if (!request_read_images(r) || !request_read_settings(r))
        return false;
    if (r->work.n_items > 1) {
        reply_problem(&r->reply, 422, NULL, "%zu images: /v1/score takes one, /v1/score:batch takes many", r->work.n_items);
        return false;
    }
    return true;
}

/* One image: its record, or the problem; with ?map=png the overlay, the score in a header; with ?map=regions also the regions. */
void finish_score(request *r)
{
    const item *i = &r->work.items[0];

    metrics_images(r->service->metrics, i->err.code == RWDA_OK, i->err.code != RWDA_OK);
    if (i->err.code != RWDA_OK) {
        reply_error(&r->reply, &i->err);
    } else if (r->settings.map == MAP_PNG) {
        reply_bytes(&r->reply, "image/png", r->work.overlay, r->work.overlay_len);
        r->work.overlay = NULL;
        reply_header(&r->reply, "X-Rwda-Score", "%.9g", (double)i->score.score);
        if (r->settings.memory != NULL)
            reply_header(&r->reply, "X-Rwda-Map-Scale", "%.9g", (double)r->work.map_scale);
    } else {
        json_t *record = item_record(i);

        if (r->work.regions != NULL)
            (void)json_object_set(record, "regions", r->work.regions);
        reply_json(&r->reply, record != NULL ? 200 : 503, record);
    }
}

bool prepare_batch(request *r)
{
    if (!request_read_images(r) || !request_read_settings(r))
        return false;
    if (r->settings.map != MAP_NONE) {
        reply_problem(&r->reply, 422, NULL, "map: /v1/score draws the map of one image");
        return false;
    }
    return true;
}

/* Many images: a record each, in order; one that failed has its error in its record. */
void finish_batch(request *r)
{
    json_t *records = json_array();
    size_t  bad     = 0;

    for (size_t i = 0; i < r->work.n_items; i++) {
        bad += r->work.items[i].err.code != RWDA_OK;
        (void)json_array_append_new(records, item_record(&r->work.items[i]));
    }
    metrics_images(r->service->metrics, r->work.n_items - bad, bad);
    reply_json(&r->reply, 200,
               json_pack("{s:s, s:I, s:I, s:o}", "schema", "rwda.score.batch/1", "scored",
                         (json_int_t)(r->work.n_items - bad), "failed", (json_int_t)bad, "results", records));
}

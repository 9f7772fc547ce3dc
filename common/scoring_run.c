#include "common/scoring_run.h"

#include "common/clock.h"
#include "common/embedding_rows.h"
#include "common/events.h"

#include <stdlib.h>

void scoring_close(scoring *s)
{
    rwda_scorer_free(s->scorer);
    rwda_memory_free(s->memory);
    rwda_detector_free(s->detector);
    rwda_session_free(s->session);
    rwda_model_free(s->model);
}

/* Embeds a group together, scores each image from its rows: the same bytes as each alone. */
static void score_by_words(const scoring *s, scoring_result *scored, rw_rows *rows, rw_decoded *group, size_t n)
{
    rw_rows_item items[RW_GROUP];
    rwda_error   err;
    size_t       row = 0;
    rwda_status  status;

    for (size_t i = 0; i < n; i++)
        items[i] = (rw_rows_item){ group[i].image, 0, &group[i].err };
    rows->count = 0;
    status      = rw_rows_embed(rows, items, n, s->session, s->resize, s->crops, &err);
    for (size_t i = 0; i < n; i++) {
        if (group[i].image != NULL && status != RWDA_OK)
            group[i].err = err;
        if (items[i].crops > 0 && status == RWDA_OK &&
            rwda_scorer_score_embeddings(&scored[i].score, s->session, s->scorer, rows->x + row * rows->dim, items[i].crops,
                                         &group[i].err) == RWDA_OK)
            group[i].err.code = RWDA_OK;
        scored[i].x = rows->x + row * rows->dim;
        row += items[i].crops;
    }
}

/* Beside a memory; with maps one by one, each with its score from one pass.  Where one of a group fails each is tried by itself. */
static void score_by_memory(const scoring *s, scoring_result *scored, rw_decoded *group, size_t n)
{
    const rwda_image *images[RW_GROUP];
    rwda_score        together[RW_GROUP];
    size_t            good = 0;
    bool              done;

    for (size_t i = 0; i < n; i++)
        if (group[i].image != NULL)
            images[good++] = group[i].image;
    done = s->maps == NULL && rwda_scorer_score_images(together, s->session, s->scorer, images, good, NULL) == RWDA_OK;
    good = 0;
    for (size_t i = 0; i < n; i++) {
        const rwda_image *image  = group[i].image;
        rwda_error       *err    = &group[i].err;
        rwda_status       status = RWDA_OK;

        if (image == NULL)
            continue;
        if (done)
            scored[i].score = together[good++];
        else if (s->maps == NULL)
            status = rwda_scorer_score_images(&scored[i].score, s->session, s->scorer, &image, 1, err);
        else if ((scored[i].map = calloc((size_t)image->width * (size_t)image->height, sizeof *scored[i].map)) == NULL)
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a map");
        else
            status = rwda_map_score(&scored[i].score, scored[i].map, s->session, s->scorer, image, s->maps, err);
        if (status == RWDA_OK)
            err->code = RWDA_OK;
        else
            (void)rw_fail_prefix(err, status, group[i].name);
    }
}

/* 0, or what ends the run. */
static int score_group(const scoring *s, const scoring_sink *sink, rw_rows *rows, rw_decoded *group, size_t n)
{
    scoring_result scored[RW_GROUP] = { { .x = NULL } };
    size_t         good             = 0;
    double         start            = rw_now_ms(), each;
    int            ended            = 0;

    for (size_t i = 0; i < n; i++)
        good += group[i].image != NULL;
    if (s->memory == NULL)
        score_by_words(s, scored, rows, group, n);
    else
        score_by_memory(s, scored, group, n);
    each = good > 0 ? (rw_now_ms() - start) / (double)good : 0.0;
    for (size_t i = 0; i < n; i++)
        scored[i].encode_ms = each;
    for (size_t i = 0; i < n && ended == 0; i++)
        if (group[i].err.code == RWDA_OK)
            ended = sink->scored(sink->user, &group[i], &scored[i]);
        else
            sink->failed(sink->user, &group[i]);
    for (size_t i = 0; i < n; i++) {
        rw_decoded_free(&group[i]);
        free(scored[i].map);
    }
    return ended;
}

rwda_status scoring_run(int *ended, scoring *s, rw_image_source *images, const scoring_sink *sink, const rwda_events *events,
                        rwda_error *err)
{
    rw_image_stream *stream =
        rw_image_stream_new(images, &s->reading, rwda_session_threads(s->session), (size_t)2 * RW_GROUP);
    rw_rows     rows = { .dim = (size_t)rwda_model_get_info(s->model)->embed_dim };
    rw_decoded  group[RW_GROUP];
    size_t      n, done = 0;
    bool        more   = stream != NULL;
    rwda_status status = more ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for decoding");

    *ended = 0;
    while (*ended == 0 && more) {
        status = rw_image_stream_group(stream, group, RW_GROUP, &n, &more, err);
        if (n > 0) {
            *ended = score_group(s, sink, &rows, group, n);
            if (*ended == 0 && sink->answered != NULL)
                *ended = sink->answered(sink->user);
            done += n;
            (void)rw_progress(events, "images", done, more ? images->total : done);
        }
    }
    rw_image_stream_free(stream);
    free(rows.x);
    return *ended == 0 ? status : RWDA_OK;
}

#include "cli/scoring.h"

#include "common/clock.h"
#include "common/embedding_rows.h"
#include "common/events.h"
#include "common/scoring_defaults.h"

#include <math.h>
#include <stdlib.h>

int scoring_read(rwda_scorer_options *o, const scoring_options *given)
{
    int method = o->method, prompts = o->prompts, pool = o->pool, name = o->names;

    if (!cli_enum(&method, "method", given->method, RWDA_ENUM_METHOD) ||
        !cli_enum(&name, "names", given->names, RWDA_ENUM_NAMES) ||
        !cli_enum(&prompts, "prompts", given->prompts, RWDA_ENUM_PROMPTS) ||
        !cli_view(&o->resize, &o->crops, given->resize, given->crops) ||
        !cli_enum(&pool, "pool", given->pool, RWDA_ENUM_POOL) ||
        !cli_float(&o->temperature, "temperature", given->temperature))
        return EXIT_USAGE;
    o->method  = (rwda_method)method;
    o->prompts = (rwda_prompts)prompts;
    o->pool    = (rwda_pool)pool;
    o->names   = (rwda_names)name;
    o->object  = given->object;
    if (given->resize == NULL)
        o->resize = scoring_resize(o->method);
    if (given->detector == NULL && rwda_method_needs_detector(o->method)) {
        cli_error("--method %s needs a detector: 'rwda train -o detector.safetensors', then --detector detector.safetensors",
                  rwda_enum_name(RWDA_ENUM_METHOD, method));
        return EXIT_USAGE;
    }
    return 0;
}

bool scoring_given(const scoring_options *g)
{
    return g->detector != NULL || g->method != NULL || g->object != NULL || g->names != NULL || g->prompts != NULL ||
           g->crops != NULL || g->pool != NULL || g->resize != NULL || g->temperature != NULL;
}

int scoring_open(scoring *out, const rwda_scorer_options *options, const char *detector, const cli_engine *engine)
{
    cli_engine  chosen = *engine;
    rwda_error  err;
    rwda_status status = RWDA_OK;
    int         code;

    *out          = (scoring){ .resize = options->resize, .crops = options->crops };
    chosen.towers = rwda_method_needs_prompts(options->method) ? RWDA_TOWERS_BOTH : RWDA_TOWERS_IMAGE;
    code          = cli_engine_open(&out->model, &out->session, &chosen);
    if (code != 0)
        return code;
    if (detector != NULL)
        status = rwda_detector_load(&out->detector, detector, &err);
    if (status == RWDA_OK)
        status = rwda_scorer_new(&out->scorer, out->session, out->detector, options, &err);
    if (status != RWDA_OK) {
        cli_error("%s", err.message);
        return cli_status_exit(status, EXIT_MODEL);
    }
    return 0;
}

void scoring_close(scoring *s)
{
    rwda_scorer_free(s->scorer);
    rwda_detector_free(s->detector);
    rwda_session_free(s->session);
    rwda_model_free(s->model);
}

int scoring_decision(decision *out, const char *threshold, const char *review)
{
    rwda_error  err;
    rwda_status status = decision_read(out, threshold, review, &err);

    return status == RWDA_OK ? 0 : cli_fail(&err, out->named_file ? EXIT_MODEL : EXIT_USAGE);
}

int scoring_decision_check(const decision *d, const rwda_scorer *scorer)
{
    rwda_error err;

    return decision_check(d, scorer, &err) == RWDA_OK ? 0 : cli_fail(&err, EXIT_MODEL);
}

/* ---- A run ----------------------------------------------------------------------------------------------------------- */

/* Embeds a group together, scores each image from its rows: the same bytes as each alone. */
static int score_group(const scoring *s, const scoring_sink *sink, rw_rows *rows, rw_decoded *group, size_t n)
{
    rw_rows_item items[RW_GROUP];
    rwda_score   scores[RW_GROUP];
    rwda_error   err;
    size_t       good = 0, row = 0, rows_of[RW_GROUP];
    double       start = rw_now_ms(), each;
    rwda_status  status;
    int          code = 0;

    for (size_t i = 0; i < n; i++) {
        items[i] = (rw_rows_item){ group[i].image, 0, &group[i].err };
        good += group[i].image != NULL;
    }
    rows->count = 0;
    status      = rw_rows_embed(rows, items, n, s->session, s->resize, s->crops, &err);
    for (size_t i = 0; i < n; i++) {
        if (group[i].image != NULL && status != RWDA_OK)
            group[i].err = err;
        if (items[i].crops > 0 && status == RWDA_OK &&
            rwda_scorer_score_embeddings(&scores[i], s->session, s->scorer, rows->x + row * rows->dim, items[i].crops,
                                         &group[i].err) == RWDA_OK)
            group[i].err.code = RWDA_OK;
        rows_of[i] = row;
        row += items[i].crops;
    }
    each = good > 0 ? (rw_now_ms() - start) / (double)good : 0.0;
    for (size_t i = 0; i < n && code == 0; i++)
        if (group[i].err.code == RWDA_OK)
            code = sink->scored(sink->user, &group[i], &scores[i], rows->x + rows_of[i] * rows->dim, each);
        else
            sink->failed(sink->user, group[i].name, &group[i].err);
    for (size_t i = 0; i < n; i++)
        rw_decoded_free(&group[i]);
    return code;
}

int scoring_run(const scoring *s, rw_image_source *images, const scoring_sink *sink)
{
    rw_image_stream *stream = rw_image_stream_new(images, NULL, rwda_session_threads(s->session), (size_t)2 * RW_GROUP);
    rw_rows          rows   = { .dim = (size_t)rwda_model_get_info(s->model)->embed_dim };
    rw_decoded       group[RW_GROUP];
    size_t           waiting = 0, done = 0;
    rwda_error       err  = { RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for decoding" };
    bool             more = stream != NULL;
    int              code = more ? 0 : cli_fail(&err, EXIT_SOME_FAILED);

    while (code == 0 && more) {
        rwda_status status = rw_image_stream_next(stream, &group[waiting], &err);

        more = status == RWDA_OK && group[waiting].name != NULL;
        waiting += more;
        if (waiting == RW_GROUP || (!more && waiting > 0)) {
            code = score_group(s, sink, &rows, group, waiting);
            done += waiting;
            waiting = 0;
            (void)rw_progress(cli_events(), "images", done, more ? images->total : done);
        }
        if (status != RWDA_OK && code == 0)
            code = cli_fail(&err, status == RWDA_EINVAL ? EXIT_USAGE : EXIT_SOME_FAILED);
    }
    rw_image_stream_free(stream);
    free(rows.x);
    return code;
}

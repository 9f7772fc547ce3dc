#include "eval/map_maker.h"

#include "base/status.h"
#include "eval/object_word.h"

#include <stdlib.h>

void rw_map_maker_done(rw_map_maker *m)
{
    rwda_scorer_free(m->scorer);
    rwda_memory_free(m->memory);
    rw_evidence_forget(m->pool, &m->normals);
    free(m->drawn);
    free(m->left_out);
    *m = (rw_map_maker){ .scorer = NULL };
}

/* Draws the normals of `run` and leaves them, and as many as the largest number of shots has, out of the test. */
static rwda_status draw(rw_map_maker *m, rw_evidence *v, const rwda_eval_pixel_run *run, rwda_error *err)
{
    bool                windows = run->map->evidence == RWDA_EVAL_WINDOWS;
    rwda_memory_options options = rw_evidence_options(v->e, 0.0f, false, RWDA_CROPS_ONE);
    uint32_t           *order;
    size_t              used   = 0, most;
    rwda_status         status = RWDA_OK;

    m->normals = rw_normals_of(v->e, v->category);
    if (!rw_normals_suffice(&m->normals, run->shots)) {
        m->missing = rw_eval_few_normals;
        return RWDA_OK;
    }
    most        = (size_t)rw_normals_most(&m->normals, v->e, run->shots);
    order       = calloc(m->normals.count, sizeof *order);
    m->pool     = calloc(m->normals.count, sizeof(rwda_windows *));
    m->drawn    = calloc((size_t)run->shots, sizeof(const rwda_windows *));
    m->left_out = calloc(v->category->last - v->category->first, sizeof *m->left_out);
    if (order == NULL || m->pool == NULL || m->drawn == NULL || m->left_out == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu normal images", m->normals.count);
        goto done;
    }
    rw_normals_draw(order, &m->normals, 0);
    if (windows)
        RW_TRY(rw_evidence_look(m->drawn, &m->n_drawn, &used, m->pool, v, &m->normals, order, (size_t)run->shots, err));
    else
        RW_TRY(rw_evidence_remember(&m->memory, &m->missing, &used, v, &options, &m->normals, order, &run->shots, 1, err));
    if (windows ? m->n_drawn == (size_t)run->shots : m->memory != NULL)
        m->missing = NULL;
    else if (windows)
        m->missing = rw_eval_few_normals;
    for (size_t i = 0; m->normals.from_test && i < (used > most ? used : most); i++)
        m->left_out[order[i]] = true;
done:
    free(order);
    return status;
}

static rwda_status remember_batch(rw_map_maker *m, rw_evidence *v, rwda_error *err)
{
    rwda_memory_options options = rw_evidence_options(v->e, 0.0f, false, RWDA_CROPS_ONE);
    rwda_status         status  = rw_evidence_remember_batch(&m->memory, &m->missing, v, &options, err);

    if (m->memory != NULL)
        m->missing = NULL;
    return status;
}

rwda_status rw_map_maker_prepare(rw_map_maker *m, rw_evidence *v, const rwda_eval_pixel_run *run,
                                 const rwda_detector *detector, rwda_error *err)
{
    rwda_eval_evidence  evidence = run->map->evidence;
    bool                known    = v->e->object == RWDA_EVAL_OBJECT_KNOWN && detector == NULL;
    rwda_scorer_options options  = RWDA_SCORER_OPTIONS_INIT;
    rwda_status         status   = RWDA_OK;

    if (m->scorer != NULL && !known && evidence == RWDA_EVAL_WORDS)
        return RWDA_OK;
    rw_map_maker_done(m);
    if (evidence == RWDA_EVAL_MUTUAL)
        RW_TRY(remember_batch(m, v, err));
    else if (evidence != RWDA_EVAL_WORDS)
        RW_TRY(draw(m, v, run, err));
    if (m->missing != NULL)
        return RWDA_OK;
    options.method      = run->map->method;
    options.names       = v->e->names;
    options.object      = known ? object_word(v->category->name) : NULL;
    options.memory      = m->memory;
    options.orientation = v->reading.options.orientation;
    options.depth       = v->reading.options.depth;
    status              = rwda_scorer_new(&m->scorer, v->session, detector, &options, err);
done:
    return status == RWDA_OK ? status : rw_fail_prefix(err, status, run->map->title);
}

rwda_status rw_map_maker_compute(float *map, const rw_map_maker *m, rwda_session *session, const rwda_eval_map *how,
                                 const rwda_image *image, rwda_error *err)
{
    rwda_map_options options = RWDA_MAP_OPTIONS_INIT;
    rwda_windows    *seen    = NULL;
    rwda_score       score;
    rwda_status      status;

    options.mode = how->mode;
    if (how->evidence != RWDA_EVAL_WINDOWS)
        return rwda_map_compute(map, session, m->scorer, image, &options, err);
    RW_TRY(rwda_windows_new(&seen, session, image, err));
    status = rwda_windows_score(&score, map, session, m->scorer, seen, m->drawn, m->n_drawn, err);
done:
    rwda_windows_free(seen);
    return status;
}

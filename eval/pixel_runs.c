/* pixel_runs.c - pixel metrics of every map of an evaluation. */
#include "common/events.h"
#include "common/image_stream.h"
#include "eval/cache.h"
#include "eval/map_maker.h"
#include "eval/mask.h"
#include "eval/pixel_cache.h"

#include <stdlib.h>

#define EXACT_PIXELS (INT64_C(1) << 26) /* of a category: 1 GiB while it is measured; more go into a histogram */
#define BINS         (1 << 20)
#define AHEAD        4 /* images decoded before their turn */

/* What holds for all categories of a run. */
typedef struct {
    const rwda_evaluation     *e;
    const rwda_eval_pixel_run *run;
    const rwda_eval_map       *map;
    rwda_session              *session;
    const rwda_detector       *detector; /* NULL: the map needs none */
    rw_map_maker               source;
    const rwda_events         *events;
    rw_image_reading           reading;
    bool                       unlucky; /* an image of this category was left out that may not be another time */
    rw_mask_doubts             doubts;  /* about this category's masks */
} maker;

/* A category's images that are measured: normal ones, and those with a mask. */
typedef struct {
    const rwda_dataset_item **items; /* [count] */
    char                    **paths; /* [count], theirs */
    size_t                    count, masks;
} selection;

/* ---- One category ------------------------------------------------------------------------------------------------------- */

/* One image's map beside its mask. */
static rwda_status add_image(rwda_pixel_metrics *metrics, maker *m, const rwda_dataset_item *item, const rwda_image *image,
                             rwda_error *err)
{
    size_t      width = (size_t)image->width, height = (size_t)image->height;
    float      *map    = calloc(height, width * sizeof *map);
    uint8_t    *mask   = NULL;
    int         across = image->width, down = image->height;
    rwda_status status = RWDA_OK;

    if (map == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its map", item->path);
        goto done;
    }
    if (item->anomalous)
        RW_TRY(rw_mask_load(&mask, &across, &down, item->mask, &m->reading.options, &m->doubts, err));
    if (across != image->width || down != image->height) {
        const rwda_image_info *info   = rwda_image_get_info(image);
        bool                   turned = across == info->stored_width && down == info->stored_height;

        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.200s: %d x %d pixels, its mask %.200s %d x %d%s",
                         item->path, image->width, image->height, item->mask, across, down, turned ? RW_STORED_SIZE : "");
        goto done;
    }
    RW_TRY(rw_map_maker_compute(map, &m->source, m->session, m->map, image, err));
    RW_TRY(rwda_pixel_metrics_add(metrics, map, mask, height, width, err));
done:
    free(map);
    free(mask);
    return status;
}

/* false: no memory.  Release with free_selection() in either case. */
static bool choose(selection *out, rwda_eval_pixel_cell *cell, const maker *m, const rwda_eval_category *category)
{
    const rwda_evaluation *e        = m->e;
    const bool            *left_out = m->source.left_out;
    size_t                 n        = category->last - category->first;

    *out = (selection){ calloc(n, sizeof *out->items), calloc(n, sizeof *out->paths), 0, 0 };
    if (out->items == NULL || out->paths == NULL)
        return false;
    for (size_t i = category->first; i < category->last; i++) {
        const rwda_dataset_item *item = &e->data->items[i];

        if (left_out != NULL && left_out[i - category->first])
            continue;
        if (item->anomalous && item->mask == NULL) {
            cell->left_out++;
            continue;
        }
        out->masks += (size_t)item->anomalous;
        out->items[out->count]   = item;
        out->paths[out->count++] = item->path;
    }
    return true;
}

static void free_selection(selection *chosen)
{
    free(chosen->items);
    free(chosen->paths);
}

/* The exact form where a category's pixels fit: all images are taken to be as large as its first mask. */
static rwda_pixel_metrics_options form_for(const selection *chosen, const maker *m)
{
    rwda_pixel_metrics_options options = RWDA_PIXEL_METRICS_OPTIONS_INIT;
    int                        width = 0, height = 0;
    uint8_t                   *mask = NULL;

    for (size_t i = 0; i < chosen->count; i++)
        if (chosen->items[i]->anomalous) {
            (void)rw_mask_load(&mask, &width, &height, chosen->items[i]->mask, &m->reading.options, NULL, NULL);
            break;
        }
    free(mask);
    if ((int64_t)width * height * (int64_t)chosen->count > EXACT_PIXELS)
        options.bins = BINS;
    return options;
}

static rwda_status add_stream(rwda_pixel_metrics *metrics, rwda_eval_pixel_cell *cell, maker *m, const selection *chosen,
                              rw_image_stream *stream, const rwda_eval_category *category, rwda_error *err)
{
    char stage[64];

    (void)snprintf(stage, sizeof stage, "maps, %s", m->map->name);
    for (size_t i = 0; i < chosen->count; i++) {
        rw_decoded  one;
        rwda_status status = rw_image_stream_next(stream, &one, err);

        if (status != RWDA_OK)
            return status;
        if (one.image != NULL && add_image(metrics, m, chosen->items[i], one.image, &one.err) == RWDA_OK) {
            cell->images++;
        } else if (one.err.code == RWDA_EMISMATCH) { /* a mask of another size is another image's */
            status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%s", one.err.message);
            rw_decoded_free(&one);
            return status;
        } else {
            rw_warn(m->events, "%s; left out of %s", one.err.message, m->map->title);
            cell->left_out++;
            m->unlucky |= one.err.code == RWDA_ENOMEM || one.err.code == RWDA_EIO;
        }
        rw_decoded_free(&one);
        if (rw_progress(m->events, stage, category->first + i + 1, m->e->data->count) != 0)
            return rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "cancelled at %zu of %zu images", category->first + i + 1,
                           m->e->data->count);
    }
    return RWDA_OK;
}

static rwda_status measure(rwda_eval_pixel_cell *cell, maker *m, const rwda_eval_category *category, rwda_error *err)
{
    rw_image_source           *source  = NULL;
    rw_image_stream           *stream  = NULL;
    rwda_pixel_metrics        *metrics = NULL;
    selection                  chosen  = { NULL, NULL, 0, 0 };
    rwda_pixel_metrics_options options;
    rwda_error                 why;
    rwda_status                status = RWDA_OK;

    if (!choose(&chosen, cell, m, category))
        goto no_memory;
    if (m->source.missing != NULL || chosen.masks == 0) {
        cell->missing = m->source.missing != NULL ? m->source.missing : rw_eval_no_mask;
        goto done;
    }
    options = form_for(&chosen, m);
    source  = rw_image_source_list(chosen.paths, chosen.count);
    stream  = rw_image_stream_new(source, &m->reading, rwda_session_threads(m->session), AHEAD);
    if (stream == NULL)
        goto no_memory;
    RW_TRY(rwda_pixel_metrics_new(&metrics, &options, err));
    m->doubts = (rw_mask_doubts){ 0 };
    RW_TRY(add_stream(metrics, cell, m, &chosen, stream, category, err));
    rw_mask_doubts_say(&m->doubts, m->events);
    if (rwda_pixel_metrics_finish(&cell->metrics, metrics, &why) != RWDA_OK) {
        rw_warn(m->events, "%s, %s: %s", category->name, m->map->title, why.message);
        cell->missing = rw_eval_no_pixel_metrics;
    }
    goto done;
no_memory:
    status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for pixel metrics", category->name);
done:
    rw_image_stream_free(stream);
    rw_image_source_free(source);
    rwda_pixel_metrics_free(metrics);
    free_selection(&chosen);
    return status;
}

/* ---- All categories ----------------------------------------------------------------------------------------------------- */

/* A memory is not made for nothing: without a mask there are no metrics. */
static rwda_status prepare(maker *m, const rwda_eval_category *category, rwda_error *err)
{
    rw_evidence v      = { m->e, category, m->session, m->events, rw_image_reading_of(&m->e->images), false };
    bool        masks  = m->map->evidence == RWDA_EVAL_WORDS;
    rwda_status status = RWDA_OK;

    for (size_t i = category->first; i < category->last; i++)
        masks |= m->e->data->items[i].mask != NULL;
    if (masks)
        status = rw_map_maker_prepare(&m->source, &v, m->run, m->detector, err);
    else
        rw_map_maker_done(&m->source);
    m->unlucky = v.unlucky;
    return status;
}

static void average(rwda_eval_pixel_run *run, size_t n)
{
    rwda_pixel_results *m    = &run->mean.metrics;
    double              good = 0;

    run->mean = (rwda_eval_pixel_cell){ 0 };
    for (size_t c = 0; c < n; c++) {
        const rwda_pixel_results *f = &run->cells[c].metrics;

        run->mean.images += run->cells[c].images;
        run->mean.left_out += run->cells[c].left_out;
        if (run->cells[c].missing != NULL)
            continue;
        good++;
        m->regions += f->regions;
        m->auroc += f->auroc;
        m->ap += f->ap;
        m->f1_max += f->f1_max;
        m->aupro += f->aupro;
        m->aupro200 += f->aupro200;
    }
    if (!(good > 0)) {
        run->mean.missing = "no category has pixel metrics";
        return;
    }
    for (double *sum[] = { &m->auroc, &m->ap, &m->f1_max, &m->aupro, &m->aupro200 }, **s = sum; s < sum + 5; s++)
        **s /= good;
}

/* Takes a category's cell from the cache, or makes and caches it. */
static rwda_status fill_cell(rwda_eval_pixel_cell *cell, maker *m, const rwda_eval_category *category, const char *cache_dir,
                             rwda_error *err)
{
    char       *text = rw_eval_pixel_describe(m->e, m->run, m->detector, category);
    char        what[32], path[RW_PATH_MAX];
    bool        cached;
    rwda_error  why;
    rwda_status status = RWDA_OK;

    (void)snprintf(what, sizeof what, m->run->shots > 0 ? "map-%s-%d" : "map-%s", m->map->name, m->run->shots);
    cached = text != NULL && cache_dir != NULL && rw_eval_cache_path(path, cache_dir, category, what, "txt");
    if (cached && rw_eval_pixel_take(cell, path, text))
        goto done;
    RW_TRY(prepare(m, category, err));
    RW_TRY(measure(cell, m, category, err));
    if (cached && !m->unlucky && rw_eval_pixel_cache(path, text, cell, &why) != RWDA_OK)
        rw_warn(m->events, "%s", why.message);
done:
    free(text);
    return status;
}

rwda_status rwda_eval_pixel_run_measure(rwda_eval_pixel_run *run, const rwda_evaluation *e, rwda_session *session,
                                        const rwda_detector *detector, const char *cache_dir, const rwda_events *events,
                                        rwda_error *err)
{
    bool        trained = rwda_eval_map_needs_detector(run->map);
    maker       m       = { e,
                            run,
                            run->map,
                            session,
                trained ? detector : NULL,
                            { .scorer = NULL },
                            events,
                            rw_image_reading_of(&e->images),
                            false,
                            { 0 } };
    rwda_status status  = RWDA_OK;

    free(run->cells);
    run->cells = NULL;
    if (trained && detector == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: needs a detector", run->map->title);
    run->cells = calloc(e->n_categories, sizeof *run->cells);
    if (run->cells == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu categories", e->n_categories);
    for (size_t c = 0; c < e->n_categories; c++)
        RW_TRY(fill_cell(&run->cells[c], &m, &e->categories[c], cache_dir, err));
    average(run, e->n_categories);
done:
    rw_map_maker_done(&m.source);
    return status;
}

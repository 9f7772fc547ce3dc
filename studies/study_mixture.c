/* study_mixture.c - the studies of anomalous images among the normal ones, and in a batch. */
#include "studies/study_list.h"

#include "base/status.h"
#include "common/events.h"
#include "common/text_stream.h"
#include "studies/cached.h"
#include "studies/evidence_pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Scores of all settings: [settings, draws, images], NaN where an image is not in the test. */
typedef struct {
    float *scores;
    size_t settings, draws, images;
} table;

static float *row_of(const table *t, size_t setting, size_t draw)
{
    return t->scores + (setting * t->draws + draw) * t->images;
}

static rwda_status new_table(table *out, const study_context *c, size_t settings, rwda_error *err)
{
    size_t n;

    *out        = (table){ NULL, settings, (size_t)c->options.seeds, c->e->data->count };
    n           = settings * out->draws * out->images;
    out->scores = calloc(n, sizeof *out->scores);
    if (out->scores == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu scores", n);
    for (size_t i = 0; i < n; i++)
        out->scores[i] = NAN;
    return RWDA_OK;
}

/* One setting's scores as a point. */
static rwda_status add_point(study_point **out, study *s, const study_context *c, const table *t, size_t setting,
                             const char *method, const char *series, const char *label, double x, rwda_error *err)
{
    rwda_eval_run run    = { .method = rwda_eval_method_named(method), .plan = RWDA_CROPS_ONE, .seeds = (int)t->draws };
    size_t        n      = t->draws * t->images;
    double        usable = 0;
    rwda_status   status;

    run.scores = calloc(n, sizeof *run.scores);
    if (run.scores == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%s: no memory for %zu scores", label, n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        run.scores[i] = (double)row_of(t, setting, 0)[i];
    RW_TRY(rwda_eval_run_measure(&run, c->e, err));
    for (size_t i = 0; i < c->e->n_categories; i++)
        usable += run.cells[i].missing == NULL;
    RW_TRY(study_add_run(out, s, label, x, &run, err));
    (void)snprintf((*out)->series, sizeof(*out)->series, "%s", series);
    (*out)->extra[0] = usable;
done:
    rwda_eval_run_free(&run);
    return status;
}

/* ---- What is kept -------------------------------------------------------------------------------------------------------- */

/* Fills a category's part of the table. */
typedef rwda_status (*fill_fn)(const table *t, study_context *c, const rwda_eval_category *category, rwda_error *err);

/* The caller's to free(); NULL: no memory. */
static char *key_of(const study_context *c, const rwda_eval_category *category, size_t settings)
{
    const rwda_model_info *model = c->e->model;
    char                  *text  = NULL;
    size_t                 len   = 0;
    FILE                  *out   = rw_text_stream(&text, &len);

    if (out == NULL)
        return NULL;
    fprintf(out,
            "memories of rwda %s\nmodel %s\ncpu %s\nprecision %s\nimage %d\ndata %s\ncategory %s\nsettings %zu\ndraws %d\n",
            rwda_version(), model->sha256, model->cpu, model->precision, model->image_size, c->data_sha256, category->name,
            settings, c->options.seeds);
    if (!rw_text_stream_close(out)) {
        free(text);
        return NULL;
    }
    return text;
}

/* A category's scores, [settings, draws, its images] in a row, between the table and `packed`. */
static void copy_category(float *packed, const table *t, const rwda_eval_category *category, bool to_table)
{
    size_t n = category->last - category->first;

    for (size_t i = 0; i < t->settings * t->draws; i++) {
        float *row = t->scores + i * t->images + category->first;

        memcpy(to_table ? row : packed + i * n, to_table ? packed + i * n : row, n * sizeof *row);
    }
}

/* Fills the table from what is kept, else by the function; a category where images failed is not kept, for they are said again. */
static rwda_status fill_category(const table *t, study_context *c, const rwda_eval_category *category, const char *name,
                                 fill_fn fill, rwda_error *err)
{
    size_t      n = t->settings * t->draws * (category->last - category->first), failed = c->failed;
    char       *key    = key_of(c, category, t->settings), place[96];
    float      *packed = calloc(n, sizeof *packed);
    rwda_status status = RWDA_OK;

    (void)snprintf(place, sizeof place, "%s-%zu", name, (size_t)(category - c->e->categories));
    if (key == NULL || packed == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for %zu scores", category->name, n);
        goto done;
    }
    if (cached_take(packed, n, c->options.cache_dir, place, key)) {
        copy_category(packed, t, category, true);
        goto done;
    }
    RW_TRY(fill(t, c, category, err));
    copy_category(packed, t, category, false);
    if (c->failed == failed)
        cached_keep(c->options.cache_dir, place, key, packed, n);
done:
    free(key);
    free(packed);
    return status;
}

static rwda_status fill_table(table *out, study_context *c, size_t settings, const char *name, fill_fn fill, rwda_error *err)
{
    rwda_status status = new_table(out, c, settings, err);

    c->failed = 0;
    for (size_t i = 0; i < c->e->n_categories && status == RWDA_OK; i++)
        status = fill_category(out, c, &c->e->categories[i], name, fill, err);
    return status;
}

/* ---- Anomalous images among the normal ones ------------------------------------------------------------------------------ */

#define SHOTS 16
static const int   wrong[]  = { 0, 1, 2, 4 };
static const float robust[] = { 0.0f, 0.3f };
enum { WRONG = RW_COUNTOF(wrong), ROBUST = RW_COUNTOF(robust), MOST_WRONG = 4 };

/* A draw's memories, and what its test leaves out. */
typedef struct {
    rwda_memory *memories[ROBUST * WRONG];
    rwda_scorer *scorers[ROBUST * WRONG];
    bool        *left_out; /* [images of the data set] */
} drawn;

static void free_drawn(drawn *d)
{
    for (size_t i = 0; i < ROBUST * WRONG; i++) {
        rwda_scorer_free(d->scorers[i]);
        rwda_memory_free(d->memories[i]);
    }
    free(d->left_out);
    *d = (drawn){ .left_out = NULL };
}

static void leave_out(const drawn *d, const study_context *c, const evidence_pool *pool, size_t number)
{
    if (number >= pool->n_normal || pool->from_test)
        d->left_out[pool->items[number] - c->e->data->items] = true;
}

/* 16 images of which the last are anomalous in the place of normal ones; all that any of these memories holds is left out of the test. */
static rwda_status make_drawn(drawn *d, study_context *c, const evidence_pool *pool, int draw, rwda_error *err)
{
    size_t              normal[EVIDENCE_POOL_CLASS], anomalous[EVIDENCE_POOL_CLASS];
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_status         status  = RWDA_OK;

    options.orientation = c->e->images.orientation;
    options.depth       = c->e->images.depth;
    d->left_out         = calloc(c->e->data->count, sizeof *d->left_out);
    if (d->left_out == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu images", c->e->data->count);
    evidence_pool_draw(normal, anomalous, pool, draw);
    for (size_t k = 0; k < SHOTS; k++)
        leave_out(d, c, pool, normal[k]);
    for (size_t k = 0; k < MOST_WRONG; k++)
        leave_out(d, c, pool, anomalous[k]);
    for (size_t i = 0; i < ROBUST * WRONG; i++) {
        size_t bad                             = (size_t)wrong[i % WRONG];
        bool   chosen[2 * EVIDENCE_POOL_CLASS] = { false };

        for (size_t k = 0; k < SHOTS; k++)
            chosen[k < SHOTS - bad ? normal[k] : anomalous[k - (SHOTS - bad)]] = true;
        RW_TRY(evidence_pool_choose(&d->memories[i], pool, c, i / WRONG, chosen, err));
        options.memory = d->memories[i];
        RW_TRY(rwda_scorer_new(&d->scorers[i], c->session, NULL, &options, err));
    }
done:
    return status;
}

static rwda_status score_image(const table *t, study_context *c, const drawn *d, size_t draw, size_t image, rwda_error *err)
{
    rwda_score        scores[ROBUST * WRONG];
    rwda_image       *loaded = NULL;
    const rwda_image *one;
    rwda_status       status = rwda_image_load(&loaded, c->e->data->items[image].path, &c->e->images, err);

    one = loaded;
    if (status == RWDA_OK)
        status =
            rwda_scorer_score_many(scores, c->session, (const rwda_scorer *const *)d->scorers, ROBUST * WRONG, &one, 1, err);
    rwda_image_free(loaded);
    for (size_t i = 0; i < ROBUST * WRONG && status == RWDA_OK; i++)
        row_of(t, i, draw)[image] = scores[i].logit;
    if (status == RWDA_OK || status == RWDA_ENOMEM)
        return status;
    rw_warn(c->options.events, "%s; left out", err->message);
    c->failed++;
    return RWDA_OK;
}

static rwda_status score_draw(const table *t, study_context *c, const evidence_pool *pool,
                              const rwda_eval_category *category, int draw, rwda_error *err)
{
    drawn       d      = { .left_out = NULL };
    rwda_status status = RWDA_OK;

    RW_TRY(make_drawn(&d, c, pool, draw, err));
    for (size_t i = category->first; i < category->last; i++) {
        if (!d.left_out[i])
            RW_TRY(score_image(t, c, &d, (size_t)draw, i, err));
        if (rw_progress(c->options.events, "images, contaminated memories", i + 1, c->e->data->count) != 0) {
            status =
                rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "cancelled at %zu of %zu images", i + 1, c->e->data->count);
            goto done;
        }
    }
done:
    free_drawn(&d);
    return status;
}

static rwda_status fill_contaminated(const table *t, study_context *c, const rwda_eval_category *category, rwda_error *err)
{
    rwda_memory_options options[ROBUST];
    evidence_pool       pool;
    rwda_status         status;

    for (size_t i = 0; i < ROBUST; i++) {
        options[i]             = (rwda_memory_options)RWDA_MEMORY_OPTIONS_INIT;
        options[i].orientation = c->e->images.orientation;
        options[i].depth       = c->e->images.depth;
        options[i].robust      = robust[i];
        options[i].words = options[i].scores = 0;
    }
    RW_TRY(evidence_pool_make(&pool, c, category, true, options, ROBUST, err));
    if (pool.n_all > 0 && pool.n_normal >= SHOTS + (size_t)pool.from_test && pool.n_anomalous > MOST_WRONG)
        for (int draw = 0; draw < c->options.seeds && status == RWDA_OK; draw++)
            status = score_draw(t, c, &pool, category, draw, err);
    evidence_pool_free(&pool);
done:
    return status;
}

rwda_status study_contaminated(study_context *c, study *s, rwda_error *err)
{
    static const char *const series[] = { "nearest of all", "robust, mean of the nearest 30 %" };
    table                    t;
    rwda_status              status;

    s->title = "Anomalous images among the normal ones";
    s->question =
        "What is left of a memory of 16 images when some of them are anomalous, and does the robust distance help?";
    s->method =
        "Anomalous images of the test stand in the place of normal ones; those that any memory of a draw holds are in no "
        "test of that draw, so all rows are of the same images. Of more than 100 of a class 100 are drawn from.";
    s->plot      = STUDY_LINES;
    s->x_title   = "anomalous images of 16";
    s->over      = "draws";
    s->extras[0] = "categories";
    RW_TRY(fill_table(&t, c, ROBUST * WRONG, s->name, fill_contaminated, err));
    for (size_t i = 0; i < ROBUST * WRONG; i++) {
        study_point *p;
        char         label[32];

        (void)snprintf(label, sizeof label, "%d of %d", wrong[i % WRONG], SHOTS);
        RW_TRY(add_point(&p, s, c, &t, i, "memory", series[i / WRONG], label, wrong[i % WRONG], err));
        p->base = i == 0;
    }
    study_say_categories(s, s->points, c->e->n_categories, "16 normal images, 5 anomalous ones and some to test with");
    for (size_t k = 0; k < ROBUST && s->points[0].extra[0] > 0; k++) {
        const study_point *first = &s->points[k * WRONG], *last = first + WRONG - 1;

        study_say(s, "%s: AUROC %.3f with none of 16 anomalous, %.3f with %d (%+.3f).", first->series, first->auroc.mean,
                  last->auroc.mean, MOST_WRONG, last->auroc.mean - first->auroc.mean);
    }
done:
    free(t.scores);
    return status;
}

/* ---- Anomalies in a batch ------------------------------------------------------------------------------------------------ */

static const int sizes[]  = { 20, 40, 80 };
static const int shares[] = { 5, 10, 20, 30, 50 }; /* percent; all give whole numbers of images */
enum { SIZES = RW_COUNTOF(sizes), SHARES = RW_COUNTOF(shares) };

/* Whether all batches of n can be drawn: rows of one size are then of the same categories. */
static bool suffices(const evidence_pool *pool, size_t n)
{
    return pool->n_normal >= n - n * (size_t)shares[0] / 100 && pool->n_anomalous >= n * (size_t)shares[SHARES - 1] / 100;
}

/* A batch's scores are those of its members, each against the others. */
static rwda_status score_batch(const table *t, study_context *c, const evidence_pool *pool, size_t setting, int draw,
                               rwda_error *err)
{
    size_t       normal[EVIDENCE_POOL_CLASS], anomalous[EVIDENCE_POOL_CLASS], n = (size_t)sizes[setting / SHARES];
    size_t       bad                             = n * (size_t)shares[setting % SHARES] / 100;
    bool         chosen[2 * EVIDENCE_POOL_CLASS] = { false };
    rwda_memory *batch                           = NULL;
    rwda_status  status                          = RWDA_OK;

    if (!suffices(pool, n))
        return RWDA_OK;
    evidence_pool_draw(normal, anomalous, pool, draw);
    for (size_t k = 0; k < n; k++)
        chosen[k < bad ? anomalous[k] : normal[k - bad]] = true;
    RW_TRY(evidence_pool_choose(&batch, pool, c, 0, chosen, err));
    for (size_t i = 0; i < n; i++) {
        const rwda_dataset_item *item = pool->items[evidence_pool_number(batch, i)];

        row_of(t, setting, (size_t)draw)[item - c->e->data->items] = rwda_memory_image_at(batch, i)->score;
    }
done:
    rwda_memory_free(batch);
    return status;
}

static rwda_status fill_batch(const table *t, study_context *c, const rwda_eval_category *category, rwda_error *err)
{
    rwda_memory_options options = RWDA_MEMORY_OPTIONS_INIT;
    evidence_pool       pool;
    rwda_status         status;

    options.orientation = c->e->images.orientation;
    options.depth       = c->e->images.depth;
    options.mutual      = 1;
    options.words       = 0;
    RW_TRY(evidence_pool_make(&pool, c, category, false, &options, 1, err));
    for (size_t i = 0; i < t->settings * t->draws && pool.n_all > 0 && status == RWDA_OK; i++)
        status = score_batch(t, c, &pool, i / t->draws, (int)(i % t->draws), err);
    evidence_pool_free(&pool);
done:
    return status;
}

rwda_status study_batch(study_context *c, study *s, rwda_error *err)
{
    table       t;
    rwda_status status;

    s->title    = "Anomalies in a batch";
    s->question = "Does mutual scoring hold when many images of the batch are anomalous, and when there are few images?";
    s->method =
        "Batches drawn from the test images, normal and anomalous ones apart; of more than 100 of a class, 100, evenly "
        "spaced. Rows of one size are of the categories that have images for all of them; other sizes may be of others.";
    s->plot      = STUDY_LINES;
    s->x_title   = "anomalous images in the batch, percent";
    s->over      = "draws";
    s->extras[0] = "categories";
    RW_TRY(fill_table(&t, c, SIZES * SHARES, s->name, fill_batch, err));
    for (size_t i = 0; i < SIZES * SHARES; i++) {
        study_point *p;
        char         series[32], label[32];

        (void)snprintf(series, sizeof series, "batches of %d", sizes[i / SHARES]);
        (void)snprintf(label, sizeof label, "%d %%", shares[i % SHARES]);
        RW_TRY(add_point(&p, s, c, &t, i, "mutual", series, label, shares[i % SHARES], err));
    }
    for (size_t k = 0; k < SIZES; k++) {
        int  bad = sizes[k] * shares[SHARES - 1] / 100;
        char what[96];

        (void)snprintf(what, sizeof what, "the %d normal and %d anomalous images for batches of %d",
                       sizes[k] - sizes[k] * shares[0] / 100, bad, sizes[k]);
        study_say_categories(s, &s->points[k * SHARES], c->e->n_categories, what);
    }
    study_say_extremes(s);
done:
    free(t.scores);
    return status;
}

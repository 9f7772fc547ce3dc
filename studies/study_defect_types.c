/* study_defect_types.c - the study of defect types. */
#include "studies/study_list.h"

#include "base/status.h"
#include "studies/defect_draw.h"
#include "studies/runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Categories ---------------------------------------------------------------------------------------------------------- */

/* A category's defect types with metrics: how many, lowest and highest AUROC (NaN: none). */
typedef struct {
    int    count;
    double low, high;
} type_range;

static type_range types_of(const rwda_eval_run *run, const char *category)
{
    type_range r = { 0, NAN, NAN };

    for (size_t k = 0; k < run->n_defect_types; k++) {
        const rwda_eval_defect_type *type = &run->defect_types[k];

        if (type->anomalous == 0 || strcmp(type->category, category) != 0)
            continue;
        r.count++;
        r.low  = fmin(r.low, type->auroc.mean); /* fmin() and fmax() leave NaN out */
        r.high = fmax(r.high, type->auroc.mean);
    }
    return r;
}

/* A category's defect types for its point. */
static rwda_status copy_types(study_point *p, const rwda_eval_run *run, const char *category, rwda_error *err)
{
    p->defect_types = calloc(run->n_defect_types + 1, sizeof *p->defect_types);
    if (p->defect_types == NULL)
        goto no_memory;
    for (size_t k = 0; k < run->n_defect_types; k++) {
        rwda_eval_defect_type type = run->defect_types[k];

        if (strcmp(type.category, category) != 0)
            continue;
        type.name = strdup(type.name);
        if (type.name == NULL)
            goto no_memory;
        p->defect_types[p->n_defect_types++] = type;
    }
    return RWDA_OK;
no_memory:
    return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu defect types", run->n_defect_types);
}

/* A point for each category of a run: its AUROC against its number of defect types. */
static rwda_status add_categories(study *s, const study_context *c, const rwda_eval_run *run, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (size_t i = 0; i < c->e->n_categories; i++) {
        const rwda_eval_cell *cell = &run->cells[i];
        const char           *name = c->e->categories[i].name;
        type_range            r    = types_of(run, name);
        study_point          *p;

        if (cell->missing != NULL)
            continue;
        RW_TRY(study_add(&p, s, run->method->title, name, r.count, err));
        p->seeds    = run->seeds;
        p->auroc    = cell->auroc;
        p->ap       = cell->ap;
        p->f1_max   = cell->f1_max;
        p->extra[0] = r.count;
        p->extra[1] = r.low;
        p->extra[2] = r.high;
        RW_TRY(copy_types(p, run, name, err));
    }
done:
    return status;
}

/* ---- Categories with some of their defect types -------------------------------------------------------------------------- */

#define DRAWS     20
#define TYPES_MAX 64 /* of one category; more are not drawn from */

/* Room for the scores of the largest category. */
typedef struct {
    double  *scores;
    uint8_t *labels;
} selection;

/* AUROC of a category whose anomalies are k of its defect types (all, where it has fewer); NaN: it has no metrics. */
static double auroc_with_types(const selection *room, const study_context *c, const rwda_eval_run *run, const double *values,
                               const rwda_eval_category *category, size_t k, uint64_t *state)
{
    const char  *names[TYPES_MAX];
    size_t       n = 0, m = 0;
    rwda_metrics metrics;

    for (size_t i = 0; i < run->n_defect_types && n < TYPES_MAX; i++)
        if (run->defect_types[i].anomalous > 0 && strcmp(run->defect_types[i].category, category->name) == 0)
            names[n++] = run->defect_types[i].name;
    k = k < n ? k : n;
    defect_draw(names, n, k, state);
    for (size_t i = category->first; i < category->last; i++) {
        const rwda_dataset_item *item = &c->e->data->items[i];

        if (isnan(values[i]) || (item->anomalous && !defect_drawn(item->defect_type, names, k)))
            continue;
        room->scores[m]   = values[i];
        room->labels[m++] = (uint8_t)item->anomalous;
    }
    return m > 0 && rwda_metrics_compute(&metrics, room->scores, room->labels, m, NULL) == RWDA_OK ? metrics.auroc : NAN;
}

/* One draw of k types for each category: mean AUROC over the categories that have one. */
static double draw_once(const selection *room, const study_context *c, const rwda_eval_run *run, size_t draw, size_t k)
{
    const double *values = run->scores + (draw % (size_t)run->seeds) * c->e->data->count;
    uint64_t      state  = draw; /* the same types for every method */
    double        sum    = 0;
    size_t        n      = 0;

    for (size_t i = 0; i < c->e->n_categories; i++) {
        double auroc = auroc_with_types(room, c, run, values, &c->e->categories[i], k, &state);

        sum += isnan(auroc) ? 0 : auroc;
        n += isnan(auroc) ? 0 : 1;
    }
    return n > 0 ? sum / (double)n : NAN;
}

static rwda_eval_stat draw_all(const selection *room, const study_context *c, const rwda_eval_run *run, size_t k)
{
    double draws[DRAWS], mean = 0, square = 0;

    for (size_t d = 0; d < DRAWS; d++) {
        draws[d] = draw_once(room, c, run, d, k);
        mean += draws[d] / DRAWS;
    }
    for (size_t d = 0; d < DRAWS; d++)
        square += (draws[d] - mean) * (draws[d] - mean) / (DRAWS - 1);
    return (rwda_eval_stat){ mean, sqrt(square) };
}

/* Defect types of the category with the most. */
static size_t most_types(const rwda_eval_run *run)
{
    size_t most = 0, own = 0;

    for (size_t k = 0; k < run->n_defect_types; k++) {
        own  = k > 0 && strcmp(run->defect_types[k].category, run->defect_types[k - 1].category) == 0 ? own + 1 : 1;
        most = own > most ? own : most;
    }
    return most;
}

/* A point for each number of defect types: mean over categories, std over draws of which types. */
static rwda_status add_draws(study *s, const study_context *c, const rwda_eval_run *run, rwda_error *err)
{
    rwda_eval_stat one    = { NAN, NAN };
    size_t         most   = most_types(run);
    selection      room   = { calloc(c->e->data->count, sizeof(double)), calloc(c->e->data->count, 1) };
    rwda_status    status = RWDA_OK;
    char           series[64], label[48];

    if (room.scores == NULL || room.labels == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu scores", c->e->data->count);
        goto done;
    }
    (void)snprintf(series, sizeof series, "%s, defect types drawn", run->method->title);
    for (size_t k = 1; k < 2 * most && most > 1; k *= 2) {
        size_t         types = k < most ? k : most;
        rwda_eval_stat drawn = draw_all(&room, c, run, types);
        study_point   *p;

        (void)snprintf(label, sizeof label, "%zu of its defect types", types);
        RW_TRY(study_add(&p, s, series, label, (double)types, err));
        p->seeds    = DRAWS;
        p->auroc    = drawn;
        p->extra[0] = (double)types;
        if (types == 1)
            one = drawn;
        if (types == most && !isnan(drawn.mean))
            study_say(s,
                      "%s: with one defect type in each category AUROC is %.3f ± %.3f over %d draws of the type, with all "
                      "types %.3f.",
                      run->method->title, one.mean, one.std, DRAWS, drawn.mean);
    }
done:
    free(room.scores);
    free(room.labels);
    return status;
}

/* ---- Summary ------------------------------------------------------------------------------------------------------------- */

/* Mean AUROC of a defect type over the categories that have it; NaN: none has metrics. */
static double auroc_of_type(const rwda_eval_run *run, const char *name)
{
    double sum = 0;
    int    n   = 0;

    for (size_t j = 0; j < run->n_defect_types; j++)
        if (run->defect_types[j].anomalous > 0 && strcmp(run->defect_types[j].name, name) == 0) {
            sum += run->defect_types[j].auroc.mean;
            n++;
        }
    return n > 0 ? sum / n : NAN;
}

static void say_types(study *s, const rwda_eval_run *run)
{
    const char *best = NULL, *worst = NULL;
    double      high = -1, low = 2;

    for (size_t k = 0; k < run->n_defect_types; k++) {
        double auroc = auroc_of_type(run, run->defect_types[k].name);

        if (auroc > high) {
            high = auroc;
            best = run->defect_types[k].name;
        }
        if (auroc < low) {
            low   = auroc;
            worst = run->defect_types[k].name;
        }
    }
    if (best != NULL && best != worst)
        study_say(s,
                  "%s: over the categories that have it, the defect type \"%.60s\" is easiest (mean AUROC %.3f), \"%.60s\" "
                  "hardest "
                  "(%.3f).",
                  run->method->title, best, high, worst, low);
}

/* Of the points that are categories: those of draws have no hardest type. */
static double types_in_category(const study_point *p)
{
    return isnan(p->extra[1]) ? NAN : p->x;
}

/* Points and sentences of one method. */
static rwda_status add_method(study *s, study_context *c, const char *method, rwda_error *err)
{
    study_setting setting = { .method = method, .plan = RWDA_CROPS_ONE };
    rwda_eval_run run;
    char          name[64];
    size_t        before = s->n_points;
    rwda_status   status;

    (void)snprintf(name, sizeof name, "kinds-%s", method);
    RW_TRY(study_run(&run, c, &setting, name, err));
    RW_TRY(add_categories(s, c, &run, err));
    if (s->n_points == before) /* no category has metrics */
        goto done;
    say_types(s, &run);
    RW_TRY(add_draws(s, c, &run, err));
done:
    rwda_eval_run_free(&run);
    return status;
}

rwda_status study_defect_types(study_context *c, study *s, rwda_error *err)
{
    double      r;
    rwda_status status = RWDA_OK;

    s->title    = "Diversity of the anomalies";
    s->question = "Are categories with more defect types harder?";
    s->method =
        "A point is a category; kinds-kinds.csv has each defect type against its category's normal images. \"Defect "
        "types drawn\": only so many types of each category are looked for; mean over categories, standard deviation "
        "over 20 draws of which types.";
    s->plot      = STUDY_SCATTER;
    s->x_title   = "defect types in the category";
    s->extras[0] = "kinds";
    s->extras[1] = "AUROC of the hardest kind";
    s->extras[2] = "AUROC of the easiest kind";
    RW_TRY(add_method(s, c, "fnn", err));
    RW_TRY(add_method(s, c, "clip", err));
    r = study_rank_correlation(s, types_in_category);
    if (isnan(r))
        study_say(s, "There are too few categories, or all have as many defect types: no correlation can be given.");
    else
        study_say(s, "Number of defect types and AUROC have a rank correlation of %.2f over %zu points (both methods).", r,
                  s->n_points);
done:
    return status;
}

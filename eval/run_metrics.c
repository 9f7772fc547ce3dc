/* run_metrics.c - image metrics of a run: by category, by defect type, their mean. */
#include "base/memory.h"

#include <rwda_eval.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BOOTSTRAP_ROUNDS 1000
#define N_METRICS        5 /* of a cell */

/* What all categories of a run are measured with. */
typedef struct {
    const rwda_eval_run   *run;
    const rwda_evaluation *e;
    double                *scores; /* [n] chosen ones, without failed images ... */
    uint8_t               *labels; /* [n] */
    size_t                 n, anomalous;
    double                *averaged;                             /* [images] over the seeds that have a score */
    double                 sums[N_METRICS][RWDA_EVAL_SEEDS_MAX]; /* over categories */
    size_t                 room;                                 /* of the run's defect types */
} measuring;

/* ---- Choosing ----------------------------------------------------------------------------------------------------------- */

/* Whether `joined` ("RB+OB") has that defect type. */
static bool has_defect_type(const char *joined, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = joined;;) {
        const char *end = strchr(at, '+');
        size_t      n   = end != NULL ? (size_t)(end - at) : strlen(at);

        if (n == len && strncmp(at, name, n) == 0)
            return true;
        if (end == NULL)
            return false;
        at = end + 1;
    }
}

/* defect_type NULL: all images of the category; else its normal ones and those of the defect type. */
static void choose(measuring *m, const rwda_eval_category *category, const char *defect_type, const double *scores)
{
    m->n = m->anomalous = 0;
    for (size_t i = category->first; i < category->last; i++) {
        const rwda_dataset_item *item = &m->e->data->items[i];

        if (isnan(scores[i]) || (defect_type != NULL && item->anomalous && !has_defect_type(item->defect_type, defect_type)))
            continue;
        m->scores[m->n]   = scores[i];
        m->labels[m->n++] = (uint8_t)item->anomalous;
        m->anomalous += (size_t)item->anomalous;
    }
}

static const double *scores_of_seed(const measuring *m, int seed)
{
    return m->run->scores + (size_t)seed * m->e->data->count;
}

/* ---- Categories --------------------------------------------------------------------------------------------------------- */

static rwda_eval_stat stat_of(const double *values, int n)
{
    double mean = 0.0, square = 0.0;

    for (int i = 0; i < n; i++)
        mean += values[i] / n;
    for (int i = 0; i < n; i++)
        square += (values[i] - mean) * (values[i] - mean);
    return (rwda_eval_stat){ mean, n > 1 ? sqrt(square / (n - 1)) : 0.0 };
}

static void fill_stats(rwda_eval_cell *cell, double values[N_METRICS][RWDA_EVAL_SEEDS_MAX], int seeds)
{
    cell->auroc     = stat_of(values[0], seeds);
    cell->ap        = stat_of(values[1], seeds);
    cell->aupr      = stat_of(values[2], seeds);
    cell->f1_max    = stat_of(values[3], seeds);
    cell->f1_normal = stat_of(values[4], seeds);
}

static void fill_interval(rwda_eval_cell *cell, measuring *m, const rwda_eval_category *category)
{
    rwda_metrics low, high;

    choose(m, category, NULL, m->averaged);
    if (rwda_metrics_bootstrap(&low, &high, m->scores, m->labels, m->n, BOOTSTRAP_ROUNDS, 1, NULL) == RWDA_OK) {
        cell->low  = low.auroc;
        cell->high = high.auroc;
    }
}

/* A draw leaves images out; an image without any score has none. */
static void average(measuring *m, size_t image)
{
    double sum  = 0.0;
    int    have = 0;

    for (int seed = 0; seed < m->run->seeds; seed++)
        have += !isnan(scores_of_seed(m, seed)[image]);
    for (int seed = 0; seed < m->run->seeds; seed++)
        sum += isnan(scores_of_seed(m, seed)[image]) ? 0.0 : scores_of_seed(m, seed)[image] / have;
    m->averaged[image] = have > 0 ? sum : (double)NAN;
}

static void fill_cell(rwda_eval_cell *cell, measuring *m, const rwda_eval_category *category)
{
    double       values[N_METRICS][RWDA_EVAL_SEEDS_MAX];
    int          seeds = m->run->seeds;
    rwda_metrics one;

    if (m->run->sources != NULL && m->run->sources[category - m->e->categories].missing != NULL) {
        cell->missing = m->run->sources[category - m->e->categories].missing;
        return;
    }
    for (int seed = 0; seed < seeds; seed++) {
        const double *scores = scores_of_seed(m, seed);

        choose(m, category, NULL, scores);
        cell->normal    = m->n - m->anomalous;
        cell->anomalous = m->anomalous;
        if (rwda_metrics_compute(&one, m->scores, m->labels, m->n, NULL) != RWDA_OK) {
            cell->missing = cell->anomalous == 0 ? "no anomalous image"
                            : cell->normal == 0  ? "no normal image"
                                                 : "scores are not finite";
            return;
        }
        for (int k = 0; k < N_METRICS; k++)
            values[k][seed] = (const double[]){ one.auroc, one.ap, one.aupr, one.f1_max, one.f1_normal }[k];
    }
    for (size_t i = category->first; i < category->last; i++)
        average(m, i);
    fill_stats(cell, values, seeds);
    for (int seed = 0; seed < seeds; seed++)
        for (int k = 0; k < N_METRICS; k++)
            m->sums[k][seed] += values[k][seed];
    fill_interval(cell, m, category);
}

/* ---- Defect types ------------------------------------------------------------------------------------------------------- */

/* Adds a category's defect type unless it is there; false: no memory. */
static bool add_defect_type(rwda_eval_run *run, size_t *room, const char *category, const char *name, size_t len)
{
    rwda_eval_defect_type *added;

    for (size_t k = 0; k < run->n_defect_types; k++)
        if (strcmp(run->defect_types[k].category, category) == 0 && strncmp(run->defect_types[k].name, name, len) == 0 &&
            run->defect_types[k].name[len] == '\0')
            return true;
    if (!rw_array_reserve((void **)&run->defect_types, room, run->n_defect_types, 1, sizeof *run->defect_types))
        return false;
    added  = &run->defect_types[run->n_defect_types];
    *added = (rwda_eval_defect_type){ category, strndup(name, len), 0, { 0, 0 } };
    run->n_defect_types += added->name != NULL;
    return added->name != NULL;
}

/* The names that are joined by '+' in a category's items. */
static bool list_defect_types(rwda_eval_run *run, measuring *m, const rwda_eval_category *category)
{
    for (size_t i = category->first; i < category->last; i++) {
        const rwda_dataset_item *item = &m->e->data->items[i];

        for (const char *at = item->defect_type; item->anomalous && *at != '\0';) {
            size_t len = strcspn(at, "+");

            if (len > 0 && !add_defect_type(run, &m->room, category->name, at, len))
                return false;
            at += len + (at[len] == '+');
        }
    }
    return true;
}

static void fill_defect_type(rwda_eval_defect_type *type, measuring *m, const rwda_eval_category *category)
{
    double       values[RWDA_EVAL_SEEDS_MAX];
    rwda_metrics one;

    for (int seed = 0; seed < m->run->seeds; seed++) {
        choose(m, category, type->name, scores_of_seed(m, seed));
        if (rwda_metrics_compute(&one, m->scores, m->labels, m->n, NULL) != RWDA_OK)
            return;
        values[seed] = one.auroc;
    }
    type->anomalous = m->anomalous;
    type->auroc     = stat_of(values, m->run->seeds);
}

/* ---- A run -------------------------------------------------------------------------------------------------------------- */

static void fill_mean(rwda_eval_run *run, measuring *m)
{
    rwda_eval_cell *mean = &run->mean;
    int             good = 0;

    *mean = (rwda_eval_cell){ 0 };
    for (size_t c = 0; c < m->e->n_categories; c++) {
        good += run->cells[c].missing == NULL;
        mean->normal += run->cells[c].normal;
        mean->anomalous += run->cells[c].anomalous;
    }
    if (good == 0)
        mean->missing = "no category has metrics";
    for (int k = 0; k < N_METRICS; k++)
        for (int seed = 0; seed < run->seeds && good > 0; seed++)
            m->sums[k][seed] /= good;
    fill_stats(mean, m->sums, run->seeds);
}

static void free_metrics(rwda_eval_run *run)
{
    for (size_t k = 0; k < run->n_defect_types; k++)
        free(run->defect_types[k].name);
    free(run->defect_types);
    free(run->cells);
    run->cells          = NULL;
    run->defect_types   = NULL;
    run->n_defect_types = 0;
}

rwda_status rwda_eval_run_measure(rwda_eval_run *run, const rwda_evaluation *e, rwda_error *err)
{
    size_t    n = e->data->count;
    measuring m = { .run      = run,
                    .e        = e,
                    .scores   = calloc(n, sizeof(double)),
                    .labels   = calloc(n, 1),
                    .averaged = calloc(n, sizeof(double)) };
    bool      fine;

    free_metrics(run);
    run->cells = calloc(e->n_categories, sizeof *run->cells);
    fine       = run->cells != NULL && m.scores != NULL && m.labels != NULL && m.averaged != NULL;
    for (size_t c = 0; fine && c < e->n_categories; c++) {
        size_t from = run->n_defect_types;

        fill_cell(&run->cells[c], &m, &e->categories[c]);
        fine = list_defect_types(run, &m, &e->categories[c]);
        for (size_t k = from; fine && k < run->n_defect_types; k++)
            fill_defect_type(&run->defect_types[k], &m, &e->categories[c]);
    }
    if (fine)
        fill_mean(run, &m);
    else
        free_metrics(run);
    free(m.scores);
    free(m.labels);
    free(m.averaged);
    return fine ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the metrics");
}

/* runs.c - how good is a method on every category, over all seeds? */
#include "eval/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BOOTSTRAP_ROUNDS 1000

const eval_method eval_methods[] = {
    /* name, title, method, prompts, seeded, detector, named, resize */
    { "fnn", "RWDA FNN", RWDA_METHOD_FNN, RWDA_PROMPTS_ENSEMBLE, true, true, false, RWDA_RESIZE_CONFIG },
    { "both", "RWDA FNN + CLIP", RWDA_METHOD_BOTH, RWDA_PROMPTS_ENSEMBLE, true, true, true, RWDA_RESIZE_CONFIG },
    { "clip-ac", "CLIP, two prompts", RWDA_METHOD_CLIP, RWDA_PROMPTS_SINGLE, false, false, true, RWDA_RESIZE_CONFIG },
    { "clip", "CLIP, ensemble", RWDA_METHOD_CLIP, RWDA_PROMPTS_ENSEMBLE, false, false, true, RWDA_RESIZE_CONFIG },
    { "lda", "LDA", RWDA_METHOD_LDA, RWDA_PROMPTS_ENSEMBLE, true, true, false, RWDA_RESIZE_CONFIG },
    { "paired", "paired difference", RWDA_METHOD_MEAN_DIFFERENCE, RWDA_PROMPTS_ENSEMBLE, true, true, false, RWDA_RESIZE_CONFIG },
    { "winclip", "WinCLIP", RWDA_METHOD_WINCLIP, RWDA_PROMPTS_ENSEMBLE, false, false, true, RWDA_RESIZE_SQUASH },
    { "random", "random numbers", RWDA_METHOD_CLIP, RWDA_PROMPTS_SINGLE, true, false, false, RWDA_RESIZE_CONFIG },
};
const size_t eval_n_methods = sizeof eval_methods / sizeof eval_methods[0];

const eval_method *eval_method_named(const char *name)
{
    for (size_t i = 0; i < eval_n_methods; i++)
        if (strcmp(eval_methods[i].name, name) == 0)
            return &eval_methods[i];
    fprintf(stderr, "rwda: --method: \"%s\" is none of", name);
    for (size_t i = 0; i < eval_n_methods; i++)
        fprintf(stderr, " %s", eval_methods[i].name);
    fputc('\n', stderr);
    return NULL;
}

/* ---- Scores -------------------------------------------------------------------------------------------------------------- */

/* "01" is no word: NULL, as if the object were unknown. */
const char *eval_object_name(const char *category)
{
    return category[strspn(category, "0123456789_ ")] != '\0' ? category : NULL;
}

/* splitmix64: a number in [0, 1) from a place and a seed, one that a float holds. */
static double random_number(size_t i, int seed)
{
    uint64_t z = ((uint64_t)i + 1) * 0x9e3779b97f4a7c15u + (uint64_t)seed * 0xd1b54a32d192ed03u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 40) / 16777216.0;
}

/* Scores items first .. last of one seed with one scorer. */
static rwda_status score_range(eval_run *run, size_t seed_at, size_t first, size_t last, rwda_session *session,
                               const rwda_scorer *scorer, const eval_embeddings *x, size_t dim, rwda_error *err)
{
    for (size_t i = first; i < last; i++) {
        rwda_score one   = { NAN, NAN, NAN, 0, NAN };
        size_t     crops = x->first[i + 1] - x->first[i];

        if (crops > 0) {
            rwda_status status = rwda_scorer_score_embeddings(&one, session, scorer, x->x + x->first[i] * dim, crops, err);

            if (status != RWDA_OK)
                return status;
        }
        run->scores[seed_at + i] = (double)one.logit; /* scores near 1 tie in float32, logits do not */
        run->shown[seed_at + i]  = (double)one.score;
        if (run->fnn != NULL) {
            run->fnn[seed_at + i]  = (double)one.score_fnn;
            run->clip[seed_at + i] = (double)one.score_clip;
        }
    }
    return RWDA_OK;
}

static rwda_status score_seed(eval_run *run, size_t seed_at, const evaluation *e, rwda_session *session, rwda_resize resize,
                              const eval_embeddings *x, const rwda_detector *detector, rwda_error *err)
{
    bool                known   = strcmp(e->object, "known") == 0 && run->method->named;
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_status         status  = RWDA_OK;
    size_t              dim     = (size_t)e->model->embed_dim;

    options.method  = run->method->method;
    options.prompts = run->method->prompts;
    options.resize  = resize;
    options.crops   = run->plan;
    options.pool    = run->pool;
    options.names   = e->names;
    for (size_t c = 0; c < (known ? e->n_categories : 1) && status == RWDA_OK; c++) { /* names: a scorer for each category */
        rwda_scorer *scorer = NULL;

        options.object = known ? eval_object_name(e->categories[c].name) : NULL;
        status         = rwda_scorer_new(&scorer, session, detector, &options, err);
        if (status == RWDA_OK)
            status = score_range(run, seed_at, known ? e->categories[c].first : 0,
                                 known ? e->categories[c].last : e->data.count, session, scorer, x, dim, err);
        rwda_scorer_free(scorer);
    }
    return status;
}

int eval_score(eval_run *run, const evaluation *e, rwda_session *session, rwda_resize resize, const eval_embeddings *x,
               rwda_detector *const *detectors, bool parts)
{
    size_t     all = (size_t)run->seeds * e->data.count;
    rwda_error err;

    run->scores = calloc(all, sizeof *run->scores);
    run->shown  = calloc(all, sizeof *run->shown);
    run->fnn    = parts ? calloc(all, sizeof *run->fnn) : NULL;
    run->clip   = parts ? calloc(all, sizeof *run->clip) : NULL;
    if (run->scores == NULL || run->shown == NULL || (parts && (run->fnn == NULL || run->clip == NULL))) {
        cli_error("no memory for %d x %zu scores", run->seeds, e->data.count);
        return EXIT_SOME_FAILED;
    }
    for (int seed = 0; seed < run->seeds; seed++) {
        size_t seed_at = (size_t)seed * e->data.count;

        if (run->method->seeded && !run->method->detector) {
            for (size_t i = 0; i < e->data.count; i++)
                run->scores[seed_at + i] = run->shown[seed_at + i] =
                    x->first[i + 1] > x->first[i] ? random_number(i, seed) : NAN;
        } else if (score_seed(run, seed_at, e, session, resize, x, run->method->detector ? detectors[seed] : NULL, &err) !=
                   RWDA_OK) {
            cli_error("%s: %s", run->method->title, err.message);
            return EXIT_MODEL;
        }
    }
    return 0;
}

/* ---- Figures ------------------------------------------------------------------------------------------------------------- */

/* Scores and labels of a category (kind NULL: all; else the normal ones and those of the kind), without failed pictures. */
typedef struct {
    double  *scores;
    uint8_t *labels;
    size_t   n, anomalous;
} selection;

static bool has_kind(const char *kinds, const char *kind)
{
    size_t len = strlen(kind);

    for (const char *at = kinds;;) {
        const char *end = strchr(at, '+');
        size_t      n   = end != NULL ? (size_t)(end - at) : strlen(at);

        if (n == len && strncmp(at, kind, n) == 0)
            return true;
        if (end == NULL)
            return false;
        at = end + 1;
    }
}

static void choose(selection *out, const evaluation *e, const eval_category *category, const char *kind,
                   const double *scores)
{
    out->n = out->anomalous = 0;
    for (size_t i = category->first; i < category->last; i++) {
        const dataset_item *item = &e->data.items[i];

        if (isnan(scores[i]) || (kind != NULL && item->anomalous && !has_kind(item->kind, kind)))
            continue;
        out->scores[out->n]   = scores[i];
        out->labels[out->n++] = item->anomalous;
        out->anomalous += item->anomalous;
    }
}

static eval_figure figure_of(const double *values, int n)
{
    double mean = 0.0, square = 0.0;

    for (int i = 0; i < n; i++)
        mean += values[i] / n;
    for (int i = 0; i < n; i++)
        square += (values[i] - mean) * (values[i] - mean);
    return (eval_figure){ mean, n > 1 ? sqrt(square / (n - 1)) : 0.0 };
}

#define N_FIGURES 5

static void cell_figures(eval_cell *cell, double values[N_FIGURES][EVAL_SEEDS_MAX], int seeds)
{
    cell->auroc     = figure_of(values[0], seeds);
    cell->ap        = figure_of(values[1], seeds);
    cell->aupr      = figure_of(values[2], seeds);
    cell->f1_max    = figure_of(values[3], seeds);
    cell->f1_normal = figure_of(values[4], seeds);
}

static void fill_cell(eval_cell *cell, double sums[N_FIGURES][EVAL_SEEDS_MAX], const eval_run *run, const evaluation *e,
                      const eval_category *category, selection *chosen, double *averaged)
{
    double       values[N_FIGURES][EVAL_SEEDS_MAX];
    rwda_metrics m, low, high;
    rwda_error   err;

    memset(averaged, 0, e->data.count * sizeof *averaged);
    for (int seed = 0; seed < run->seeds; seed++) {
        const double *scores = run->scores + (size_t)seed * e->data.count;

        choose(chosen, e, category, NULL, scores);
        cell->normal    = chosen->n - chosen->anomalous;
        cell->anomalous = chosen->anomalous;
        if (rwda_metrics_compute(&m, chosen->scores, chosen->labels, chosen->n, &err) != RWDA_OK) {
            cell->missing = cell->anomalous == 0 ? "no anomalous picture"
                            : cell->normal == 0  ? "no normal picture"
                                                 : "scores are not finite";
            return;
        }
        for (int k = 0; k < N_FIGURES; k++)
            values[k][seed] = (const double[]){ m.auroc, m.ap, m.aupr, m.f1_max, m.f1_normal }[k];
        for (size_t i = category->first; i < category->last; i++)
            averaged[i] += scores[i] / run->seeds;
    }
    cell_figures(cell, values, run->seeds);
    for (int seed = 0; seed < run->seeds; seed++)
        for (int k = 0; k < N_FIGURES; k++)
            sums[k][seed] += values[k][seed];
    choose(chosen, e, category, NULL, averaged);
    if (rwda_metrics_bootstrap(&low, &high, chosen->scores, chosen->labels, chosen->n, BOOTSTRAP_ROUNDS, 1, &err) ==
        RWDA_OK) {
        cell->low  = low.auroc;
        cell->high = high.auroc;
    }
}

/* Adds kind `name` of a category unless it is there. */
static bool add_kind(eval_run *run, const char *category, const char *name)
{
    eval_kind *grown;

    for (size_t k = 0; k < run->n_kinds; k++)
        if (strcmp(run->kinds[k].category, category) == 0 && strcmp(run->kinds[k].kind, name) == 0)
            return true;
    grown = realloc(run->kinds, (run->n_kinds + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    run->kinds                 = grown;
    run->kinds[run->n_kinds++] = (eval_kind){ category, strdup(name), 0, { 0, 0 } };
    return run->kinds[run->n_kinds - 1].kind != NULL;
}

static bool kinds_of(eval_run *run, const evaluation *e, const eval_category *category, selection *chosen)
{
    size_t from = run->n_kinds;

    for (size_t i = category->first; i < category->last; i++) {
        char names[256], *save = NULL;

        if (!e->data.items[i].anomalous)
            continue;
        (void)snprintf(names, sizeof names, "%s", e->data.items[i].kind);
        for (char *name = strtok_r(names, "+", &save); name != NULL; name = strtok_r(NULL, "+", &save))
            if (!add_kind(run, category->name, name))
                return false;
    }
    for (size_t k = from; k < run->n_kinds; k++) {
        double       values[EVAL_SEEDS_MAX];
        rwda_metrics m;
        bool         fine = true;

        for (int seed = 0; seed < run->seeds && fine; seed++) {
            choose(chosen, e, category, run->kinds[k].kind, run->scores + (size_t)seed * e->data.count);
            fine         = rwda_metrics_compute(&m, chosen->scores, chosen->labels, chosen->n, NULL) == RWDA_OK;
            values[seed] = m.auroc;
        }
        run->kinds[k].anomalous = fine ? chosen->anomalous : 0;
        if (fine)
            run->kinds[k].auroc = figure_of(values, run->seeds);
    }
    return true;
}

int eval_figures(eval_run *run, const evaluation *e)
{
    double    sums[N_FIGURES][EVAL_SEEDS_MAX] = { { 0 } };
    double   *averaged                        = calloc(e->data.count, sizeof *averaged);
    selection chosen                          = { calloc(e->data.count, sizeof(double)), calloc(e->data.count, 1), 0, 0 };
    int       good                            = 0;
    bool      fine                            = averaged != NULL && chosen.scores != NULL && chosen.labels != NULL;

    run->cells = calloc(e->n_categories, sizeof *run->cells);
    fine       = fine && run->cells != NULL;
    for (size_t c = 0; fine && c < e->n_categories; c++) {
        fill_cell(&run->cells[c], sums, run, e, &e->categories[c], &chosen, averaged);
        good += run->cells[c].missing == NULL;
        run->mean.normal += run->cells[c].normal;
        run->mean.anomalous += run->cells[c].anomalous;
        fine = kinds_of(run, e, &e->categories[c], &chosen);
    }
    if (good == 0)
        run->mean.missing = "no category has figures";
    for (int k = 0; k < N_FIGURES; k++)
        for (int seed = 0; seed < run->seeds && good > 0; seed++)
            sums[k][seed] /= good;
    cell_figures(&run->mean, sums, run->seeds);
    free(averaged);
    free(chosen.scores);
    free(chosen.labels);
    if (!fine)
        cli_error("no memory for the figures");
    return fine ? 0 : EXIT_SOME_FAILED;
}

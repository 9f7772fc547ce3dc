/* kinds.c - are categories with many kinds of anomalies harder, and which kinds are? */
#include "studies/studies.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A point for each category of a run: its AUROC against its number of kinds. */
static int add_categories(lab *l, study *s, const eval_run *run)
{
    for (size_t c = 0; c < l->e.n_categories; c++) {
        const eval_cell *cell  = &run->cells[c];
        const char      *name  = l->e.categories[c].name;
        int              kinds = 0;
        double           low = NAN, high = NAN;
        study_point     *p;

        for (size_t k = 0; k < run->n_kinds; k++) {
            if (run->kinds[k].anomalous == 0 || strcmp(run->kinds[k].category, name) != 0)
                continue;
            kinds++;
            low  = fmin(isnan(low) ? 2 : low, run->kinds[k].auroc.mean);
            high = fmax(isnan(high) ? -1 : high, run->kinds[k].auroc.mean);
        }
        if (cell->missing != NULL)
            continue;
        p = study_add(s, run->method->title, name, kinds);
        if (p == NULL)
            return EXIT_SOME_FAILED;
        p->seeds    = run->seeds;
        p->auroc    = cell->auroc;
        p->ap       = cell->ap;
        p->f1_max   = cell->f1_max;
        p->extra[0] = kinds;
        p->extra[1] = low;
        p->extra[2] = high;
    }
    return 0;
}

/* ---- Categories with some of their kinds --------------------------------------------------------------------------------- */

#define DRAWS 20

/* splitmix64: a number below n. */
static size_t below(uint64_t *state, size_t n)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (size_t)((z ^ (z >> 31)) % n);
}

/* Whether a picture of kinds "a+b" has one of the chosen ones. */
static bool has_one(const char *kinds, const char *const *chosen, size_t k)
{
    for (size_t i = 0; i < k; i++) {
        size_t len = strlen(chosen[i]);

        for (const char *at = kinds; at != NULL; at = strchr(at, '+'), at += at != NULL)
            if (strncmp(at, chosen[i], len) == 0 && (at[len] == '\0' || at[len] == '+'))
                return true;
    }
    return false;
}

#define KINDS_MAX 64 /* of one category; more are not drawn from */

/* AUROC of a category whose anomalies are k of its kinds (all, where it has fewer); NaN: it has no figures. */
static double with_kinds(const lab *l, const eval_run *run, const double *values, size_t c, size_t k, uint64_t *state)
{
    const eval_category *category = &l->e.categories[c];
    const char          *names[KINDS_MAX];
    size_t               n = 0, m = 0, most = category->last - category->first;
    double              *scores = calloc(most, sizeof *scores), auroc = NAN;
    uint8_t             *labels = calloc(most, sizeof *labels);
    rwda_metrics         metrics;

    for (size_t i = 0; i < run->n_kinds && n < KINDS_MAX; i++)
        if (run->kinds[i].anomalous > 0 && strcmp(run->kinds[i].category, category->name) == 0)
            names[n++] = run->kinds[i].kind;
    k = k < n ? k : n;
    for (size_t i = 0; i < k; i++) { /* Fisher and Yates, the first k */
        size_t      j    = i + below(state, n - i);
        const char *swap = names[i];

        names[i] = names[j];
        names[j] = swap;
    }
    for (size_t i = category->first; scores != NULL && labels != NULL && i < category->last; i++) {
        const dataset_item *item = &l->e.data.items[i];

        if (isnan(values[i]) || (item->anomalous && !has_one(item->kind, names, k)))
            continue;
        scores[m]   = values[i];
        labels[m++] = item->anomalous;
    }
    if (m > 0 && rwda_metrics_compute(&metrics, scores, labels, m, NULL) == RWDA_OK)
        auroc = metrics.auroc;
    free(scores);
    free(labels);
    return auroc;
}

/* A point for each number of kinds: mean over categories, spread over draws of which kinds. */
static int add_draws(lab *l, study *s, const eval_run *run)
{
    eval_figure one  = { NAN, NAN };
    size_t      most = 0, own = 0;
    char        series[64], label[48];

    for (size_t k = 0; k < run->n_kinds; k++) {
        own  = k > 0 && strcmp(run->kinds[k].category, run->kinds[k - 1].category) == 0 ? own + 1 : 1;
        most = own > most ? own : most;
    }
    (void)snprintf(series, sizeof series, "%s, kinds drawn", run->method->title);
    for (size_t k = 1; k < 2 * most && most > 1; k *= 2) {
        size_t       kinds = k < most ? k : most;
        double       mean = 0, square = 0, draws[DRAWS];
        study_point *p;

        for (size_t d = 0; d < DRAWS; d++) {
            const double *values = run->scores + (d % (size_t)run->seeds) * l->e.data.count;
            uint64_t      state  = d; /* the same kinds for every method */
            size_t        n      = 0;

            draws[d] = 0;
            for (size_t c = 0; c < l->e.n_categories; c++) {
                double auroc = with_kinds(l, run, values, c, kinds, &state);

                draws[d] += isnan(auroc) ? 0 : auroc;
                n += isnan(auroc) ? 0 : 1;
            }
            draws[d] = n > 0 ? draws[d] / (double)n : NAN;
            mean += draws[d] / DRAWS;
        }
        for (size_t d = 0; d < DRAWS; d++)
            square += (draws[d] - mean) * (draws[d] - mean) / (DRAWS - 1);
        (void)snprintf(label, sizeof label, "%zu of its kinds", kinds);
        p = study_add(s, series, label, (double)kinds);
        if (p == NULL)
            return EXIT_SOME_FAILED;
        p->seeds    = DRAWS;
        p->auroc    = (eval_figure){ mean, sqrt(square) };
        p->extra[0] = (double)kinds;
        if (kinds == 1)
            one = p->auroc;
        if (kinds == most && !isnan(mean))
            study_say(
                s, "%s: with one kind in each category AUROC is %.3f ± %.3f over %d draws of the kind, with all kinds %.3f.",
                run->method->title, one.mean, one.spread, DRAWS, mean);
    }
    return 0;
}

/* Mean AUROC of a kind over the categories that have it, and where it stands. */
static void say_kinds(study *s, const eval_run *run)
{
    const char *best = NULL, *worst = NULL;
    double      high = -1, low = 2;

    for (size_t k = 0; k < run->n_kinds; k++) {
        double sum = 0;
        int    n   = 0;

        for (size_t j = 0; j < run->n_kinds; j++)
            if (run->kinds[j].anomalous > 0 && strcmp(run->kinds[j].kind, run->kinds[k].kind) == 0) {
                sum += run->kinds[j].auroc.mean;
                n++;
            }
        if (n > 0 && sum / n > high) {
            high = sum / n;
            best = run->kinds[k].kind;
        }
        if (n > 0 && sum / n < low) {
            low   = sum / n;
            worst = run->kinds[k].kind;
        }
    }
    if (best != NULL && best != worst)
        study_say(s,
                  "%s: over the categories that have it, the kind \"%.60s\" is easiest (mean AUROC %.3f), \"%.60s\" hardest "
                  "(%.3f).",
                  run->method->title, best, high, worst, low);
}

/* Of number of kinds and AUROC over the categories' points. */
static double correlation_of_categories(const study *s)
{
    study  some = { .points = calloc(s->n_points, sizeof *some.points) };
    double r;

    for (size_t i = 0; some.points != NULL && i < s->n_points; i++)
        if (!isnan(s->points[i].extra[1]))
            some.points[some.n_points++] = s->points[i];
    r = some.points != NULL ? study_rank_correlation(&some) : NAN;
    free(some.points);
    return r;
}

/* The same for a run whose kinds were handed to point `at`. */
static int add_draws_of(lab *l, study *s, const eval_run *run, size_t at)
{
    eval_run borrowed = *run;

    borrowed.kinds   = s->points[at].kinds;
    borrowed.n_kinds = s->points[at].n_kinds;
    return add_draws(l, s, &borrowed);
}

int study_kinds(lab *l, study *s)
{
    static const char *const methods[] = { "fnn", "clip" };
    int                      code      = 0;
    size_t                   from;
    double                   r;

    s->title     = "Diversity of the anomalies";
    s->question  = "Are categories with more kinds of anomalies harder?";
    s->method    = "A point is a category; kinds-kinds.csv has each kind against its category's normal pictures. \"Kinds "
                   "drawn\": only so "
                   "many kinds of each category are looked for; mean over categories, spread over 20 draws of which kinds.";
    s->plot      = PLOT_SCATTER;
    s->x_title   = "kinds of anomalies in the category";
    s->extras[0] = "kinds";
    s->extras[1] = "AUROC of the hardest kind";
    s->extras[2] = "AUROC of the easiest kind";
    for (size_t m = 0; m < sizeof methods / sizeof methods[0] && code == 0; m++) {
        eval_run run = { .method = eval_method_named(methods[m]), .plan = RWDA_CROPS_ONE };
        char     name[64];

        (void)snprintf(name, sizeof name, "kinds-%s", methods[m]);
        code = lab_run(l, &run, name, NULL, NULL, false);
        if (code == 0)
            code = add_categories(l, s, &run);
        from = s->n_points;
        if (code == 0 && s->n_points > 0) {
            study_point *whole = &s->points[s->n_points - 1]; /* carries the tables of categories and kinds */

            say_kinds(s, &run);
            whole->kinds   = run.kinds;
            whole->n_kinds = run.n_kinds;
            run.kinds      = NULL;
            run.n_kinds    = 0;
        }
        if (code == 0 && from > 0) /* the tables moved to a point, which may move: borrow them */
            code = add_draws_of(l, s, &run, from - 1);
        eval_free_run(&run);
    }
    r = correlation_of_categories(s);
    if (isnan(r))
        study_say(s, "There are too few categories, or all have as many kinds: no correlation can be given.");
    else
        study_say(s, "Number of kinds and AUROC have a rank correlation of %.2f over %zu points (both methods).", r,
                  s->n_points);
    return code;
}

/* kinds.c - are categories with many kinds of anomalies harder, and which kinds are? */
#include "experiment/experiment.h"

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

int study_kinds(lab *l, study *s)
{
    static const char *const methods[] = { "fnn", "clip" };
    int                      code      = 0;
    double                   r;

    s->title     = "Diversity of the anomalies";
    s->question  = "Are categories with more kinds of anomalies harder?";
    s->method    = "A point is a category; its kinds are in kinds-kinds.csv, each against the category's normal pictures.";
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
        if (code == 0 && s->n_points > 0) {
            study_point *whole = &s->points[s->n_points - 1]; /* carries the tables of categories and kinds */

            say_kinds(s, &run);
            whole->kinds   = run.kinds;
            whole->n_kinds = run.n_kinds;
            run.kinds      = NULL;
            run.n_kinds    = 0;
        }
        eval_free_run(&run);
    }
    r = study_rank_correlation(s);
    if (isnan(r))
        study_say(s, "There are too few categories, or all have as many kinds: no correlation can be given.");
    else
        study_say(s, "Number of kinds and AUROC have a rank correlation of %.2f over %zu points (both methods).", r,
                  s->n_points);
    return code;
}

/* robustness.c - what is left of the scores when light, focus, sensor, coding or place change? */
#include "studies/corruption.h"
#include "studies/studies.h"

#include <math.h>
#include <string.h>

int study_robustness(lab *l, study *s)
{
    static const char *const methods[] = { "fnn", "clip" };
    double                   clean[2]  = { NAN, NAN };

    s->title    = "Robustness";
    s->question = "What is left of the scores when light, focus, sensor, coding or place change?";
    s->method = "Every test picture, normal and anomalous, is changed in the same way before it is encoded; detectors stay "
                "as they are.";
    s->plot   = PLOT_BARS;
    s->extras[0] = "AUROC beside unchanged";
    for (size_t i = 0; i <= n_changes; i++)
        for (size_t m = 0; m < sizeof methods / sizeof methods[0]; m++) {
            const change_row *row    = i > 0 ? &changes[i - 1] : NULL;
            eval_change       change = { row != NULL ? row->name : "", change_picture, row };
            eval_run          run    = { .method = eval_method_named(methods[m]), .plan = RWDA_CROPS_ONE };
            char              name[96];
            study_point      *p;
            int               code;

            (void)snprintf(name, sizeof name, "robustness-%s-%s", row != NULL ? row->name : "unchanged", methods[m]);
            code = lab_run(l, &run, name, NULL, row != NULL ? &change : NULL, false);
            p    = code == 0 ? study_add_run(s, run.method->title, row != NULL ? row->label : "unchanged", (double)i, &run)
                             : NULL;
            if (p == NULL) {
                eval_free_run(&run);
                return code != 0 ? code : EXIT_SOME_FAILED;
            }
            p->base     = row == NULL;
            clean[m]    = row == NULL ? p->auroc.mean : clean[m];
            p->extra[0] = p->auroc.mean - clean[m];
        }
    for (size_t m = 0; m < sizeof methods / sizeof methods[0]; m++) {
        const char        *series = s->points[m].series;
        const study_point *worst  = NULL;
        double             sum    = 0;

        for (size_t i = 0; i < s->n_points; i++) {
            const study_point *p = &s->points[i];

            if (p->base || strcmp(p->series, series) != 0 || isnan(p->auroc.mean))
                continue;
            worst = worst == NULL || p->auroc.mean < worst->auroc.mean ? p : worst;
            sum += p->auroc.mean / (double)n_changes;
        }
        if (worst != NULL)
            study_say(s, "%s: AUROC %.3f unchanged, %.3f on average over %zu changes; it suffers most from \"%s\" (%+.3f).",
                      series, clean[m], sum, n_changes, worst->label, worst->extra[0]);
    }
    return 0;
}

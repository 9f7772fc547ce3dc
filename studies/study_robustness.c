/* study_robustness.c - the study of robustness under corruptions. */
#include "studies/study_list.h"

#include "base/status.h"
#include "studies/corruption.h"
#include "studies/runs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* corrupt NULL: images as they are. */
static rwda_status add(study_point **out, study_context *c, study *s, const char *method, const corruption *corrupt,
                       double x, rwda_error *err)
{
    rwda_eval_corruption how     = { corrupt != NULL ? corrupt->name : "unchanged", corruption_apply, corrupt };
    study_setting        setting = { .method = method, .plan = RWDA_CROPS_ONE, .corruption = corrupt != NULL ? &how : NULL };
    char                 name[96];

    (void)snprintf(name, sizeof name, "robustness-%s-%s", how.name, method);
    return study_run_point(out, s, c, &setting, name, corrupt != NULL ? corrupt->label : "unchanged", x, err);
}

/* Mean and worst of a series, whose AUROC without corruption is `clean`. */
static void say_series(study *s, const char *series, double clean)
{
    const study_point *worst = NULL;
    double             sum   = 0;

    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *p = &s->points[i];

        if (p->base || strcmp(p->series, series) != 0 || isnan(p->auroc.mean))
            continue;
        worst = worst == NULL || p->auroc.mean < worst->auroc.mean ? p : worst;
        sum += p->auroc.mean / (double)n_corruptions;
    }
    if (worst != NULL)
        study_say(s, "%s: AUROC %.3f unchanged, %.3f on average over %zu corruptions; it suffers most from \"%s\" (%+.3f).",
                  series, clean, sum, n_corruptions, worst->label, worst->extra[0]);
}

rwda_status study_robustness(study_context *c, study *s, rwda_error *err)
{
    static const char *const methods[] = { "fnn", "clip" };
    double                   clean[2]  = { NAN, NAN };
    rwda_status              status    = RWDA_OK;

    s->title     = "Robustness";
    s->question  = "What is left of the scores when light, focus, sensor, coding or place change?";
    s->method    = "Every test image, normal and anomalous, gets the same corruption before it is encoded; detectors stay "
                   "as they are.";
    s->plot      = STUDY_BARS;
    s->extras[0] = "AUROC beside unchanged";
    for (size_t i = 0; i <= n_corruptions; i++)
        for (size_t m = 0; m < RW_COUNTOF(methods); m++) {
            study_point *p;

            RW_TRY(add(&p, c, s, methods[m], i > 0 ? &corruptions[i - 1] : NULL, (double)i, err));
            p->base     = i == 0;
            clean[m]    = i == 0 ? p->auroc.mean : clean[m];
            p->extra[0] = p->auroc.mean - clean[m];
        }
    for (size_t m = 0; m < RW_COUNTOF(methods); m++)
        say_series(s, s->points[m].series, clean[m]);
done:
    return status;
}

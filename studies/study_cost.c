/* study_cost.c - the study of cost. */
#include "studies/study_list.h"

#include "base/status.h"
#include "studies/runs.h"
#include "studies/score_cost.h"

#include <stdio.h>

#define IMAGES 32 /* of the data set, evenly spaced */

static rwda_status add_cost(study *s, study_context *c, const char *method, rwda_crops plan, rwda_error *err)
{
    study_setting setting = { .method = method, .plan = plan };
    char          name[64];
    study_point  *p;
    score_cost    spent;
    rwda_status   status;

    (void)snprintf(name, sizeof name, "cost-run-%s-%s", method, rwda_enum_name(RWDA_ENUM_CROPS, plan));
    RW_TRY(study_run_point(&p, s, c, &setting, name, rwda_enum_name(RWDA_ENUM_CROPS, plan), 0, err));
    (void)snprintf(name, sizeof name, "cost-%s-%s", method, rwda_enum_name(RWDA_ENUM_CROPS, plan));
    RW_TRY(score_cost_measure(&spent, c, rwda_eval_method_named(method), plan, IMAGES, name, err));
    p->x        = (double)spent.encode_ms;
    p->extra[0] = (double)spent.encode_ms;
    p->extra[1] = (double)spent.mib;
    p->extra[2] = (double)spent.start_ms / 1000;
done:
    return status;
}

static void say_best_and_cheapest(study *s)
{
    const study_point *best = NULL, *cheap = NULL;

    for (size_t i = 0; i < s->n_points; i++) {
        best  = best == NULL || s->points[i].auroc.mean > best->auroc.mean ? &s->points[i] : best;
        cheap = cheap == NULL || s->points[i].extra[0] < cheap->extra[0] ? &s->points[i] : cheap;
    }
    if (best != NULL && best != cheap)
        study_say(
            s, "The best, %s with crops %s, takes %.1f ms for AUROC %.3f; the cheapest, %s with crops %s, %.1f ms for %.3f.",
            best->series, best->label, best->extra[0], best->auroc.mean, cheap->series, cheap->label, cheap->extra[0],
            cheap->auroc.mean);
}

rwda_status study_cost(study_context *c, study *s, rwda_error *err)
{
    static const char *const methods[] = { "fnn", "both", "clip-ac", "clip", "lda" };
    static const rwda_crops  plans[]   = { RWDA_CROPS_ONE, RWDA_CROPS_2X2, RWDA_CROPS_3X3 };
    rwda_status              status    = RWDA_OK;

    s->title     = "Cost";
    s->question  = "What does each method cost for an image, and what does it give for that?";
    s->method    = "'rwda score' in a process of its own; time to encode and score one image, peak memory of the process, "
                   "seconds until it is ready. One measurement on this machine, with whatever else ran on it.";
    s->plot      = STUDY_SCATTER;
    s->log_x     = true;
    s->x_title   = "ms for an image (logarithmic)";
    s->extras[0] = "ms for a picture";
    s->extras[1] = "peak memory, MiB";
    s->extras[2] = "seconds to start";
    for (size_t m = 0; m < RW_COUNTOF(methods); m++)
        for (size_t i = 0; i < RW_COUNTOF(plans); i++)
            RW_TRY(add_cost(s, c, methods[m], plans[i], err));
    say_best_and_cheapest(s);
done:
    return status;
}

/* study_scoring.c - the studies of crops, fusion and models. */
#include "studies/study_list.h"

#include "base/status.h"
#include "common/paths.h"
#include "studies/runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Crops --------------------------------------------------------------------------------------------------------------- */

static const char *pool_label(rwda_crops plan, rwda_pool pool)
{
    static const char *const labels[] = { ": mean", ": largest", ": mean logit" }; /* by rwda_pool */

    return plan == RWDA_CROPS_ONE ? "" : labels[pool];
}

rwda_status study_crops(study_context *c, study *s, rwda_error *err)
{
    static const char *const methods[] = { "fnn", "both", "clip" };
    static const rwda_crops  plans[]   = { RWDA_CROPS_ONE, RWDA_CROPS_5, RWDA_CROPS_2X2, RWDA_CROPS_3X3 };
    static const char *const counts[]  = { "one crop", "5 crops (2/3)", "2x2 and whole", "3x3 and whole" };
    rwda_status              status    = RWDA_OK;

    s->title    = "Crops";
    s->question = "Does looking at parts of an image help, and should their scores be averaged or the largest taken?";
    s->method   = "The same detectors; every crop is scored by itself.";
    s->plot     = STUDY_BARS;
    for (size_t m = 0; m < RW_COUNTOF(methods); m++)
        for (size_t i = 0; i < RW_COUNTOF(plans); i++)
            for (int pool = RWDA_POOL_MEAN; pool <= (plans[i] == RWDA_CROPS_ONE ? RWDA_POOL_MEAN : RWDA_POOL_LOGIT);
                 pool++) {
                study_setting setting = { .method = methods[m], .plan = plans[i], .pool = (rwda_pool)pool };
                char          name[64], label[64];
                study_point  *p;

                (void)snprintf(name, sizeof name, "crops-%s-%s-%d", methods[m], rwda_enum_name(RWDA_ENUM_CROPS, plans[i]),
                               pool);
                (void)snprintf(label, sizeof label, "%s%s", counts[i], pool_label(plans[i], setting.pool));
                RW_TRY(study_run_point(&p, s, c, &setting, name, label, (double)i, err));
                p->base = plans[i] == RWDA_CROPS_ONE;
            }
    study_say_extremes(s);
done:
    return status;
}

/* ---- Fusion -------------------------------------------------------------------------------------------------------------- */

static double logit(double p)
{
    double eps = 1e-7; /* a float's probability may be 0 or 1 */

    p = p < eps ? eps : p > 1 - eps ? 1 - eps : p;
    return log(p / (1 - p));
}

typedef enum { FUSE_FNN, FUSE_CLIP, FUSE_MEAN, FUSE_LOGITS, FUSE_LARGER, FUSE_SMALLER, FUSE_QUARTER, FUSE_THREE } fusion;

static double fused(fusion rule, double fnn, double clip)
{
    switch (rule) {
    case FUSE_FNN: return fnn;
    case FUSE_CLIP: return clip;
    case FUSE_MEAN: return 0.5 * (fnn + clip);
    case FUSE_LOGITS: return 0.5 * (logit(fnn) + logit(clip));
    case FUSE_LARGER: return fnn > clip ? fnn : clip;
    case FUSE_SMALLER: return fnn < clip ? fnn : clip;
    case FUSE_QUARTER: return 0.25 * fnn + 0.75 * clip;
    case FUSE_THREE: return 0.75 * fnn + 0.25 * clip;
    }
    return NAN;
}

/* A point whose scores are made from both parts of a run. */
static rwda_status add_fused(study_point **out, study *s, const study_context *c, const rwda_eval_run *parts, fusion rule,
                             const char *label, rwda_error *err)
{
    rwda_eval_run run    = { .method = parts->method, .plan = parts->plan, .seeds = parts->seeds };
    size_t        n      = (size_t)run.seeds * c->e->data->count;
    rwda_status   status = RWDA_OK;

    run.scores = calloc(n, sizeof *run.scores);
    if (run.scores == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%s: no memory for %zu scores", label, n);
        goto done;
    }
    for (size_t j = 0; j < n; j++)
        run.scores[j] = fused(rule, parts->fnn[j], parts->clip[j]);
    RW_TRY(rwda_eval_run_measure(&run, c->e, err));
    RW_TRY(study_add_run(out, s, label, (double)s->n_points, &run, err));
    (void)snprintf((*out)->series, sizeof(*out)->series, "fusion");
done:
    rwda_eval_run_free(&run);
    return status;
}

rwda_status study_fusion(study_context *c, study *s, rwda_error *err)
{
    static const struct {
        const char *label;
        fusion      rule;
    } rules[]             = { { "network alone", FUSE_FNN },
                              { "CLIP prompts alone", FUSE_CLIP },
                              { "mean of probabilities", FUSE_MEAN },
                              { "mean of logits", FUSE_LOGITS },
                              { "larger of both", FUSE_LARGER },
                              { "smaller of both", FUSE_SMALLER },
                              { "1/4 network + 3/4 CLIP", FUSE_QUARTER },
                              { "3/4 network + 1/4 CLIP", FUSE_THREE } };
    study_setting setting = { .method = "both", .plan = RWDA_CROPS_ONE, .parts = true };
    rwda_eval_run parts;
    rwda_status   status;
    double        alone = 0, mean = NAN;

    s->title    = "Combination with CLIP's prompt score";
    s->question = "Are the network and CLIP's prompts complementary, and how are they best put together?";
    s->method   = "One crop; both scores are probabilities of the same images; only the rule differs.";
    s->plot     = STUDY_BARS;
    RW_TRY(study_run(&parts, c, &setting, "fusion", err));
    for (size_t i = 0; i < RW_COUNTOF(rules); i++) {
        study_point *p;

        RW_TRY(add_fused(&p, s, c, &parts, rules[i].rule, rules[i].label, err));
        p->base = rules[i].rule == FUSE_MEAN;
        mean    = p->base ? p->auroc.mean : mean;
        if (rules[i].rule <= FUSE_CLIP && p->auroc.mean > alone)
            alone = p->auroc.mean;
    }
    study_say_extremes(s);
    study_say(s, "The mean of probabilities stands %.3f %s the better of the two alone.", fabs(mean - alone),
              mean >= alone ? "above" : "below");
done:
    rwda_eval_run_free(&parts);
    return status;
}

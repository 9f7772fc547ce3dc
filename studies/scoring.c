/* scoring.c - what do crops, fusion and the model bring?  (studies of the scoring) */
#include "studies/studies.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int study_crops(lab *l, study *s)
{
    static const char *const methods[] = { "fnn", "both", "clip" };
    static const rwda_crops  plans[]   = { RWDA_CROPS_ONE, RWDA_CROPS_5, RWDA_CROPS_2X2, RWDA_CROPS_3X3 };
    static const char *const counts[]  = { "one crop", "5 crops (2/3)", "2x2 and whole", "3x3 and whole" };

    s->title    = "Crops";
    s->question = "Does looking at parts of a picture help, and should their scores be averaged or the largest taken?";
    s->method   = "The same detectors; every crop is scored by itself.";
    s->plot     = PLOT_BARS;
    for (size_t m = 0; m < sizeof methods / sizeof methods[0]; m++)
        for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
            for (int pool = RWDA_POOL_MEAN; pool <= RWDA_POOL_LOGIT; pool++) {
                eval_run     run = { .method = eval_method_named(methods[m]), .plan = plans[i], .pool = (rwda_pool)pool };
                char         name[64], label[64];
                study_point *p;
                int          code;

                if (plans[i] == RWDA_CROPS_ONE && pool != RWDA_POOL_MEAN)
                    continue;
                (void)snprintf(name, sizeof name, "crops-%s-%s-%d", methods[m], eval_plan_name(plans[i]), pool);
                (void)snprintf(label, sizeof label, "%s%s", counts[i],
                               plans[i] == RWDA_CROPS_ONE ? ""
                               : pool == RWDA_POOL_MAX    ? ": largest"
                               : pool == RWDA_POOL_LOGIT  ? ": mean logit"
                                                          : ": mean");
                code = lab_run(l, &run, name, NULL, NULL, false);
                p    = code == 0 ? study_add_run(s, run.method->title, label, (double)i, &run) : NULL;
                if (p == NULL) {
                    eval_free_run(&run);
                    return code != 0 ? code : EXIT_SOME_FAILED;
                }
                p->base = plans[i] == RWDA_CROPS_ONE;
            }
    study_say_extremes(s);
    return 0;
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

int study_fusion(lab *l, study *s)
{
    static const struct {
        const char *label;
        fusion      rule;
    } rules[]      = { { "network alone", FUSE_FNN },
                       { "CLIP prompts alone", FUSE_CLIP },
                       { "mean of probabilities", FUSE_MEAN },
                       { "mean of logits", FUSE_LOGITS },
                       { "larger of both", FUSE_LARGER },
                       { "smaller of both", FUSE_SMALLER },
                       { "1/4 network + 3/4 CLIP", FUSE_QUARTER },
                       { "3/4 network + 1/4 CLIP", FUSE_THREE } };
    eval_run parts = { .method = eval_method_named("both"), .plan = RWDA_CROPS_ONE };
    double   alone = 0;
    int      code;

    s->title    = "Combination with CLIP's prompt score";
    s->question = "Are the network and CLIP's prompts complementary, and how are they best put together?";
    s->method   = "One crop; both scores are probabilities of the same pictures; only the rule differs.";
    s->plot     = PLOT_BARS;
    code        = lab_run(l, &parts, "fusion", NULL, NULL, true);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0] && code == 0; i++) {
        eval_run     run = { .method = parts.method, .plan = parts.plan, .seeds = parts.seeds };
        size_t       n   = (size_t)run.seeds * l->e.data.count;
        study_point *p   = NULL;

        run.scores = calloc(n, sizeof *run.scores);
        for (size_t j = 0; run.scores != NULL && j < n; j++)
            run.scores[j] = fused(rules[i].rule, parts.fnn[j], parts.clip[j]);
        code = run.scores != NULL ? eval_figures(&run, &l->e) : EXIT_SOME_FAILED;
        if (code == 0)
            p = study_add_run(s, "fusion", rules[i].label, (double)i, &run);
        eval_free_run(&run);
        if (p == NULL)
            break;
        p->base = rules[i].rule == FUSE_MEAN;
        if (rules[i].rule <= FUSE_CLIP && p->auroc.mean > alone)
            alone = p->auroc.mean;
    }
    eval_free_run(&parts);
    if (code != 0 || s->n_points != sizeof rules / sizeof rules[0])
        return code != 0 ? code : EXIT_SOME_FAILED;
    study_say_extremes(s);
    study_say(s, "The mean of probabilities stands %.3f %s the better of the two alone.",
              fabs(s->points[2].auroc.mean - alone), s->points[2].auroc.mean >= alone ? "above" : "below");
    return 0;
}

/* ---- Models -------------------------------------------------------------------------------------------------------------- */

int study_models(lab *l, study *s)
{
    static const char *const methods[] = { "fnn", "both", "clip-ac", "clip", "lda" };
    int                      code      = 0;

    s->title     = "Models";
    s->question  = "How much does the CLIP checkpoint matter?";
    s->method    = "Each model at its own input size and with its own detectors; --model may be given again.";
    s->plot      = PLOT_BARS;
    s->extras[0] = "parameters, millions";
    s->extras[1] = "input, pixels";
    for (size_t k = 0; k < l->n_models && code == 0; k++) {
        const char *path = l->models[k], *slash = path != NULL ? strrchr(path, '/') : NULL;
        char        label[64];

        (void)snprintf(label, sizeof label, "%.60s",
                       path == NULL                        ? "default"
                       : slash != NULL && slash[1] != '\0' ? slash + 1
                                                           : path);
        if (k > 0) {
            lab_close_model(l);
            code = lab_open_model(l, path);
        }
        for (size_t m = 0; m < sizeof methods / sizeof methods[0] && code == 0; m++) {
            eval_run     run = { .method = eval_method_named(methods[m]), .plan = RWDA_CROPS_ONE };
            char         name[96];
            study_point *p;

            (void)snprintf(name, sizeof name, "models-%zu-%s", k, methods[m]);
            code = lab_run(l, &run, name, NULL, NULL, false);
            p    = code == 0 ? study_add_run(s, run.method->title, label, (double)k, &run) : NULL;
            if (p == NULL) {
                eval_free_run(&run);
                code = code != 0 ? code : EXIT_SOME_FAILED;
            } else {
                p->extra[0] = (double)l->e.model->parameters / 1e6;
                p->extra[1] = l->e.model->image_size;
            }
        }
    }
    if (l->n_models > 1 && code == 0) { /* the lab's own again */
        lab_close_model(l);
        code = lab_open_model(l, l->models[0]);
    }
    study_say(s, "%zu model%s compared.", l->n_models, l->n_models == 1 ? " was" : "s were");
    study_say_extremes(s);
    return code;
}

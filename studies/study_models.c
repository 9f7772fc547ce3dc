/* study_models.c - the study of models: what each gives by words, and what it costs. */
#include "studies/study_list.h"

#include "base/status.h"
#include "studies/runs.h"
#include "studies/score_cost.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define IMAGES 16 /* whose time is measured */
#define LABEL  64

static const char *const not_measured = "not measured";

/* ---- Names --------------------------------------------------------------------------------------------------------------- */

static void last_part(char out[LABEL], const char *name)
{
    size_t end, first;

    name = name != NULL ? name : "default";
    end  = strlen(name);
    while (end > 1 && name[end - 1] == '/')
        end--;
    first = end;
    while (first > 0 && name[first - 1] != '/')
        first--;
    (void)snprintf(out, LABEL, "%.*s", (int)(end - first), name + first);
}

/* The last part of model k's name; of the whole its end where another model's has the same last part. */
static void label_of(char out[LABEL], const study_options *o, size_t k)
{
    const char *name = o->models[k];
    char        other[LABEL];

    last_part(out, name);
    for (size_t i = 0; i < o->n_models && name != NULL; i++) {
        last_part(other, o->models[i]);
        if (i != k && strcmp(other, out) == 0) {
            (void)snprintf(out, LABEL, "%s", name + (strlen(name) >= LABEL ? strlen(name) - LABEL + 1 : 0));
            return;
        }
    }
}

/* Of a file in the cache: the same model is found whatever its place among the models. */
static void kept_name(char out[64], const study_context *c, const char *what)
{
    (void)snprintf(out, 64, "models-%.12s-%s", c->e->model->sha256, what);
}

/* ---- One model ----------------------------------------------------------------------------------------------------------- */

static rwda_status add_failure(study *s, study_context *c, const char *label, const rwda_error *why, rwda_error *err)
{
    study_point *p;
    rwda_status  status = study_add(&p, s, not_measured, label, NAN, err);

    if (status != RWDA_OK)
        return status;
    p->auroc = (rwda_eval_stat){ NAN, NAN };
    (void)snprintf(p->note, sizeof p->note, "%.250s", why->message);
    c->failed_models++;
    return RWDA_OK;
}

/* A point of the model that is open.  As `rwda eval` has it, WinCLIP's images are squashed unless --resize says something else. */
static rwda_status add_method(study *s, study_context *c, const char *label, const char *method, rwda_error *err)
{
    const rwda_model_info *model   = c->e->model;
    study_setting          setting = { .method = method, .plan = RWDA_CROPS_ONE };
    rwda_resize            own = rwda_eval_method_named(method)->resize, before = c->e->resize;
    char                   name[64];
    study_point           *p;
    rwda_status            status;

    if (c->options.resize == RWDA_RESIZE_CONFIG && own != RWDA_RESIZE_CONFIG && own != before) {
        rwda_eval_embeddings_free(&c->plans[RWDA_CROPS_ONE]);
        c->e->resize = own;
    }
    kept_name(name, c, method);
    RW_TRY(study_run_point(&p, s, c, &setting, name, label, NAN, err));
    p->extra[2] = (double)model->memory / (1 << 20);
    p->extra[3] = (double)model->parameters / 1e6;
    p->extra[4] = model->image_size;
    (void)snprintf(p->note, sizeof p->note, "%s", model->family);
done:
    if (c->e->resize != before) {
        rwda_eval_embeddings_free(&c->plans[RWDA_CROPS_ONE]);
        c->e->resize = before;
    }
    return status;
}

/* Costs of a method that a detector scores by, which needs no text tower, and of one by prompts. */
static rwda_status measure(score_cost costs[2], study_context *c, rwda_error *err)
{
    static const char *const methods[2] = { "fnn", "clip" };
    char                     name[64], what[16];
    rwda_status              status = RWDA_OK;

    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(what, sizeof what, "cost-%s", methods[i]);
        kept_name(name, c, what);
        RW_TRY(score_cost_measure(&costs[i], c, rwda_eval_method_named(methods[i]), RWDA_CROPS_ONE, IMAGES, name, err));
    }
done:
    return status;
}

/* All points of the model that is open; those before a failure stay. */
static rwda_status add_model(study *s, study_context *c, const char *label, rwda_error *err)
{
    static const struct {
        const char *name;
        size_t      cost; /* of measure() */
    } methods[] = { { "fnn", 0 }, { "lda", 0 }, { "both", 1 }, { "clip-ac", 1 }, { "clip", 1 }, { "winclip", 1 } };
    score_cost  costs[2];
    size_t      first  = s->n_points;
    rwda_status status = RWDA_OK;

    for (size_t m = 0; m < RW_COUNTOF(methods); m++)
        RW_TRY(add_method(s, c, label, methods[m].name, err));
    RW_TRY(measure(costs, c, err));
    for (size_t m = 0; m < RW_COUNTOF(methods); m++) {
        study_point *p = &s->points[first + m];

        p->x = p->extra[0] = fmin((double)costs[0].encode_ms, (double)costs[1].encode_ms);
        p->extra[1]        = (double)costs[methods[m].cost].mib;
    }
    study_say(s, "%s: %s, sha256:%.12s.", label, c->e->model->family, c->e->model->sha256);
done:
    return status;
}

/* Model k, or a line that says why not.  Fails where that is no fault of the model. */
static rwda_status try_model(study *s, study_context *c, size_t k, rwda_error *err)
{
    char        label[LABEL];
    rwda_error  why;
    rwda_status status = RWDA_OK;

    label_of(label, &c->options, k);
    if (c->model == NULL || c->model_name != c->options.models[k])
        status = study_context_open_model(c, c->options.models[k], &why);
    if (status == RWDA_OK)
        status = add_model(s, c, label, &why);
    if (status == RWDA_ENOMEM || status == RWDA_ECANCELLED) {
        *err = why;
        return status;
    }
    return status == RWDA_OK ? RWDA_OK : add_failure(s, c, label, &why, err);
}

/* ---- The study ----------------------------------------------------------------------------------------------------------- */

static void say_best(study *s)
{
    const study_point *best = NULL, *fast = NULL;

    for (size_t i = 0; i < s->n_points; i++) {
        const study_point *p = &s->points[i];

        if (isnan(p->auroc.mean) || isnan(p->x))
            continue;
        best = best == NULL || p->auroc.mean > best->auroc.mean ? p : best;
        fast = fast == NULL || p->x < fast->x || (p->x == fast->x && p->auroc.mean > fast->auroc.mean) ? p : fast;
    }
    if (best != NULL && strcmp(best->label, fast->label) != 0)
        study_say(
            s,
            "The best, %s by %s, takes %.1f ms for an image and AUROC %.3f; the fastest model, %s, %.1f ms for %.3f by %s.",
            best->label, best->series, best->x, best->auroc.mean, fast->label, fast->x, fast->auroc.mean, fast->series);
}

rwda_status study_models(study_context *c, study *s, rwda_error *err)
{
    size_t      n = c->options.n_models, first = n; /* the first that could be opened */
    rwda_status status = RWDA_OK;

    s->title    = "Models";
    s->question = "How much does the model matter, and what does it cost?";
    s->method =
        "Each model at its own input size and with its own detectors. Time is that of encoding and scoring an image, the "
        "lesser of two measurements, which differ in methods and hardly in work; peak memory is that of 'rwda score' in a "
        "process of its own: by fnn, which needs no text tower, for fnn and lda, by clip for the others. Both on this "
        "machine, with whatever else ran on it. Weights as they are in memory, at the precision in use.";
    s->plot      = STUDY_SCATTER;
    s->log_x     = true;
    s->columns   = true;
    s->x_title   = "ms for an image (logarithmic)";
    s->extras[0] = "ms for an image";
    s->extras[1] = "peak memory, MiB";
    s->extras[2] = "weights, MiB";
    s->extras[3] = "parameters, millions";
    s->extras[4] = "input, pixels";
    s->notes     = "family, or what is wrong";
    s->n_models  = n;

    c->failed_models = 0;
    for (size_t k = 0; k < n; k++) {
        RW_TRY(try_model(s, c, k, err));
        first = first == n && c->model != NULL ? k : first;
    }
    if (c->failed_models == n) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s", s->points[s->n_points - 1].note);
        goto done;
    }
    if (first < n && (c->model == NULL || c->model_name != c->options.models[first])) /* that the studies after this take */
        RW_TRY(study_context_open_model(c, c->options.models[first], err));
    study_say(s, "%zu model%s compared.", n - c->failed_models, n - c->failed_models == 1 ? " was" : "s were");
    if (c->failed_models > 0)
        study_say(s, "%zu could not be measured: the table says why.", c->failed_models);
    say_best(s);
    study_say_extremes(s);
done:
    return status;
}

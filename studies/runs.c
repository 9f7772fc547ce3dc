#include "studies/runs.h"

#include "base/status.h"
#include "common/text_stream.h"
#include "studies/cached.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- What scores depend on ----------------------------------------------------------------------------------------------- */

/* All of a recipe but its seed: the library's own text, so that no field can be forgotten. */
static void recipe_key(FILE *out, const rwda_train_options *recipe)
{
    rwda_train_options one  = *recipe;
    char              *text = NULL;
    rwda_error         err;

    one.seed = 1;
    if (rwda_train_options_text(&text, &one, &err) == RWDA_OK)
        fprintf(out, "recipe %s\n", text);
    else
        fprintf(out, "no recipe: %s\n", err.message); /* training says the same */
    rwda_text_free(text);
}

/* The caller's to free(); NULL: no memory. */
static char *run_key(const study_context *c, const study_setting *setting, const rwda_eval_run *run)
{
    const rwda_model_info *model = c->e->model;
    char                  *text  = NULL;
    size_t                 len   = 0;
    FILE                  *out   = rw_text_stream(&text, &len);

    if (out == NULL)
        return NULL;
    fprintf(out,
            "logits of rwda %s\nmodel %s%s\ncpu %s\nprecision %s\nimage %d\nresize %s\ndata %s %zu\nobject %s\nchange %s\n",
            rwda_version(), model->sha256, model->tokenizer, model->cpu, model->precision, model->image_size,
            rwda_enum_name(RWDA_ENUM_RESIZE, c->e->resize), c->data_sha256, c->e->data->count,
            rwda_eval_object_name(c->e->object), setting->corruption != NULL ? setting->corruption->name : "none");
    fprintf(out, "method %s\ncrops %s\npool %d\nseeds %d\nparts %d\n", run->method->name,
            rwda_enum_name(RWDA_ENUM_CROPS, run->plan), run->pool, run->seeds, setting->parts);
    if (rwda_eval_method_needs_detector(run->method))
        recipe_key(out, setting->recipe != NULL ? setting->recipe : &c->options.recipe);
    if (!rw_text_stream_close(out)) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- Scores -------------------------------------------------------------------------------------------------------------- */

static rwda_status embeddings_of(const rwda_eval_embeddings **out, rwda_eval_embeddings *corrupted, study_context *c,
                                 const study_setting *setting, rwda_error *err)
{
    rwda_eval_view view = { c->e->resize, setting->plan, setting->corruption };

    if (setting->corruption == NULL)
        return study_context_embeddings(out, c, setting->plan, err);
    *out = corrupted;
    return rwda_eval_embeddings_make(corrupted, c->e, c->session, &view, c->options.cache_dir, c->options.events, err);
}

static rwda_status score(rwda_eval_run *run, study_context *c, const study_setting *setting, rwda_error *err)
{
    rwda_detector              *trained[RWDA_EVAL_SEEDS_MAX] = { NULL };
    const rwda_detector *const *detectors                    = (const rwda_detector *const *)trained;
    rwda_eval_embeddings        corrupted = { { RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, NULL }, NULL, NULL, 0 };
    const rwda_eval_embeddings *x;
    rwda_status                 status;

    RW_TRY(embeddings_of(&x, &corrupted, c, setting, err));
    if (!rwda_eval_method_needs_detector(run->method))
        detectors = NULL;
    else if (setting->recipe == NULL)
        RW_TRY(study_context_detectors(&detectors, c, err));
    else
        RW_TRY(study_context_train(trained, c, setting->recipe, err));
    status = rwda_eval_run_score(run, c->e, c->session, x, detectors, setting->parts, err);
done:
    for (int seed = 0; seed < RWDA_EVAL_SEEDS_MAX; seed++)
        rwda_detector_free(trained[seed]);
    rwda_eval_embeddings_free(&corrupted);
    return status;
}

/* Scores of a run between memory and disk: [seeds, images], with parts three of them in a row. */
static void copy_scores(float *cached, rwda_eval_run *run, size_t n, bool parts, bool to_run)
{
    double *const columns[] = { run->scores, run->fnn, run->clip };

    for (size_t k = 0; k < (parts ? 3 : 1); k++)
        for (size_t i = 0; i < n; i++)
            if (to_run)
                columns[k][i] = (double)cached[k * n + i];
            else
                cached[k * n + i] = (float)columns[k][i];
}

static bool make_columns(rwda_eval_run *run, size_t n, bool parts)
{
    run->scores = calloc(n, sizeof *run->scores);
    run->fnn    = parts ? calloc(n, sizeof *run->fnn) : NULL;
    run->clip   = parts ? calloc(n, sizeof *run->clip) : NULL;
    return run->scores != NULL && (!parts || (run->fnn != NULL && run->clip != NULL));
}

static rwda_status no_memory(const char *name, size_t n, rwda_error *err)
{
    return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%s: no memory for %zu scores", name, n);
}

/* Fills run's scores from the cache, else by scoring. */
static rwda_status fill_scores(rwda_eval_run *run, study_context *c, const study_setting *setting, const char *name,
                               rwda_error *err)
{
    size_t      n = (size_t)run->seeds * c->e->data->count, all = (setting->parts ? 3 : 1) * n;
    char       *key    = run_key(c, setting, run);
    float      *cached = calloc(all, sizeof *cached);
    rwda_status status = RWDA_OK;

    if (key == NULL || cached == NULL) {
        status = no_memory(name, n, err);
        goto done;
    }
    if (cached_take(cached, all, c->options.cache_dir, name, key)) {
        if (make_columns(run, n, setting->parts))
            copy_scores(cached, run, n, setting->parts, true);
        else
            status = no_memory(name, n, err);
        goto done;
    }
    RW_TRY(score(run, c, setting, err));
    copy_scores(cached, run, n, setting->parts, false);
    cached_keep(c->options.cache_dir, name, key, cached, all);
done:
    free(key);
    free(cached);
    return status;
}

rwda_status study_run(rwda_eval_run *out, study_context *c, const study_setting *setting, const char *name, rwda_error *err)
{
    rwda_status status;

    *out =
        (rwda_eval_run){ .method = rwda_eval_method_named(setting->method), .plan = setting->plan, .pool = setting->pool };
    if (out->method == NULL)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%s: no method \"%s\"", name, setting->method);
    out->seeds = rwda_eval_method_is_seeded(out->method) ? c->options.seeds : 1;
    RW_TRY(fill_scores(out, c, setting, name, err));
    c->failed = 0;
    for (size_t i = 0; i < c->e->data->count; i++)
        c->failed += isnan(out->scores[i]) != 0;
    status = rwda_eval_run_measure(out, c->e, err);
done:
    if (status != RWDA_OK)
        rwda_eval_run_free(out);
    return status;
}

rwda_status study_run_point(study_point **out, study *s, study_context *c, const study_setting *setting, const char *name,
                            const char *label, double x, rwda_error *err)
{
    rwda_eval_run run;
    rwda_status   status = study_run(&run, c, setting, name, err);

    *out = NULL;
    return status != RWDA_OK ? status : study_add_run(out, s, label, x, &run, err);
}

/* study_memory.c - the studies of the number of normal images, and of how a memory sees them. */
#include "studies/study_list.h"

#include "base/status.h"
#include "common/paths.h"
#include "studies/runs.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define RUNS_MAX 16

/* Scores runs [n]; what is done is kept, category by category, in a folder of this name. */
static rwda_status score_runs(rwda_eval_run *runs, size_t n, study_context *c, const rwda_evaluation *e,
                              const rwda_detector *detector, const char *name, rwda_error *err)
{
    rwda_eval_run *list[RUNS_MAX];
    char           folder[RW_PATH_MAX];
    const char    *kept = rw_path_format(folder, "%s/%s", c->options.cache_dir, name) ? folder : NULL;

    if (kept != NULL && mkdir(kept, 0777) != 0 && errno != EEXIST)
        kept = NULL;
    for (size_t i = 0; i < n; i++)
        list[i] = &runs[i];
    return rwda_eval_runs_score(list, n, &c->failed, e, c->session, detector, kept, c->options.events, err);
}

/* The context's evaluation with shots [n], its draws as many as seeds. */
static rwda_evaluation with_shots(const study_context *c, const int *shots, size_t n)
{
    rwda_evaluation   e = *c->e;
    rwda_eval_options usual;

    rwda_eval_options_default(&usual, sizeof usual);
    e.draws   = c->options.seeds;
    e.fuse    = usual.fuse;
    e.n_shots = n;
    for (size_t i = 0; i < n; i++)
        e.shots[i] = shots[i];
    return e;
}

static double measured(const rwda_eval_run *run, size_t n_categories)
{
    double n = 0;

    for (size_t i = 0; i < n_categories; i++)
        n += run->cells[i].missing == NULL;
    return n;
}

/* A point of a run, which is emptied; its first extra is how many categories have metrics. */
static rwda_status add_run(study_point **out, study *s, const study_context *c, const char *label, double x,
                           rwda_eval_run *run, rwda_error *err)
{
    double      categories;
    rwda_status status;

    RW_TRY(rwda_eval_run_measure(run, c->e, err));
    categories = measured(run, c->e->n_categories);
    RW_TRY(study_add_run(out, s, label, x, run, err));
    (*out)->extra[0] = categories;
done:
    return status;
}

/* ---- Number of normal images --------------------------------------------------------------------------------------------- */

static const int shots[] = { 1, 2, 4, 8, 16 };
enum { SHOTS = RW_COUNTOF(shots) };

/* The words' scores of the images that the run beside them has in each draw. */
static rwda_status words_beside(rwda_eval_run *out, const rwda_eval_run *words, const rwda_eval_run *beside, size_t images,
                                rwda_error *err)
{
    size_t n = (size_t)words->seeds * images;

    *out = (rwda_eval_run){ .method = words->method, .plan = words->plan, .pool = words->pool, .seeds = words->seeds };
    out->scores = calloc(n, sizeof *out->scores);
    if (out->scores == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu scores", n);
    for (size_t i = 0; i < n; i++)
        out->scores[i] = isnan(beside->scores[i]) ? (double)NAN : words->scores[i];
    return RWDA_OK;
}

/* runs [3, SHOTS], all to be freed by the caller: memory, memory and words, words. */
static rwda_status shots_runs(rwda_eval_run *runs, study_context *c, bool fused, rwda_error *err)
{
    study_setting               setting   = { .method = "fnn", .plan = RWDA_CROPS_ONE };
    rwda_evaluation             e         = with_shots(c, shots, SHOTS);
    const rwda_detector *const *detectors = NULL;
    rwda_eval_run               words     = { .seeds = 0 };
    rwda_status                 status;

    for (size_t i = 0; i < 2 * SHOTS; i++)
        runs[i] = (rwda_eval_run){ .method = rwda_eval_method_named(i < SHOTS ? "memory" : "memory+words"),
                                   .plan   = RWDA_CROPS_ONE,
                                   .seeds  = e.draws,
                                   .shots  = shots[i % SHOTS] };
    RW_TRY(study_run(&words, c, &setting, "shots-fnn", err));
    RW_TRY(study_context_detectors(&detectors, c, err));
    RW_TRY(score_runs(runs, (fused ? 2 : 1) * (size_t)SHOTS, c, &e, detectors[0], "shots", err));
    for (size_t i = 0; i < SHOTS; i++)
        RW_TRY(words_beside(&runs[2 * SHOTS + i], &words, &runs[i], c->e->data->count, err));
done:
    rwda_eval_run_free(&words);
    return status;
}

/* Numbers of images that fewer categories have are not compared with one image. */
static void say_shots(study *s, const study_context *c, size_t n_series)
{
    const study_point *one = s->points, *last = one, *end = one + SHOTS, *words = one + (n_series - 1) * SHOTS;

    study_say_categories(s, one, c->e->n_categories, "a normal image to remember and one more to test with");
    if (isnan(one->auroc.mean))
        return;
    study_say(s, "Memory: AUROC %.3f with one normal image, where words reach %.3f on the same images.", one->auroc.mean,
              words->auroc.mean);
    while (last + 1 < end && last[1].extra[0] >= one->extra[0])
        last++;
    if (last > one)
        study_say(s, "With %s of them it is %.3f, and the standard deviation over draws %.3f instead of %.3f.", last->label,
                  last->auroc.mean, last->auroc.std, one->auroc.std);
    if (last + 1 < end && last[1].extra[0] >= 1)
        study_say(s, "Only %.0f of these categories %s enough for %s: from there on rows do not compare with those above.",
                  last[1].extra[0], last[1].extra[0] > 1 ? "have" : "has", last[1].label);
    else if (last + 1 < end)
        study_say(s, "No category has enough for %s.", last[1].label);
}

rwda_status study_shots(study_context *c, study *s, rwda_error *err)
{
    rwda_eval_run runs[3 * SHOTS] = { { .seeds = 0 } };
    bool          fused           = c->e->resize != RWDA_RESIZE_TILES; /* crops of another number for each image */
    rwda_status   status;

    s->title    = "Number of normal images";
    s->question = "How many normal images does a memory need, and when is it better than words?";
    s->method =
        "Memories with their own defaults. A draw takes the first K of one order of the normal images: training images, or "
        "where there are none normal test images, of which the test of each draw then leaves out as many as the largest K. "
        "Words are measured on the same images, with a detector for each draw; memory + words has the first detector.";
    s->plot      = STUDY_LINES;
    s->log_x     = true;
    s->x_title   = "normal images";
    s->over      = "draws";
    s->extras[0] = "categories";
    RW_TRY(shots_runs(runs, c, fused, err));
    for (size_t i = 0; i < 3 * SHOTS; i++) {
        study_point *p;
        char         label[32];
        int          k = shots[i % SHOTS];

        if (!fused && i / SHOTS == 1)
            continue;
        (void)snprintf(label, sizeof label, "%d", k);
        RW_TRY(add_run(&p, s, c, label, k, &runs[i], err));
    }
    say_shots(s, c, fused ? 3 : 2);
done:
    for (size_t i = 0; i < 3 * SHOTS; i++)
        rwda_eval_run_free(&runs[i]);
    return status;
}

/* ---- How a memory sees images -------------------------------------------------------------------------------------------- */

/* Whatever is 0 is as the base has it: 6/4 of the model's side, 3/4 and all of its blocks. */
typedef struct {
    const char *series, *label;
    int         side;      /* quarters of the model's own side */
    int         layers[4]; /* quarters of the model's blocks, ascending */
    int         tiles, rotations;
    bool        base;
} view;

static const view views[] = {
    { "input side", "the model's own", .side = 4 },
    { "input side", "1.25 times", .side = 5 },
    { "input side", "1.5 times", .base = true },
    { "input side", "1.75 times", .side = 7 },
    { "input side", "2 times", .side = 8 },
    { "blocks", "1/2, 3/4 and all", .layers = { 2, 3, 4 } },
    { "blocks", "3/4", .layers = { 3 } },
    { "blocks", "3/4 and all", .base = true },
    { "blocks", "all", .layers = { 4 } },
    { "turning", "as they are", .base = true },
    { "turning", "by 90, 180 and 270 degrees too", .rotations = 1 },
    { "parts", "whole image", .base = true },
    { "parts", "2x2 tiles, at the own side", .side = 4, .tiles = 2 },
    { "parts", "2x2 tiles, at 1.5 times", .tiles = 2 },
};

static rwda_memory_options options_of(const view *v, const rwda_model_info *model)
{
    static const int    usual[]  = { 3, 4, 0 };
    const int          *quarters = v->layers[0] != 0 ? v->layers : usual;
    rwda_memory_options o        = RWDA_MEMORY_OPTIONS_INIT;
    int                 n        = 0;

    o.image_size = model->image_size * (v->side != 0 ? v->side : 6) / 4 / model->patch_size * model->patch_size;
    for (int i = 0; i < 4 && quarters[i] != 0; i++) {
        int layer = model->vision_layers * quarters[i] / 4;

        layer = layer > 0 ? layer : 1;
        if (n == 0 || layer > o.layers[n - 1]) /* a small model has some of them twice */
            o.layers[n++] = layer;
    }
    o.tiles     = v->tiles != 0 ? v->tiles : 1;
    o.rotations = v->rotations;
    return o;
}

rwda_status study_memory_view(study_context *c, study *s, rwda_error *err)
{
    static const int four   = 4;
    rwda_evaluation  e      = with_shots(c, &four, 1);
    rwda_eval_run    run    = { .seeds = 0 };
    rwda_status      status = RWDA_OK;

    s->title    = "How a memory sees images";
    s->question = "At which side, from which blocks, turned or in parts: how should a memory see its images?";
    s->method =
        "Memories of 4 normal images, the same draws in every row; one thing differs from the base: the whole image at 1.5 "
        "times the model's own side, tokens after 3/4 of the blocks and after all.";
    s->plot      = STUDY_BARS;
    s->over      = "draws";
    s->extras[0] = "categories";
    s->extras[1] = "side, pixels";
    for (size_t i = 0; i < RW_COUNTOF(views); i++) {
        const view  *v = &views[i];
        char         name[64];
        study_point *p;

        (void)snprintf(name, sizeof name, "memory-view-%zu", i);
        e.memory = options_of(v, c->e->model);
        run      = (rwda_eval_run){
                 .method = rwda_eval_method_named("memory"), .plan = RWDA_CROPS_ONE, .seeds = e.draws, .shots = four
        };
        RW_TRY(score_runs(&run, 1, c, &e, NULL, v->base ? "memory-view-base" : name, err));
        RW_TRY(add_run(&p, s, c, v->label, (double)i, &run, err));
        (void)snprintf(p->series, sizeof p->series, "%s", v->series);
        p->base     = v->base;
        p->extra[1] = e.memory.image_size;
    }
    study_say_categories(s, s->points, c->e->n_categories, "4 normal images and one more to test with");
    study_say_extremes(s);
done:
    rwda_eval_run_free(&run);
    return status;
}

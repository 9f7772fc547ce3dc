/* study_cost.c - the study of cost: `PROGRAM score`, run as a user would, on a few of the images. */
#include "studies/study_list.h"

#include "base/file.h"
#include "common/paths.h"
#include "studies/cached.h"
#include "studies/process.h"
#include "studies/runs.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define IMAGES        32  /* of the data set, evenly spaced */
#define PAIRS_MAX     200 /* of the measured detector: its size counts, not its scores */
#define ARGUMENTS_MAX (STUDY_PROGRAM_OPTIONS_MAX + 24 + IMAGES)
#define SOME_FAILED   1 /* exit code: an image that is broken, which changes no time */

/* The paths of what is needed on the way. */
typedef struct {
    char detector[RW_PATH_MAX], records[RW_PATH_MAX];
} scratch;

typedef struct {
    float encode_ms, start_ms, mib;
} cost;

/* ---- One process --------------------------------------------------------------------------------------------------------- */

/* Mean encoding and scoring time of the records in a file, ms; NaN: none. */
static double mean_encode_ms(const char *path)
{
    FILE  *in   = fopen(path, "r");
    char  *line = NULL;
    size_t room = 0, n = 0;
    double sum = 0;

    while (in != NULL && getline(&line, &room, in) > 0) {
        json_t       *record = json_loads(line, 0, NULL);
        const json_t *encode = json_object_get(json_object_get(record, "ms"), "encode");

        if (json_is_number(encode)) {
            sum += json_number_value(encode);
            n++;
        }
        json_decref(record);
    }
    free(line);
    if (in != NULL)
        fclose(in);
    return n > 0 ? sum / (double)n : NAN;
}

/* An argument list, NULL-terminated. */
typedef struct {
    const char *items[ARGUMENTS_MAX + 1];
    size_t      n;
} arguments;

static void add(arguments *a, const char *text)
{
    if (a->n < ARGUMENTS_MAX)
        a->items[a->n++] = text;
}

static void add_option(arguments *a, const char *name, const char *value)
{
    if (value != NULL) {
        add(a, name);
        add(a, value);
    }
}

static size_t images_of(const study_context *c)
{
    return c->e->data->count < IMAGES ? c->e->data->count : IMAGES;
}

static arguments score_arguments(const study_context *c, const rwda_eval_method *method, rwda_crops plan,
                                 const char *detector)
{
    const rwda_dataset *data = c->e->data;
    bool                clip = method->method == RWDA_METHOD_CLIP;
    arguments           a    = { { "rwda", "score", "--quiet" }, 3 };
    size_t              n    = images_of(c);

    add_option(&a, "--model", c->model_name);
    add_option(&a, "--resize", rwda_enum_name(RWDA_ENUM_RESIZE, c->e->resize));
    add_option(&a, "--method", rwda_enum_name(RWDA_ENUM_METHOD, method->method));
    add_option(&a, "--crops", rwda_enum_name(RWDA_ENUM_CROPS, plan));
    add_option(&a, "--prompts", clip ? rwda_enum_name(RWDA_ENUM_PROMPTS, method->prompts) : NULL);
    add_option(&a, "--detector", rwda_eval_method_needs_detector(method) ? detector : NULL);
    for (const char *const *option = c->options.program_options; *option != NULL; option++)
        add(&a, *option);
    add(&a, "--");
    for (size_t i = 0; i < n; i++)
        add(&a, data->items[i * data->count / n].path);
    return a;
}

/* What a cost depends on. */
static void cost_key(char out[1024], const study_context *c)
{
    const rwda_model_info *model = c->e->model;
    int len = snprintf(out, 1024, "rwda %s\nmodel %s\ncpu %s\nprecision %s\nimage %d\nresize %s\ndata %s %zu\nthreads %d\n",
                       rwda_version(), model->sha256, model->cpu, model->precision, model->image_size,
                       rwda_enum_name(RWDA_ENUM_RESIZE, c->e->resize), c->data_sha256, c->e->data->count,
                       rwda_session_threads(c->session));

    for (const char *const *option = c->options.program_options; *option != NULL && len < 1024; option++)
        len += snprintf(out + len, 1024 - (size_t)len, "option %s\n", *option);
}

/* Measures one method, or takes what is cached. */
static rwda_status measure(cost *out, const study_context *c, const rwda_eval_method *method, rwda_crops plan,
                           const scratch *files, rwda_error *err)
{
    arguments    a = score_arguments(c, method, plan, files->detector);
    char         name[64], key[1024];
    float        numbers[3];
    process_cost run;
    double       each = NAN;

    (void)snprintf(name, sizeof name, "cost-%s-%s", method->name, rwda_enum_name(RWDA_ENUM_CROPS, plan));
    cost_key(key, c);
    if (!cached_take(numbers, 3, c->options.cache_dir, name, key)) {
        if (process_measure(&run, c->options.program, a.items, files->records, NULL) == RWDA_OK && run.code >= 0 &&
            run.code <= SOME_FAILED)
            each = mean_encode_ms(files->records);
        (void)unlink(files->records);
        if (isnan(each))
            return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "cost of %s: 'rwda score' failed on one of %zu images of %.200s",
                           method->title, images_of(c), c->e->data->path);
        numbers[0] = (float)each;
        numbers[1] = (float)fmax(0, run.ms - each * (double)images_of(c));
        numbers[2] = (float)run.mib;
        cached_keep(c->options.cache_dir, name, key, numbers, 3);
    }
    *out = (cost){ numbers[0], numbers[1], numbers[2] };
    return RWDA_OK;
}

/* ---- The study ----------------------------------------------------------------------------------------------------------- */

static rwda_status make_detector(const char *path, study_context *c, rwda_error *err)
{
    rwda_train_options recipe   = c->options.recipe;
    rwda_detector     *detector = NULL;
    rwda_status        status;

    recipe.pairs = recipe.pairs < PAIRS_MAX ? recipe.pairs : PAIRS_MAX;
    RW_TRY(rwda_detector_train(&detector, c->session, &recipe, NULL, NULL, err));
    status = rwda_detector_save(detector, path, 1, err);
done:
    rwda_detector_free(detector);
    return status;
}

static rwda_status add_cost(study *s, study_context *c, const char *method, rwda_crops plan, const scratch *files,
                            rwda_error *err)
{
    study_setting setting = { .method = method, .plan = plan };
    char          name[64];
    study_point  *p;
    cost          spent = { 0, 0, 0 };
    rwda_status   status;

    (void)snprintf(name, sizeof name, "cost-run-%s-%s", method, rwda_enum_name(RWDA_ENUM_CROPS, plan));
    RW_TRY(study_run_point(&p, s, c, &setting, name, rwda_enum_name(RWDA_ENUM_CROPS, plan), 0, err));
    RW_TRY(measure(&spent, c, rwda_eval_method_named(method), plan, files, err));
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
    scratch                  files;
    rwda_status              status;

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
    if (!rw_path_format(files.detector, "%s/cost.safetensors", c->options.cache_dir) ||
        !rw_path_format(files.records, "%s/cost.jsonl", c->options.cache_dir))
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: path is too long", c->options.cache_dir);
    RW_TRY(make_detector(files.detector, c, err));
    for (size_t m = 0; m < RW_COUNTOF(methods); m++)
        for (size_t i = 0; i < RW_COUNTOF(plans); i++)
            RW_TRY(add_cost(s, c, methods[m], plans[i], &files, err));
    say_best_and_cheapest(s);
done:
    (void)unlink(files.detector);
    return status;
}

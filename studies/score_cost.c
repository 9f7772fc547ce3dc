#include "studies/score_cost.h"

#include "base/file.h"
#include "common/paths.h"
#include "studies/cached.h"
#include "studies/process.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define IMAGES_MAX    64
#define PAIRS_MAX     200
#define ARGUMENTS_MAX (STUDY_PROGRAM_OPTIONS_MAX + 24 + IMAGES_MAX)
#define SOME_FAILED   1 /* exit code: an image that is broken, which changes no time */

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

static arguments score_arguments(const study_context *c, const rwda_eval_method *method, rwda_crops plan, size_t images,
                                 const char *detector)
{
    const rwda_dataset *data = c->e->data;
    bool                clip = method->method == RWDA_METHOD_CLIP;
    arguments           a    = { { "rwda", "score", "--quiet" }, 3 };

    add_option(&a, "--model", c->model_name);
    add_option(&a, "--resize", rwda_enum_name(RWDA_ENUM_RESIZE, c->e->resize));
    add_option(&a, "--method", rwda_enum_name(RWDA_ENUM_METHOD, method->method));
    add_option(&a, "--crops", rwda_enum_name(RWDA_ENUM_CROPS, plan));
    add_option(&a, "--prompts", clip ? rwda_enum_name(RWDA_ENUM_PROMPTS, method->prompts) : NULL);
    add_option(&a, "--detector", detector);
    for (const char *const *option = c->options.program_options; *option != NULL; option++)
        add(&a, *option);
    add(&a, "--");
    for (size_t i = 0; i < images; i++)
        add(&a, data->items[i * data->count / images].path);
    return a;
}

/* What a cost depends on. */
static void cost_key(char out[1024], const study_context *c, size_t images)
{
    const rwda_model_info *model  = c->e->model;
    const char            *resize = rwda_enum_name(RWDA_ENUM_RESIZE, c->e->resize);
    int                    len =
        snprintf(out, 1024, "rwda %s\nmodel %s\ncpu %s\nprecision %s\nimage %d\nresize %s\ndata %s %zu\n", rwda_version(),
                 model->sha256, model->cpu, model->precision, model->image_size, resize, c->data_sha256, images);

    len += snprintf(out + len, 1024 - (size_t)len, "threads %d\n", rwda_session_threads(c->session));
    for (const char *const *option = c->options.program_options; *option != NULL && len < 1024; option++)
        len += snprintf(out + len, 1024 - (size_t)len, "option %s\n", *option);
}

/* The recipe's own where it is there, else one of few pairs: its size counts, not its scores. */
static rwda_status write_detector(const char *path, study_context *c, rwda_error *err)
{
    rwda_train_options recipe   = c->options.recipe;
    rwda_detector     *detector = NULL;
    rwda_status        status   = RWDA_OK;

    recipe.pairs = recipe.pairs < PAIRS_MAX ? recipe.pairs : PAIRS_MAX;
    if (c->own[0] == NULL)
        RW_TRY(rwda_detector_train(&detector, c->session, &recipe, NULL, NULL, err));
    status = rwda_detector_save(c->own[0] != NULL ? c->own[0] : detector, path, 1, err);
done:
    rwda_detector_free(detector);
    return status;
}

/* Runs the program once. */
static rwda_status run(score_cost *out, study_context *c, const rwda_eval_method *method, rwda_crops plan, size_t images,
                       rwda_error *err)
{
    bool         trained = rwda_eval_method_needs_detector(method) != 0;
    char         detector[RW_PATH_MAX], records[RW_PATH_MAX];
    double       each = NAN;
    arguments    a;
    process_cost cost;
    rwda_status  status = RWDA_OK;

    if (!rw_path_format(detector, "%s/cost.safetensors", c->options.cache_dir) ||
        !rw_path_format(records, "%s/cost.jsonl", c->options.cache_dir))
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.300s: path is too long", c->options.cache_dir);
    if (trained)
        RW_TRY(write_detector(detector, c, err));
    a = score_arguments(c, method, plan, images, trained ? detector : NULL);
    if (process_measure(&cost, c->options.program, a.items, records, NULL) == RWDA_OK && cost.code >= 0 &&
        cost.code <= SOME_FAILED)
        each = mean_encode_ms(records);
    if (isnan(each))
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "cost of %s: 'rwda score' failed on one of %zu images of %.200s",
                         method->title, images, c->e->data->path);
    else
        *out = (score_cost){ (float)each, (float)fmax(0, cost.ms - each * (double)images), (float)cost.mib };
done:
    if (trained)
        (void)unlink(detector);
    (void)unlink(records);
    return status;
}

rwda_status score_cost_measure(score_cost *out, study_context *c, const rwda_eval_method *method, rwda_crops plan,
                               size_t images, const char *name, rwda_error *err)
{
    char        key[1024];
    float       numbers[3];
    rwda_status status = RWDA_OK;

    images = images < c->e->data->count ? images : c->e->data->count;
    images = images < IMAGES_MAX ? images : IMAGES_MAX;
    cost_key(key, c, images);
    if (cached_take(numbers, 3, c->options.cache_dir, name, key)) {
        *out = (score_cost){ numbers[0], numbers[1], numbers[2] };
        return RWDA_OK;
    }
    RW_TRY(run(out, c, method, plan, images, err));
    cached_keep(c->options.cache_dir, name, key, (float[]){ out->encode_ms, out->start_ms, out->mib }, 3);
done:
    return status;
}

#include "studies/context.h"

#include "base/file.h"
#include "common/image_reading.h"
#include "common/model_needs.h"
#include "common/text_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Data ---------------------------------------------------------------------------------------------------------------- */

/* What else happens to a file between two runs is noticed by its size and date.  The names' NULs keep them apart. */
static void print_item(FILE *out, const rwda_dataset_item *item)
{
    const char *const names[] = { item->path, item->category, item->defect_type };
    struct stat       s       = { 0 };

    (void)stat(item->path, &s);
    for (size_t i = 0; i < RW_COUNTOF(names); i++)
        (void)fwrite(names[i], 1, strlen(names[i]) + 1, out);
    fprintf(out, "%d %lld %lld.%09ld\n", item->anomalous, (long long)s.st_size, (long long)s.st_mtim.tv_sec,
            s.st_mtim.tv_nsec);
}

static rwda_status sum_data(char out[65], const rwda_dataset *data, const rwda_image_options *images, rwda_error *err)
{
    char   key[RW_READING_KEY];
    char  *text = NULL;
    size_t len  = 0;
    FILE  *file = rw_text_stream(&text, &len);
    bool   fine = file != NULL;

    rw_image_reading_key(key, images);
    if (fine)
        fputs(key, file);
    for (size_t i = 0; fine && i < data->count; i++)
        print_item(file, &data->items[i]);
    for (size_t i = 0; fine && i < data->n_normals; i++)
        print_item(file, &data->normals[i]);
    fine = fine && rw_text_stream_close(file);
    if (fine)
        rw_sha256_hex(out, text, len);
    free(text);
    return fine ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu images", data->count);
}

/* ---- Model --------------------------------------------------------------------------------------------------------------- */

static void free_detectors(rwda_detector **detectors)
{
    for (int seed = 0; seed < RWDA_EVAL_SEEDS_MAX; seed++) {
        rwda_detector_free(detectors[seed]);
        detectors[seed] = NULL;
    }
}

static void close_model(study_context *c)
{
    for (size_t plan = 0; plan < RW_COUNTOF(c->plans); plan++)
        rwda_eval_embeddings_free(&c->plans[plan]);
    free_detectors(c->own);
    rwda_session_free(c->session);
    rwda_model_free(c->model);
    c->e->model = NULL;
    c->session  = NULL;
    c->model    = NULL;
}

rwda_status study_context_open_model(study_context *c, const char *name, rwda_error *err)
{
    const study_options *o      = &c->options;
    rwda_status          status = RWDA_OK;

    close_model(c);
    c->model_name = name;
    RW_TRY(o->open_model(&c->model, &c->session, name, o->user, err));
    RW_TRY(rw_model_needs_images(c->model, c->session, err));
    c->e->model  = rwda_model_get_info(c->model);
    c->e->resize = o->resize != RWDA_RESIZE_CONFIG ? o->resize : c->e->model->resize;
done:
    if (status != RWDA_OK)
        close_model(c);
    return status;
}

rwda_status study_context_new(study_context **out, const study_options *options, rwda_error *err)
{
    study_context *c = calloc(1, sizeof *c);
    rwda_status    status;

    *out = NULL;
    if (c == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the studies");
    c->options = *options;
    RW_TRY(rwda_evaluation_new(&c->e, options->data, err));
    c->e->object = options->object;
    c->e->names  = RWDA_NAMES_CLEAN;
    c->e->seeds  = options->seeds;
    c->e->images = rw_image_reading_of(&options->images).options; /* size 0 stands for the defaults */
    RW_TRY(sum_data(c->data_sha256, options->data, &options->images, err));
    status = study_context_open_model(c, options->models[0], err);
    for (size_t k = 1; status != RWDA_OK && options->any_model && k < options->n_models; k++)
        status = study_context_open_model(c, options->models[k], err);
done:
    if (status != RWDA_OK)
        study_context_free(c);
    else
        *out = c;
    return status;
}

void study_context_free(study_context *c)
{
    if (c == NULL)
        return;
    if (c->e != NULL)
        close_model(c);
    rwda_evaluation_free(c->e);
    free(c);
}

/* ---- Embeddings and detectors -------------------------------------------------------------------------------------------- */

rwda_status study_context_embeddings(const rwda_eval_embeddings **out, study_context *c, rwda_crops plan, rwda_error *err)
{
    rwda_eval_embeddings *x      = &c->plans[plan];
    rwda_eval_view        view   = { c->e->resize, plan, NULL };
    rwda_status           status = RWDA_OK;

    if (x->first == NULL) {
        for (size_t other = RWDA_CROPS_ONE + 1; other < RW_COUNTOF(c->plans); other++)
            rwda_eval_embeddings_free(&c->plans[other]);
        status = rwda_eval_embeddings_make(x, c->e, c->session, &view, c->options.cache_dir, c->options.events, err);
        if (status != RWDA_OK)
            rwda_eval_embeddings_free(x);
    }
    *out = x;
    return status;
}

rwda_status study_context_train(rwda_detector **detectors, study_context *c, const rwda_train_options *recipe,
                                rwda_error *err)
{
    const rwda_events *events = c->options.events;
    rwda_train_options train  = *recipe;
    rwda_status        status = RWDA_OK;

    for (int seed = 0; seed < c->options.seeds && status == RWDA_OK; seed++) {
        if (detectors[seed] != NULL)
            continue;
        train.seed = (uint64_t)seed + 1;
        status     = rwda_detector_train(&detectors[seed], c->session, &train, events != NULL ? events->progress : NULL,
                                     events != NULL ? events->user : NULL, err);
    }
    return status;
}

rwda_status study_context_detectors(const rwda_detector *const **out, study_context *c, rwda_error *err)
{
    *out = (const rwda_detector *const *)c->own;
    return study_context_train(c->own, c, &c->options.recipe, err);
}

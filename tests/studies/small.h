/* small.h - a context on four of the sample images with the model for tests, caching in a folder of its own. */
#ifndef SMALL_H
#define SMALL_H

#include "studies/context.h"

#include "tests/unit/check.h"

#include <stdbool.h>

#define SAMPLES RWDA_TEST_DIR "/../samples"
#define MODEL   RWDA_TEST_DIR "/model"

typedef struct {
    char           folder[32];
    rwda_dataset  *data;
    study_options  options;
    study_context *c;
    int            opened;     /* how often a model was */
    int            reports;    /* of progress, hence of work that was not cached */
    bool           only_cache; /* work stops */
} small;

static inline rwda_status small_open_model(rwda_model **model, rwda_session **session, const char *name, void *user,
                                           rwda_error *err)
{
    rwda_model_options   model_options = RWDA_MODEL_OPTIONS_INIT;
    rwda_session_options options       = RWDA_SESSION_OPTIONS_INIT;
    rwda_status          status;

    if (SANITIZED)
        model_options.image_size = 48; /* a sixth of the work */
    options.threads = 1;
    *session        = NULL;
    status          = rwda_model_open(model, name != NULL ? name : MODEL, &model_options, err);
    ((small *)user)->opened++;
    return status != RWDA_OK ? status : rwda_session_new(session, *model, &options, err);
}

static inline int small_progress(void *user, const char *stage, size_t done, size_t total)
{
    small *s = user;

    (void)stage;
    (void)done;
    (void)total;
    s->reports++;
    return s->only_cache;
}

/* Opens it again, as the next run of the program would. */
static inline void small_open(small *s)
{
    rwda_error err;

    study_context_free(s->c);
    s->reports = 0;
    assert_ok(study_context_new(&s->c, &s->options, &err), err);
}

static rwda_events small_events;

static inline void small_begin(small *s)
{
    static const char *const models[]  = { NULL };
    static const char *const nothing[] = { NULL };
    rwda_error               err;

    *s           = (small){ .folder = "/tmp/rwda-studies-XXXXXX" };
    small_events = (rwda_events){ .progress = small_progress, .user = s };
    assert_non_null(mkdtemp(s->folder));
    assert_ok(rwda_dataset_open(&s->data, SAMPLES, "folder", NULL, &err), err);
    rwda_dataset_limit(s->data, 2);
    assert_ok(rwda_train_options_preset(&s->options.recipe, "paper", &err), err);
    s->options.recipe.pairs    = 20;
    s->options.recipe.epochs   = 2;
    s->options.data            = s->data;
    s->options.images          = (rwda_image_options)RWDA_IMAGE_OPTIONS_INIT;
    s->options.seeds           = 2;
    s->options.cache_dir       = s->folder;
    s->options.models          = models;
    s->options.n_models        = 1;
    s->options.open_model      = small_open_model;
    s->options.user            = s;
    s->options.program         = "/dev/null/program";
    s->options.program_options = nothing;
    s->options.events          = &small_events;
    small_open(s);
}

static inline void small_end(small *s)
{
    char command[64];

    study_context_free(s->c);
    rwda_dataset_free(s->data);
    (void)snprintf(command, sizeof command, "rm -r %s", s->folder);
    assert_int_equal(system(command), 0);
}

#endif

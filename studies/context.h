/* context.h - what studies share: data, model, recipe, embeddings, detectors.                        layer: studies */
#ifndef STUDY_CONTEXT_H
#define STUDY_CONTEXT_H

#include <rwda_eval.h>

#include <stdbool.h>

/* Opens the model that `name` means (NULL: the default), and a session; both are then the caller's. */
typedef rwda_status (*study_open_model)(rwda_model **model, rwda_session **session, const char *name, void *user,
                                        rwda_error *err);

#define STUDY_PROGRAM_OPTIONS_MAX 32

/* All of it is borrowed and must outlive the context. */
typedef struct {
    const rwda_dataset *data;
    rwda_train_options  recipe; /* that studies vary, its cache_dir in use; the seed is theirs */
    rwda_eval_object    object;
    rwda_resize         resize;
    rwda_image_options  images; /* how images are read */
    int                 seeds;  /* 1..RWDA_EVAL_SEEDS_MAX; of normal images and batches as many draws */
    const char *cache_dir;      /* an existing folder for embeddings, scores and costs, and for what is needed on the way */
    const char *const *models;  /* [n_models >= 1] names; the study of models takes all, the others the first */
    size_t             n_models;
    bool               any_model; /* the first that can be opened is enough */
    study_open_model   open_model;
    void              *user;            /* handed to open_model */
    const char        *program;         /* that is run as `program score ...` for the study of costs */
    const char *const *program_options; /* NULL-terminated, at most STUDY_PROGRAM_OPTIONS_MAX: its threads and so on */
    const rwda_events *events;          /* NULL: none */
} study_options;

typedef struct {
    study_options        options;
    rwda_evaluation     *e; /* categories, model and view; it has no runs */
    rwda_model          *model;
    rwda_session        *session;
    const char          *model_name;               /* as open_model took it */
    rwda_eval_embeddings plans[4];                 /* by rwda_crops, as needed: first NULL, not made yet */
    rwda_detector       *own[RWDA_EVAL_SEEDS_MAX]; /* of the recipe itself, as needed */
    char                 data_sha256[65];          /* of all items' and normal images' names, labels, sizes and dates */
    size_t               failed;                   /* images without a score in the last run */
    size_t               failed_models;            /* of the study of models: those that could not be measured */
} study_context;

/* Opens the first model.  *out is the caller's, to be freed with study_context_free().  RWDA_ENOMEM, open_model's errors. */
rwda_status study_context_new(study_context **out, const study_options *options, rwda_error *err);
void        study_context_free(study_context *c);

/* Another model instead, without the embeddings and detectors of the one before.  open_model's errors: there is then no model. */
rwda_status study_context_open_model(study_context *c, const char *name, rwda_error *err);

/* Embeddings under a crop plan and detectors [seeds] of the recipe, made when they are first asked for; they belong to the context.
 * Embeddings of one plan of several crops are in memory at a time: the others are on disk. */
rwda_status study_context_embeddings(const rwda_eval_embeddings **out, study_context *c, rwda_crops plan, rwda_error *err);
rwda_status study_context_detectors(const rwda_detector *const **out, study_context *c, rwda_error *err);

/* Detectors [RWDA_EVAL_SEEDS_MAX], NULL at first, of another recipe and every seed; the caller's, after a failure too. */
rwda_status study_context_train(rwda_detector **detectors, study_context *c, const rwda_train_options *recipe,
                                rwda_error *err);

#endif

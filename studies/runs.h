/* runs.h - runs of a method under one setting of a study, their scores cached.                       layer: studies */
#ifndef STUDY_RUNS_H
#define STUDY_RUNS_H

#include "studies/context.h"
#include "studies/study.h"

typedef struct {
    const char                 *method; /* of rwda_eval_method_named() */
    rwda_crops                  plan;
    rwda_pool                   pool;
    const rwda_train_options   *recipe;     /* of its detectors; NULL: the context's */
    const rwda_eval_corruption *corruption; /* of images before they are encoded; NULL: as they are */
    bool                        parts;      /* the scores of both parts of "both" too */
} study_setting;

/* Scores all images under every seed, or takes the scores that are cached as `name`, and measures.  *out is to be emptied with
 * rwda_eval_run_free(); after a failure it is empty.  Errors: those of training, embedding and scoring; RWDA_ENOMEM. */
rwda_status study_run(rwda_eval_run *out, study_context *c, const study_setting *setting, const char *name, rwda_error *err);

/* The same as a new point of a study. */
rwda_status study_run_point(study_point **out, study *s, study_context *c, const study_setting *setting, const char *name,
                            const char *label, double x, rwda_error *err);

#endif

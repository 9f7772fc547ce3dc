/* study_list.h - the studies, a family a file.                                                          layer: studies */
#ifndef STUDIES_H
#define STUDIES_H

#include "studies/context.h"
#include "studies/study.h"

/* Asks a question of the context's data and model: fills *s, which has its name, with points and a summary.  Errors: those of training,
 * embedding and scoring, RWDA_EIO (a process that is measured, files on the way), RWDA_ENOMEM; what was filled stays. */
typedef rwda_status (*study_fn)(study_context *c, study *s, rwda_error *err);

rwda_status study_pairs(study_context *c, study *s, rwda_error *err); /* words.c */
rwda_status study_states(study_context *c, study *s, rwda_error *err);
rwda_status study_words_count(study_context *c, study *s, rwda_error *err);
rwda_status study_words_length(study_context *c, study *s, rwda_error *err);
rwda_status study_words_kind(study_context *c, study *s, rwda_error *err);
rwda_status study_words_position(study_context *c, study *s, rwda_error *err);
rwda_status study_crops(study_context *c, study *s, rwda_error *err); /* scoring.c */
rwda_status study_fusion(study_context *c, study *s, rwda_error *err);
rwda_status study_models(study_context *c, study *s, rwda_error *err);       /* models.c */
rwda_status study_robustness(study_context *c, study *s, rwda_error *err);   /* robustness.c */
rwda_status study_defect_types(study_context *c, study *s, rwda_error *err); /* defect_types.c */
rwda_status study_cost(study_context *c, study *s, rwda_error *err);         /* cost.c */
rwda_status study_shots(study_context *c, study *s, rwda_error *err);        /* memory.c */
rwda_status study_memory_view(study_context *c, study *s, rwda_error *err);
rwda_status study_contaminated(study_context *c, study *s, rwda_error *err); /* mixture.c */
rwda_status study_batch(study_context *c, study *s, rwda_error *err);

/* By name, in the order in which all of them run. */
typedef struct {
    const char *name;
    study_fn    run;
} study_entry;
extern const study_entry studies_list[]; /* [studies_count] */
extern const size_t      studies_count;

#endif

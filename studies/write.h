/* write.h - the files of a study: tables, plot, report.                                              layer: studies */
#ifndef STUDY_WRITE_H
#define STUDY_WRITE_H

#include "studies/study.h"

/* What points were measured on. */
typedef struct {
    const rwda_evaluation    *e; /* data, categories, model, object, resize, seeds */
    const rwda_train_options *recipe;
} study_basis;

/* NAME.md, NAME.csv, NAME-categories.csv, NAME-kinds.csv, NAME.svg in an existing folder, each replaced as a whole.  RWDA_EIO,
 * RWDA_ENOTFOUND (no folder), RWDA_ELIMIT (the path), RWDA_ENOMEM. */
rwda_status study_write(const study *s, const study_basis *basis, const char *folder, rwda_error *err);

/* All studies [n] as one HTML file, which is replaced as a whole.  Errors as above. */
rwda_status study_write_report(const study *studies, size_t n, const study_basis *basis, const char *path, rwda_error *err);

#endif

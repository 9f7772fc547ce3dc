/* evidence_cache.h - scores by other evidence than words, stored by category to go on after an interruption.  layer: eval */
#ifndef EVAL_EVIDENCE_CACHE_H
#define EVAL_EVIDENCE_CACHE_H

#include "eval/draws.h"
#include "eval/evidence.h"

#include <stdio.h>

/* What scores by memories depend on beside images: settings, and the files of the normals. */
void rw_evidence_describe_memory(FILE *out, const rwda_evaluation *e, const rw_normals *normals);

/* All that the scores of runs [n] in a category depend on; the caller's to free; NULL: no memory.  detector: NULL where none is used. */
char *rw_evidence_describe(rwda_eval_run *const *runs, size_t n, const rw_evidence *v, const rw_normals *normals,
                           const rwda_detector *detector);

/* Fills scores, shown and sources of the category, and failed [images of the category]; false: nothing of use is there. */
bool        rw_evidence_take(rwda_eval_run *const *runs, size_t n, bool *failed, const rw_evidence *v, const char *path,
                             const char *description);
rwda_status rw_evidence_cache(rwda_eval_run *const *runs, size_t n, const bool *failed, const rw_evidence *v,
                              const char *path, const char *description, rwda_error *err);

#endif

/* pixel_cache.h - cached pixel metrics of categories.                                                    layer: eval */
#ifndef EVAL_PIXEL_CACHE_H
#define EVAL_PIXEL_CACHE_H

#include "base/status.h"

#include <rwda_eval.h>

#include <stdbool.h>

/* Why a category has no pixel metrics (rwda_eval_pixel_cell.missing). */
extern const char rw_eval_no_mask[], rw_eval_no_pixel_metrics[];

/* Everything a category's metrics depend on; the caller's to free().  NULL: no memory.  detector NULL: the map needs none. */
char *rw_eval_pixel_describe(const rwda_evaluation *e, const rwda_eval_pixel_run *run, const rwda_detector *detector,
                             const rwda_eval_category *category);

/* The cell of a file that begins with that description; false: there is none. */
bool        rw_eval_pixel_take(rwda_eval_pixel_cell *cell, const char *path, const char *description);
rwda_status rw_eval_pixel_cache(const char *path, const char *description, const rwda_eval_pixel_cell *cell,
                                rwda_error *err);

#endif

/* decision.h - the label of a score, by a threshold or a threshold file.                             layer: common */
#ifndef RW_DECISION_H
#define RW_DECISION_H

#include "base/status.h"

#include <stdbool.h>

/* From a threshold given as a number, or as the name of a threshold file (docs/calibration.md). */
typedef struct {
    double           threshold, review; /* NaN: there is none; scores from review up to threshold are labelled "review" */
    rwda_thresholds *calibration;       /* NULL: numbers were given */
    const char      *name;              /* the file's path */
    bool             named_file;        /* a threshold file was named, whether it could be read or not */
} decision;

/* threshold: NULL, a number, or a path; review: NULL or a number below the threshold.  Release with decision_free() in either case.
 * RWDA_EINVAL: the numbers; else what rwda_thresholds_load() says. */
rwda_status decision_read(decision *out, const char *threshold, const char *review, rwda_error *err);
void        decision_free(decision *d);

/* A threshold file must fit what scores.  RWDA_EMISMATCH with both values. */
rwda_status decision_check(const decision *d, const rwda_scorer *scorer, rwda_error *err);

const char *decision_label(const decision *d, double score); /* "normal", "review", "anomalous"; NULL without a threshold */
double      decision_p_value(const decision *d, double score); /* NaN without a threshold file */

#endif

/* drift_watch.h - drift of a stream of scored images against a threshold file.                       layer: common */
#ifndef RW_DRIFT_WATCH_H
#define RW_DRIFT_WATCH_H

#include "common/decision.h"

#include <rwda_drift.h>

/* Start with { 0 }: it watches nothing. */
typedef struct {
    rwda_drift      *drift; /* NULL: nothing is watched */
    float           *mean;  /* [dim] of an image's crops */
    size_t           dim;
    rwda_drift_state state; /* after the last image */
} drift_watch;

/* A decision by a threshold file is watched, which must outlive it; another is not.  dim: of the embeddings that will come.  Release with
 * drift_watch_close() in either case.  RWDA_ENOMEM. */
rwda_status drift_watch_open(drift_watch *w, const decision *d, size_t dim, rwda_error *err);
void        drift_watch_close(drift_watch *w);

/* The next image: its score, and its crops' embeddings x [crops, dim] or NULL.  true: this image raised the alarm. */
bool drift_watch_add(drift_watch *w, double score, const float *x, size_t crops);

/* One sentence about an alarm, without an end: what, since when, what to do. */
#define DRIFT_SENTENCE 400
void drift_sentence(char out[DRIFT_SENTENCE], const rwda_drift_state *state);

#endif

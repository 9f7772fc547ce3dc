/* scorers.h - cache of the scorers last asked for: making one may encode 242 prompts.                   layer: serve
 *
 * Those of words have one; every memory has one of its own, with which they go.  One thread at a time. */
#ifndef SERVE_SCORERS_H
#define SERVE_SCORERS_H

#include "serve/settings.h"

#define SCORERS_MAX 16

typedef struct scorers scorers;

scorers *scorers_new(detectors *registry); /* must outlive the cache; NULL: no memory */
void     scorers_free(scorers *cache);

/* *out belongs to the cache, until SCORERS_MAX others were asked for.  What rwda_scorer_new() and member_decision() say. */
rwda_status scorers_get(const rwda_scorer **out, scorers *cache, rwda_session *session, const settings *wanted,
                        rwda_error *err);
/* The threshold that the memory of a scorer of this cache gives it; NULL: it has none. */
const decision *scorers_decision(const scorers *cache, const rwda_scorer *scorer);

#endif

/* member_decision.h - the threshold that a memory's own images give, each scored against the others.    layer: serve */
#ifndef SERVE_MEMBER_DECISION_H
#define SERVE_MEMBER_DECISION_H

#include "common/decision.h"

#include <rwda_memory.h>

/* scorer: with a memory; the threshold file is that of 'rwda calibrate --memory' with the same options.  Threshold NaN: no image has a
 * leave-one-out score.  Release with decision_free() in either case.  RWDA_ENOMEM, and what rwda_scorer_score_member() says. */
rwda_status member_decision(decision *out, rwda_session *session, const rwda_scorer *scorer, const rwda_memory *memory,
                            rwda_error *err);

#endif

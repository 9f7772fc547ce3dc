/* collect.h - how do pictures named on the command line become a table of scores? */
#ifndef COLLECT_H
#define COLLECT_H

#include "decision.h"
#include "scores.h"
#include "scoring.h"

/* From the first call on SIGINT and SIGTERM set *flag to their number instead of ending the program. */
const volatile sig_atomic_t *collect_stop_flag(void);

/* Opens model, detector and scorer as the options say, checks a card (d may be NULL), scores the pictures of `arguments` [n] and adds
 * them to data, with data->scoring and the detector's recipe.  n 0: describes how pictures would be scored, and scores none.
 * 0, or an exit code after a message (128 + n for a signal); a picture that fails is an entry with an error. */
int collect_scores(scores *data, const scoring_options *how, const cli_engine *engine, const decision *d, char **arguments, int n,
                   bool nul_separated);

#endif

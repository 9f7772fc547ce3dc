/* collect.h - how do pictures named on the command line become a table of scores? */
#ifndef COLLECT_H
#define COLLECT_H

#include "common/decision.h"
#include "common/score_table.h"
#include "cli/scoring.h"

/* Opens model, detector and scorer as the options say, checks a card (d may be NULL), scores the pictures of `arguments` [n] and adds
 * them to data, with data->scoring and the detector's recipe.  n 0: describes how pictures would be scored, and scores none.
 * 0, or an exit code after a message; a picture that fails is an entry with an error. */
int collect_scores(scores *data, const scoring_options *how, const cli_engine *engine, const decision *d, char **arguments,
                   int n, bool nul_separated);

#endif

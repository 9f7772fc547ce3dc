/* decision.h - which label does a score get? */
#ifndef DECISION_H
#define DECISION_H

#include "cli.h"

/* From --threshold X|CARD.json and --review X. */
typedef struct {
    double      threshold, review; /* NaN: there is none */
    rwda_thresholds  *card;              /* NULL: numbers were given */
    const char *name;              /* the card's path */
} decision;

/* Both texts may be NULL.  0, or an exit code after a message; release with decision_free() in either case. */
int  decision_read(decision *out, const char *threshold, const char *review);
void decision_free(decision *d);

/* A card must fit what scores; 0, or EXIT_MODEL after a message with both values. */
int decision_check(const decision *d, const rwda_scorer *scorer);

const char *decision_label(const decision *d, double score); /* "normal", "review", "anomalous"; NULL without a threshold */
double      decision_p_value(const decision *d, double score); /* NaN without a card */

#endif

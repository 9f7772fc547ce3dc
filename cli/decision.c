/* decision.c - which label does a score get? */
#include "decision.h"

#include <math.h>
#include <stdlib.h>

/* Whether all of it is a number; nan and inf are read as such, to be refused as numbers. */
static bool looks_like_a_number(const char *text)
{
    char *end;

    (void)strtof(text, &end);
    return end != text && *end == '\0';
}

int decision_read(decision *out, const char *threshold, const char *review)
{
    float      limit = NAN, from = NAN;
    rwda_error err;

    *out = (decision){ NAN, NAN, NULL, threshold };
    if (threshold == NULL || looks_like_a_number(threshold)) {
        if (!cli_float(&limit, "threshold", threshold) || !cli_float(&from, "review", review))
            return EXIT_USAGE;
        if (review != NULL && !(from < limit)) {
            cli_error("--review %s needs a larger --threshold: scores between the two are labelled review", review);
            return EXIT_USAGE;
        }
        out->threshold = (double)limit;
        out->review    = (double)from;
        return 0;
    }
    if (review != NULL) {
        cli_error("--review %s: the card %s says where review begins", review, threshold);
        return EXIT_USAGE;
    }
    if (rwda_thresholds_load(&out->card, threshold, &err) != RWDA_OK) {
        cli_error("--threshold is neither a number nor a card that can be used: %s", err.message);
        return EXIT_MODEL;
    }
    out->threshold = rwda_thresholds_get_info(out->card)->threshold;
    out->review    = rwda_thresholds_get_info(out->card)->review;
    return 0;
}

void decision_free(decision *d)
{
    rwda_thresholds_free(d->card);
    d->card = NULL;
}

int decision_check(const decision *d, const rwda_scorer *scorer)
{
    rwda_error err;

    if (d->card == NULL || rwda_thresholds_check(d->card, scorer, &err) == RWDA_OK)
        return 0;
    cli_error("%s: %s", d->name, err.message);
    return EXIT_MODEL;
}

const char *decision_label(const decision *d, double score)
{
    if (isnan(d->threshold))
        return NULL;
    return rwda_label_name(score >= d->threshold ? RWDA_LABEL_ANOMALOUS
                           : score >= d->review  ? RWDA_LABEL_REVIEW /* false when there is no band */
                                                 : RWDA_LABEL_NORMAL);
}

double decision_p_value(const decision *d, double score)
{
    return d->card != NULL ? rwda_thresholds_p_value(d->card, score) : NAN;
}

#include "common/decision.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Whether all of it is a number; nan and inf are read as such, to be refused as numbers. */
static bool looks_like_a_number(const char *text)
{
    char *end;

    (void)strtof(text, &end);
    return end != text && *end == '\0';
}

static rwda_status read_number(double *out, const char *option, const char *text, rwda_error *err)
{
    char *end;
    float value;

    if (text == NULL)
        return RWDA_OK;
    value = strtof(text, &end);
    if (end == text || *end != '\0' || !isfinite(value))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--%s: \"%.60s\" is not a number", option, text);
    *out = (double)value;
    return RWDA_OK;
}

rwda_status decision_read(decision *out, const char *threshold, const char *review, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    *out = (decision){ NAN, NAN, NULL, threshold, false };
    if (threshold == NULL || looks_like_a_number(threshold)) {
        RW_TRY(read_number(&out->threshold, "threshold", threshold, err));
        RW_TRY(read_number(&out->review, "review", review, err));
        if (review != NULL && !(out->review < out->threshold))
            status =
                rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                        "--review %.60s needs a larger --threshold: scores between the two are labelled review", review);
        goto done;
    }
    if (review != NULL) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                         "--review %.60s: the threshold file %.300s says where review begins", review, threshold);
        goto done;
    }
    out->named_file = true;
    status          = rwda_thresholds_load(&out->calibration, threshold, err);
    if (status != RWDA_OK) {
        (void)rw_fail_prefix(err, status, "--threshold is neither a number nor a threshold file that can be used");
        goto done;
    }
    out->threshold = rwda_thresholds_get_info(out->calibration)->threshold;
    out->review    = rwda_thresholds_get_info(out->calibration)->review;
done:
    return status;
}

void decision_free(decision *d)
{
    rwda_thresholds_free(d->calibration);
    d->calibration = NULL;
}

rwda_status decision_check(const decision *d, const rwda_scorer *scorer, rwda_error *err)
{
    rwda_status status = d->calibration != NULL ? rwda_thresholds_check(d->calibration, scorer, err) : RWDA_OK;

    return status == RWDA_OK ? RWDA_OK : rw_fail_prefix(err, status, d->name);
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
    return d->calibration != NULL ? rwda_thresholds_p_value(d->calibration, score) : NAN;
}

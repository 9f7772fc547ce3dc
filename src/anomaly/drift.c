/* drift.c - is a stream of images like the calibration's normal ones?  A martingale for each signal, an alarm for all of them. */
#include "anomaly/thresholds.h"
#include "base/versioned.h"
#include "metrics/rank_martingale.h"

#include <math.h>
#include <stdlib.h>

enum { SCORES, EMBEDDINGS, SIGNALS };

struct rwda_drift {
    const rwda_thresholds *thresholds;
    rw_rank_martingale     signals[SIGNALS];
    int                    used; /* of them: embeddings where the thresholds keep some */
    rwda_drift_state       state;
};

static const rwda_drift_options defaults = RWDA_DRIFT_OPTIONS_INIT;

void rwda_drift_options_default(rwda_drift_options *out, size_t size)
{
    rw_versioned_write(out, size, &defaults, sizeof defaults);
    rw_versioned_write(out, size < sizeof size ? size : sizeof size, &size, sizeof size);
}

const char *rwda_drift_change_name(rwda_drift_change change)
{
    static const char *const names[] = { "none",
                                         "scores higher",
                                         "scores lower",
                                         "scores wider",
                                         "scores narrower",
                                         "embeddings farther",
                                         "embeddings nearer",
                                         "embeddings wider",
                                         "embeddings narrower" };

    return names[(unsigned)change < RW_COUNTOF(names) ? change : RWDA_DRIFT_NONE];
}

rwda_status rwda_drift_new(rwda_drift **out, const rwda_thresholds *thresholds, const rwda_drift_options *options,
                           rwda_error *err)
{
    const rw_embedding_gaussian *e     = thresholds->embedding;
    rwda_drift                  *drift = NULL;
    rwda_drift_options           own   = defaults;
    rwda_status                  status;

    *out = NULL;
    RW_TRY(rw_versioned_read(&own, sizeof own, RW_SIZE_TO(rwda_drift_options, seed), options, "rwda_drift_options", err));
    own.false_alarms = fpclassify(own.false_alarms) == FP_ZERO ? defaults.false_alarms : own.false_alarms;
    if (!(own.false_alarms >= 1e-9 && own.false_alarms <= 0.5))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "a drift test's false-alarm probability of %g is not in 1e-9..0.5",
                       own.false_alarms);
    own.seed = own.seed != 0 ? own.seed : defaults.seed;
    drift    = calloc(1, sizeof *drift);
    if (drift == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a drift monitor, %zu bytes", sizeof *drift);
    drift->thresholds = thresholds;
    drift->used       = e != NULL ? SIGNALS : EMBEDDINGS;
    drift->state      = (rwda_drift_state){ .limit       = log((double)drift->used / own.false_alarms),
                                            .p_value     = (double)NAN,
                                            .p_embedding = (double)NAN };
    RW_TRY(rw_rank_martingale_init(&drift->signals[SCORES], thresholds->sorted, thresholds->info.normal, own.seed, SCORES,
                                   err));
    if (e != NULL)
        RW_TRY(rw_rank_martingale_init(&drift->signals[EMBEDDINGS], e->distances, e->count, own.seed, EMBEDDINGS, err));
    *out  = drift;
    drift = NULL;
done:
    rwda_drift_free(drift);
    return status;
}

void rwda_drift_free(rwda_drift *drift)
{
    if (drift == NULL)
        return;
    for (int i = 0; i < SIGNALS; i++)
        rw_rank_martingale_done(&drift->signals[i]);
    free(drift);
}

/* Each signal has its share of the false alarms, so that the larger of their martingales is what counts: their joint law is not known. */
static void look(rwda_drift *drift)
{
    rwda_drift_state *s    = &drift->state;
    int               most = SCORES;
    rw_bet_kind       kind;
    const rw_bet     *bet;

    for (int i = 1; i < drift->used; i++)
        if (drift->signals[i].capital > drift->signals[most].capital)
            most = i;
    s->evidence = log(drift->signals[most].capital);
    if (s->alarm || !(s->evidence >= s->limit))
        return;
    bet       = rw_rank_martingale_leader(&drift->signals[most], &kind);
    s->alarm  = 1;
    s->change = (rwda_drift_change)((most == SCORES ? RWDA_DRIFT_SCORES_HIGHER : RWDA_DRIFT_EMBEDDINGS_FARTHER) + (int)kind);
    s->alarm_image = s->images;
    s->since_image = bet->since;
}

static rwda_status check(const rwda_drift *drift, double score, const float *embedding, size_t dim, rwda_error *err)
{
    const rw_embedding_gaussian *e = drift->thresholds->embedding;

    if (!isfinite(score))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "drift: the score %g is not finite", score);
    if (e == NULL || embedding == NULL)
        return RWDA_OK;
    if (dim != e->dim)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "drift: an embedding of %zu dimensions, the threshold file's have %zu", dim, e->dim);
    for (size_t j = 0; j < dim; j++)
        if (!isfinite(embedding[j]))
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "drift: number %zu of an embedding is not finite", j);
    return RWDA_OK;
}

static rwda_status put_state(rwda_drift_state *out, size_t size, const rwda_drift *drift, rwda_error *err)
{
    rwda_status status = rw_versioned_check(size, RW_SIZE_TO(rwda_drift_state, p_embedding), "rwda_drift_state", err);

    if (status == RWDA_OK)
        rw_versioned_write(out, size, &drift->state, RW_SIZE_TO(rwda_drift_state, p_embedding));
    return status;
}

rwda_status rwda_drift_add_sized(rwda_drift_state *out, size_t size, rwda_drift *drift, double score, const float *embedding,
                                 size_t dim, rwda_error *err)
{
    const rw_embedding_gaussian *e      = drift->thresholds->embedding;
    rw_rank_martingale          *signal = drift->signals;
    rwda_status                  status;

    RW_TRY(put_state(out, size, drift, err)); /* before anything is counted */
    RW_TRY(check(drift, score, embedding, dim, err));
    drift->state.images++;
    rw_rank_martingale_add(&signal[SCORES], (double)(float)score, drift->state.images); /* rounded as those */
    drift->state.p_value     = rwda_thresholds_p_value(drift->thresholds, score);
    drift->state.p_embedding = (double)NAN;
    if (e != NULL && embedding != NULL) {
        double distance = rw_embedding_gaussian_distance(e, embedding);

        rw_rank_martingale_add(&signal[EMBEDDINGS], distance, drift->state.images);
        drift->state.p_embedding = rwda_calibration_p_value(e->distances, e->count, distance);
    }
    look(drift);
    status = put_state(out, size, drift, err);
done:
    return status;
}

rwda_status rwda_drift_get_state_sized(rwda_drift_state *out, size_t size, const rwda_drift *drift, rwda_error *err)
{
    return put_state(out, size, drift, err);
}

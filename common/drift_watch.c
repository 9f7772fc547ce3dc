#include "common/drift_watch.h"

#include "common/embedding_rows.h"

#include <stdio.h>
#include <stdlib.h>

rwda_status drift_watch_open(drift_watch *w, const decision *d, size_t dim, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    *w = (drift_watch){ .dim = dim };
    if (d->calibration == NULL)
        return RWDA_OK;
    w->mean = calloc(dim > 0 ? dim : 1, sizeof *w->mean);
    if (w->mean == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a drift monitor");
    RW_TRY(rwda_drift_new(&w->drift, d->calibration, NULL, err));
    status = rwda_drift_get_state(&w->state, w->drift, err);
done:
    return status;
}

void drift_watch_close(drift_watch *w)
{
    rwda_drift_free(w->drift);
    free(w->mean);
    *w = (drift_watch){ 0 };
}

bool drift_watch_add(drift_watch *w, double score, const float *x, size_t crops)
{
    int before = w->state.alarm;

    if (w->drift == NULL)
        return false;
    if (x != NULL)
        rw_mean_row(w->mean, x, crops, w->dim);
    /* It can only refuse what is not finite, which has no score, and another dimension, which decision_check() refused. */
    if (rwda_drift_add(&w->state, w->drift, score, x != NULL ? w->mean : NULL, w->dim, NULL) != RWDA_OK)
        return false;
    return w->state.alarm && !before;
}

void drift_sentence(char out[DRIFT_SENTENCE], const rwda_drift_state *state)
{
    static const char *const changes[] = {
        [RWDA_DRIFT_SCORES_HIGHER]       = "scores are higher than the normal images'",
        [RWDA_DRIFT_SCORES_LOWER]        = "scores are lower than the normal images'",
        [RWDA_DRIFT_SCORES_WIDER]        = "scores are spread wider than the normal images'",
        [RWDA_DRIFT_SCORES_NARROWER]     = "scores are closer together than the normal images'",
        [RWDA_DRIFT_EMBEDDINGS_FARTHER]  = "images look less like the normal images than those look like each other",
        [RWDA_DRIFT_EMBEDDINGS_NEARER]   = "images are nearer to the mean of the normal images than those are",
        [RWDA_DRIFT_EMBEDDINGS_WIDER]    = "images are spread wider around the mean of the normal images than those are",
        [RWDA_DRIFT_EMBEDDINGS_NARROWER] = "images are spread less around the mean of the normal images than those are",
    };

    (void)snprintf(
        out, DRIFT_SENTENCE,
        "drift since about image %zu: %s%s (noticed at image %zu); check light, camera and product, and calibrate "
        "again if the change is to stay",
        state->since_image, changes[state->change],
        state->change == RWDA_DRIFT_SCORES_HIGHER || state->change == RWDA_DRIFT_EMBEDDINGS_FARTHER
            ? ", or more than a quarter of the images are anomalous"
            : "",
        state->alarm_image);
}

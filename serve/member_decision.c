#include "serve/member_decision.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

rwda_status member_decision(decision *out, rwda_session *session, const rwda_scorer *scorer, const rwda_memory *memory,
                            rwda_error *err)
{
    size_t      images = rwda_memory_get_info(memory)->images, n = 0;
    double     *scores = rw_new_array(images, sizeof *scores);
    rwda_status status = RWDA_OK;

    *out = (decision){ NAN, NAN, NULL, NULL, false };
    if (scores == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu scores", images);
    for (size_t i = 0; i < images; i++) {
        rwda_score score;

        RW_TRY(rwda_scorer_score_member(&score, session, scorer, i, err));
        if (!isnan(score.score))
            scores[n++] = (double)score.score;
    }
    if (n > 0)
        RW_TRY(rwda_thresholds_new(&out->calibration, scores, NULL, n, rwda_scorer_describe(scorer), NULL, err));
    if (n > 0)
        out->threshold = rwda_thresholds_get_info(out->calibration)->threshold;
done:
    free(scores);
    return status;
}

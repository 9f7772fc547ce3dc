#include "serve/record.h"

#include "common/score_record.h"
#include "serve/context.h"

#include <math.h>

static double threshold_of(const item *i)
{
    return i->decided     ? i->request->service->decision.threshold
           : i->by_memory ? i->threshold
                          : (double)i->request->settings.threshold;
}

const char *item_label(const item *i)
{
    if (i->decided)
        return decision_label(&i->request->service->decision, (double)i->score.score);
    return !isfinite(threshold_of(i)) ? NULL : (double)i->score.score >= threshold_of(i) ? "anomalous" : "normal";
}

json_t *item_record(const item *i)
{
    const service_context *service  = i->request->service;
    const settings        *s        = &i->request->settings;
    const decision        *d        = i->decided ? &service->decision : NULL;
    const rwda_detector   *detector = s->detector != NULL ? s->detector->detector : NULL;

    if (i->err.code != RWDA_OK)
        return score_record_failure(i->name, &i->err, NULL);
    return score_record_json(&(score_record){
        .name         = i->name,
        .width        = i->width,
        .height       = i->height,
        .score        = &i->score,
        .label        = item_label(i),
        .threshold    = threshold_of(i),
        .p_value      = d != NULL      ? decision_p_value(d, (double)i->score.score)
                        : i->by_memory ? i->p_value
                                       : (double)NAN,
        .detector     = detector != NULL ? rwda_detector_sha256(detector) : NULL,
        .model        = rwda_model_get_info(service->model)->sha256,
        .scoring      = i->request->work.scoring,
        .decode_ms    = i->decode_ms,
        .encode_ms    = i->encode_ms,
        .kinds        = json_incref(i->opinion.ranked),
        .kinds_region = json_incref(i->opinion.region),
    });
}

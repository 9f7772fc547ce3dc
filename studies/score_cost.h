/* score_cost.h - what `PROGRAM score` costs, run as a user would, on a few of the images.             layer: studies */
#ifndef STUDY_SCORE_COST_H
#define STUDY_SCORE_COST_H

#include "studies/context.h"

typedef struct {
    float encode_ms; /* to encode and score an image, the mean */
    float start_ms;  /* until it is ready */
    float mib;       /* peak memory of the process */
} score_cost;

/* One measurement of the model that is open, or the one that is cached as `name`; at most `images` of the data set, evenly spaced.
 * RWDA_EIO: no image was scored; errors of training a detector where the method needs one. */
rwda_status score_cost_measure(score_cost *out, study_context *c, const rwda_eval_method *method, rwda_crops plan,
                               size_t images, const char *name, rwda_error *err);

#endif

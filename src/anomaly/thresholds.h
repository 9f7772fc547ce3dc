/* thresholds.h - a threshold file in memory                                                          rank 3: anomaly */
#ifndef RW_THRESHOLDS_H
#define RW_THRESHOLDS_H

#include "anomaly/embedding_gaussian.h"
#include "rwda_drift.h"

#include <jansson.h>

struct rwda_thresholds {
    rwda_thresholds_info   info;
    double                *sorted;    /* [info.normal], ascending, each a float32 in 0..1 */
    rw_embedding_gaussian *embedding; /* of the normal images; NULL: the file keeps none */
    char                  *scoring;   /* info.scoring */
    char                  *note;      /* info.note */
    json_t                *parsed;    /* of scoring */
    char                  *text;
};

#endif

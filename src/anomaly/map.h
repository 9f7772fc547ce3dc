/* map.h - where in an image does the scorer see an anomaly?                                      rank 3: anomaly */
#ifndef RW_MAP_H
#define RW_MAP_H

#include "anomaly/score.h"

/* What rwda_map_compute() says, for the session's encoder. */
rwda_status rw_map_compute(float *map, const rwda_scorer *scorer, const rw_encoder *encoder, const rwda_image *image,
                           const rwda_map_options *options, rwda_error *err);

#endif

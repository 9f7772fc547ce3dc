/* route_handlers.h - the functions that answer paths, each in route_<group>.c.                          layer: serve
 *
 * What they are called for stands in route.h. */
#ifndef SERVE_ROUTE_HANDLERS_H
#define SERVE_ROUTE_HANDLERS_H

#include "serve/request.h"

/* route_page.c */
void answer_page(request *r);

/* route_status.c */
void answer_live(request *r);
void answer_ready(request *r);
void answer_openapi(request *r);
void answer_info(request *r);

/* route_metrics.c */
void answer_metrics(request *r);

/* route_score.c */
bool prepare_score(request *r);
void finish_score(request *r);
bool prepare_batch(request *r);
void finish_batch(request *r);

/* route_embed.c */
bool prepare_embed(request *r);
void finish_embed(request *r);

/* route_detectors.c */
void answer_detectors(request *r);
void answer_detector(request *r);
void answer_detector_delete(request *r);

/* route_memories.c */
void answer_memories(request *r);
void answer_memory(request *r);
void answer_memory_thresholds(request *r);
void answer_memory_delete(request *r);
bool prepare_memory(request *r);
bool prepare_memory_file(request *r);
void finish_memory(request *r);

/* route_training.c; libmicrohttpd's thread is the one that starts trainings */
void answer_training_start(request *r);
void answer_training(request *r);
void answer_training_cancel(request *r);

/* route_infer.c */
void answer_v2(request *r);
void answer_v2_model(request *r);
void answer_v2_model_ready(request *r);
bool prepare_infer(request *r);
void finish_infer(request *r);

#endif

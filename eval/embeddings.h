/* embeddings.h - embeddings of a data set's images, with what their files said.                          layer: eval */
#ifndef EVAL_EMBEDDINGS_H
#define EVAL_EMBEDDINGS_H

#include "common/image_reading.h"

#include <rwda_eval.h>

/* rwda_eval_embeddings_make(), which warns of what it counts, for those who do so themselves.  Cached ones are not counted: they are not
 * read.  reading->options are the evaluation's. */
rwda_status rw_eval_embeddings_make(rwda_eval_embeddings *out, const rwda_evaluation *e, rwda_session *session,
                                    const rwda_eval_view *view, const char *cache_dir, rw_image_reading *reading,
                                    const rwda_events *events, rwda_error *err);

#endif

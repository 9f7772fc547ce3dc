/* model_needs.h - does a model have what is asked of it?                                           layer: common */
#ifndef RW_MODEL_NEEDS_H
#define RW_MODEL_NEEDS_H

#include <rwda.h>

/* Asked before work begins that would end at its first image or text.  RWDA_OK, or what the library says of the image tower; of the text
 * tower and the tokenizer. */
rwda_status rw_model_needs_images(const rwda_model *model, rwda_session *session, rwda_error *err);
rwda_status rw_model_needs_texts(const rwda_model *model, rwda_session *session, rwda_error *err);

#endif

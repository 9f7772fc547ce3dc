#include "common/model_needs.h"

#include <stddef.h>

rwda_status rw_model_needs_images(const rwda_model *model, rwda_session *session, rwda_error *err)
{
    if (rwda_model_get_info(model)->towers != RWDA_TOWERS_TEXT)
        return RWDA_OK;
    return rwda_session_embed_images(NULL, session, NULL, 0, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, err);
}

rwda_status rw_model_needs_texts(const rwda_model *model, rwda_session *session, rwda_error *err)
{
    if (rwda_model_get_tokenizer(model) != NULL)
        return RWDA_OK;
    return rwda_session_embed_texts(NULL, session, NULL, NULL, 0, err);
}

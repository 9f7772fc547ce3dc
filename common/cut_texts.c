#include "common/cut_texts.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

rwda_status rw_cut_texts(bool *cut, size_t *count, const char *const *texts, size_t n, const rwda_model *model,
                         rwda_error *err)
{
    const rwda_tokenizer *tokenizer = rwda_model_get_tokenizer(model);
    int                   context   = rwda_model_get_info(model)->context_length;
    int32_t              *ids       = rw_new_array((size_t)context, sizeof *ids);
    rwda_status           status    = RWDA_OK;

    *count = 0;
    if (ids == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%d token ids", context);
    for (size_t i = 0; i < n && tokenizer != NULL && status == RWDA_OK; i++) {
        size_t length;
        int    over = 0;

        status = rwda_tokenizer_encode(ids, &length, (size_t)context, &over, tokenizer, texts[i], strlen(texts[i]), err);
        cut[i] = over != 0;
        *count += cut[i];
    }
    free(ids);
    return status;
}

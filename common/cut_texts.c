#include "common/cut_texts.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

rwda_status rw_cut_texts(bool *cut, size_t *count, const char *const *texts, size_t n, int context, rwda_error *err)
{
    rwda_tokenizer *tokenizer = NULL;
    int32_t        *ids       = rw_new_array((size_t)context, sizeof *ids);
    rwda_status     status    = ids != NULL ? rwda_tokenizer_new(&tokenizer, err) : RWDA_ENOMEM;

    *count = 0;
    if (ids == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%d token ids", context);
    for (size_t i = 0; i < n && status == RWDA_OK; i++) {
        size_t length;
        int    over = 0;

        status = rwda_tokenizer_encode(ids, &length, (size_t)context, &over, tokenizer, texts[i], strlen(texts[i]), err);
        cut[i] = over != 0;
        *count += cut[i];
    }
    rwda_tokenizer_free(tokenizer);
    free(ids);
    return status;
}

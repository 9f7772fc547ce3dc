/* api_tokenizer.c - how does a text become ids, without a model? */
#include "clip/tokenizer.h"
#include "clip/tokenizer_rules.h"

rwda_status rwda_tokenizer_new(rwda_tokenizer **out, rwda_error *err)
{
    return rw_tokenizer_new_clip(out, 0, err);
}

rwda_status rwda_tokenizer_open(rwda_tokenizer **out, const char *path, rwda_error *err)
{
    if (out == NULL || path == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "rwda_tokenizer_open: %s is NULL", out == NULL ? "out" : "path");
    return rw_tokenizer_open(out, path, err);
}

void rwda_tokenizer_free(rwda_tokenizer *tokenizer)
{
    rw_tokenizer_free(tokenizer);
}

size_t rwda_tokenizer_context(const rwda_tokenizer *tokenizer)
{
    return rw_tokenizer_get_rules(tokenizer)->context;
}

rwda_status rwda_tokenizer_encode(int32_t *ids, size_t *count, size_t capacity, int *cut, const rwda_tokenizer *tokenizer,
                                  const char *text, size_t len, rwda_error *err)
{
    rwda_status status = rw_tokenizer_encode(ids, count, capacity, cut, tokenizer, text, len, err);

    return status == RWDA_OK ? rw_tokenizer_pad(ids, count, capacity, tokenizer, err) : status;
}

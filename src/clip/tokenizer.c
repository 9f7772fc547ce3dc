#include "clip/tokenizer.h"

#include <stdlib.h>
#include <string.h>

struct rwda_tokenizer {
    rw_bpe            *bpe; /* one of the two */
    rw_json_tokenizer *json;
    rw_tokenizer_rules rules;
};

static rwda_status allocate(rw_tokenizer **out, rwda_error *err)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "tokenizer handle, %zu bytes", sizeof **out);
}

rwda_status rw_tokenizer_new_clip(rw_tokenizer **out, size_t context, rwda_error *err)
{
    rwda_status status = allocate(out, err);

    if (status == RWDA_OK)
        status = rw_bpe_new(&(*out)->bpe, err);
    if (status != RWDA_OK) {
        rw_tokenizer_free(*out);
        *out = NULL;
        return status;
    }
    (*out)->rules.cleaning = RW_CLEAN_LOWER;
    (*out)->rules.context  = context;
    return RWDA_OK;
}

rwda_status rw_tokenizer_take_json(rw_tokenizer **out, rw_json_tokenizer *json, const rw_tokenizer_rules *rules,
                                   rwda_error *err)
{
    rwda_status status = allocate(out, err);

    if (status != RWDA_OK) {
        rw_json_tokenizer_free(json);
        return status;
    }
    (*out)->json = json;
    if (rules != NULL)
        (*out)->rules = *rules;
    return RWDA_OK;
}

void rw_tokenizer_free(rw_tokenizer *tokenizer)
{
    if (tokenizer == NULL)
        return;
    rw_bpe_free(tokenizer->bpe);
    rw_json_tokenizer_free(tokenizer->json);
    free(tokenizer);
}

const rw_tokenizer_rules *rw_tokenizer_get_rules(const rw_tokenizer *tokenizer)
{
    return &tokenizer->rules;
}

rwda_status rw_tokenizer_encode(int32_t *ids, size_t *count, size_t capacity, int *cut, const rw_tokenizer *t,
                                const char *text, size_t len, rwda_error *err)
{
    const rw_tokenizer_rules *rules = &t->rules;
    rw_ids                    own   = { 0 };
    size_t                    limit = rules->context > 0 && rules->context < capacity ? rules->context : capacity;
    bool                      left  = rules->cuts_left;
    rwda_status               status;

    *count = 0;
    if (t->bpe != NULL)
        return rw_bpe_encode(ids, count, limit, cut, t->bpe, text, len, err);
    if (capacity == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "room for no ids");
    if (rules->context == 0) {
        const rw_token_limits *own_limits = rw_json_tokenizer_limits(t->json);

        left = own_limits->cuts_left;
        if (own_limits->truncates && own_limits->max_length < limit)
            limit = own_limits->max_length;
    }
    RW_TRY(rw_json_tokenizer_encode(&own, t->json, limit, left, cut, rules->cleaning, text, len, err));
    if (own.n > 0)
        memcpy(ids, own.ids, own.n * sizeof *ids);
    *count = own.n;
done:
    free(own.ids);
    return status;
}

rwda_status rw_tokenizer_pad(int32_t *ids, size_t *count, size_t capacity, const rw_tokenizer *t, rwda_error *err)
{
    size_t  wanted = t->rules.pads ? t->rules.context : 0, more;
    int32_t pad    = t->rules.pad_id;
    bool    left   = t->rules.pads_left;

    if (t->json != NULL && t->rules.context == 0 && rw_json_tokenizer_limits(t->json)->pads) {
        const rw_token_limits *own = rw_json_tokenizer_limits(t->json);

        wanted = own->pad_length > 0 ? own->pad_length : *count;
        if (own->pad_multiple > 0 && wanted % own->pad_multiple > 0)
            wanted += own->pad_multiple - wanted % own->pad_multiple;
        pad  = (int32_t)own->pad_id;
        left = own->pads_left;
    }
    if (t->rules.pads && wanted > capacity)
        wanted = capacity;
    if (wanted <= *count)
        return RWDA_OK;
    if (wanted > capacity)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "room for %zu ids; the tokenizer pads to %zu", capacity, wanted);
    more = wanted - *count;
    if (left)
        memmove(ids + more, ids, *count * sizeof *ids);
    for (size_t i = 0; i < more; i++)
        ids[left ? i : *count + i] = pad;
    *count = wanted;
    return RWDA_OK;
}

/* token_model_bpe.c - byte-pair encoding with ranked merges, as `tokenizers` does it */
#include "base/memory.h"
#include "clip/token_model.h"
#include "clip/unicode.h"

#include <stdlib.h>
#include <string.h>

#define AFFIX_MAX 256 /* bytes of continuing_subword_prefix and of end_of_word_suffix */
#define NO_PAIR   UINT64_MAX
#define NOWHERE   UINT32_MAX

/* A pair of neighbouring tokens, the rank of its merge and what it becomes. */
typedef struct {
    uint64_t pair;
    uint32_t rank, id;
} merge_slot;

struct rw_bpe_model {
    rw_vocabulary vocabulary;
    merge_slot   *slots; /* [mask + 1] open addressing */
    size_t        mask;
    rw_hash_key   key;
    char          prefix[AFFIX_MAX], suffix[AFFIX_MAX];
    size_t        prefix_len, suffix_len;
    bool          has_unknown, fuse_unknown, byte_fallback, ignore_merges;
    uint32_t      unknown; /* RW_NO_TOKEN: named, but not in the vocabulary */
    uint32_t      bytes[256];
};

static uint64_t pair_of(uint32_t left, uint32_t right)
{
    return (uint64_t)left << 32 | right;
}

/* The pair's slot, or the empty one where it belongs. */
static merge_slot *slot_of(const rw_bpe_model *model, uint64_t pair)
{
    size_t slot = (size_t)rw_keyed_hash_word(model->key, pair) & model->mask;

    while (model->slots[slot].pair != NO_PAIR && model->slots[slot].pair != pair)
        slot = (slot + 1) & model->mask;
    return &model->slots[slot];
}

static const merge_slot *find_merge(const rw_bpe_model *model, uint32_t left, uint32_t right)
{
    const merge_slot *slot = slot_of(model, pair_of(left, right));

    return slot->pair == NO_PAIR ? NULL : slot;
}

/* ---- Reading --------------------------------------------------------------------------------------------------------------- */

static rwda_status read_vocabulary(rw_bpe_model *model, const rw_json_members *json, const char *name, rwda_error *err)
{
    rw_json_value key, value, vocabulary = rw_json_member(json, "vocab");
    size_t        count = 0, bytes = 0;
    rwda_status   status;

    if (rw_json_kind(vocabulary) != '{')
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: model.vocab of BPE is no object", name);
    for (rw_json at = rw_json_enter(vocabulary); rw_json_next(&at, &key, &value); count++)
        bytes += key.len;
    if (count > RW_TOKENS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: vocabulary of %zu tokens is over the limit of %zu", name,
                       count, RW_TOKENS_MAX);
    status = rw_vocabulary_new(&model->vocabulary, count, bytes, err);
    if (status != RWDA_OK)
        return status;
    for (rw_json at = rw_json_enter(vocabulary); rw_json_next(&at, &key, &value);) {
        size_t   len = rw_json_string(rw_vocabulary_room(&model->vocabulary), key);
        uint32_t id;

        if (!rw_json_whole(&id, value) || id > RW_ID_MAX)
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: token \"%.*s\" has no id in 0..%u", name,
                           (int)(len < 40 ? len : 40), rw_vocabulary_room(&model->vocabulary), RW_ID_MAX);
        rw_vocabulary_add(&model->vocabulary, len, id);
    }
    return RWDA_OK;
}

/* The two tokens of a merge, one behind the other in buffer: ["a", "b"], or "a b" in older files. */
static bool read_pair(char *buffer, size_t *left, size_t *right, rw_json_value merge)
{
    rw_json       at = rw_json_enter(merge);
    rw_json_value first, second;

    if (rw_json_kind(merge) == '[') {
        if (!rw_json_next(&at, NULL, &first) || !rw_json_next(&at, NULL, &second) || rw_json_kind(first) != '"' ||
            rw_json_kind(second) != '"')
            return false;
        *left  = rw_json_string(buffer, first);
        *right = rw_json_string(buffer + *left, second);
        return !rw_json_next(&at, NULL, &first);
    }
    *right = rw_json_string(buffer, merge);
    for (*left = 0; *left < *right && buffer[*left] != ' ';)
        ++*left;
    if (*left == *right)
        return false;
    *right -= *left + 1;
    memmove(buffer + *left, buffer + *left + 1, *right);
    return memchr(buffer + *left, ' ', *right) == NULL;
}

/* Files older than lists of pairs may begin with a line that is no merge. */
static bool is_version_line(rw_json_value merge)
{
    return merge.len > 9 && memcmp(merge.text, "\"#version", 9) == 0;
}

static rwda_status add_merge(rw_bpe_model *model, uint32_t rank, char *buffer, rw_json_value merge, const char *name,
                             rwda_error *err)
{
    size_t      left, right;
    uint32_t    a, b, both;
    merge_slot *slot;

    if (!read_pair(buffer, &left, &right, merge))
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: merge %u is no pair of tokens", name, rank);
    a = rw_vocabulary_find(&model->vocabulary, buffer, left);
    b = rw_vocabulary_find(&model->vocabulary, buffer + left, right);
    if (right < model->prefix_len)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: merge %u has no continuing_subword_prefix", name, rank);
    memmove(buffer + left, buffer + left + model->prefix_len, right - model->prefix_len);
    both = rw_vocabulary_find(&model->vocabulary, buffer, left + right - model->prefix_len);
    if (a == RW_NO_TOKEN || b == RW_NO_TOKEN || both == RW_NO_TOKEN)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: merge %u has a token that is not in the vocabulary", name,
                       rank);
    slot  = slot_of(model, pair_of(a, b));
    *slot = (merge_slot){ pair_of(a, b), rank, both };
    return RWDA_OK;
}

static rwda_status read_merges(rw_bpe_model *model, const rw_json_members *json, const char *name, rwda_error *err)
{
    rw_json_value merge, merges = rw_json_member(json, "merges");
    size_t        count = 0, longest = 0, slots = 16;
    uint32_t      rank   = 0;
    char         *buffer = NULL;
    rwda_status   status = RWDA_OK;

    if (rw_json_kind(merges) != '[')
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: model.merges of BPE is no list", name);
    for (rw_json at = rw_json_enter(merges); rw_json_next(&at, NULL, &merge); count++)
        longest = merge.len > longest ? merge.len : longest;
    if (count > RW_TOKENS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: %zu merges are over the limit of %zu", name, count,
                       RW_TOKENS_MAX);
    while (slots * 3 < count * 4) /* at most three quarters full */
        slots *= 2;
    model->slots = rw_new_array(slots, sizeof *model->slots);
    model->mask  = slots - 1;
    model->key   = rw_hash_key_draw();
    buffer       = malloc(longest + 1);
    if (model->slots == NULL || buffer == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.100s: %zu merges", name, count);
        goto done;
    }
    memset(model->slots, 0xff, slots * sizeof *model->slots);
    for (rw_json at = rw_json_enter(merges); rw_json_next(&at, NULL, &merge);)
        if (!is_version_line(merge))
            RW_TRY(add_merge(model, rank++, buffer, merge, name, err));
done:
    free(buffer);
    return status;
}

static rwda_status read_affix(char out[AFFIX_MAX], size_t *len, const rw_json_members *json, const char *key,
                              const char *name, rwda_error *err)
{
    rw_json_value value = rw_json_member(json, key);

    *len = 0;
    if (rw_json_is_null(value))
        return RWDA_OK;
    if (rw_json_kind(value) != '"' || value.len > AFFIX_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: model.%.40s is no text of at most %d bytes", name, key,
                       AFFIX_MAX - 2);
    *len = rw_json_string(out, value);
    return RWDA_OK;
}

static rwda_status read_unknown(rw_bpe_model *model, const rw_json_members *json, const char *name, rwda_error *err)
{
    rw_json_value value = rw_json_member(json, "unk_token");
    char          token[AFFIX_MAX];

    model->unknown     = RW_NO_TOKEN;
    model->has_unknown = !rw_json_is_null(value);
    if (!model->has_unknown)
        return RWDA_OK;
    if (rw_json_kind(value) != '"' || value.len > AFFIX_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: model.unk_token is no text of at most %d bytes", name,
                       AFFIX_MAX - 2);
    model->unknown = rw_vocabulary_find(&model->vocabulary, token, rw_json_string(token, value));
    return RWDA_OK;
}

rwda_status rw_bpe_model_read(rw_bpe_model **out, rw_json_value value, const char *name, rwda_error *err)
{
    rw_json_members members, *json = &members;
    rw_json_value   dropout;
    double          number = 0.0;
    rwda_status     status = RWDA_OK;
    rw_bpe_model   *model  = calloc(1, sizeof *model);

    *out = NULL;
    if (model == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.100s: BPE model", name);
    RW_TRY(rw_json_list(&members, value, "model", name, err));
    dropout = rw_json_member(json, "dropout");
    if (!rw_json_is_null(dropout) && (!rw_json_double(&number, dropout) || number != 0.0)) {
        status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                         "%.100s: model.dropout of %g makes ids random, which is not supported", name, number);
        goto done;
    }
    RW_TRY(read_vocabulary(model, json, name, err));
    RW_TRY(read_affix(model->prefix, &model->prefix_len, json, "continuing_subword_prefix", name, err));
    RW_TRY(read_affix(model->suffix, &model->suffix_len, json, "end_of_word_suffix", name, err));
    RW_TRY(read_unknown(model, json, name, err));
    RW_TRY(rw_model_flag(&model->fuse_unknown, json, "fuse_unk", name, err));
    RW_TRY(rw_model_flag(&model->byte_fallback, json, "byte_fallback", name, err));
    RW_TRY(rw_model_flag(&model->ignore_merges, json, "ignore_merges", name, err));
    RW_TRY(read_merges(model, json, name, err));
    rw_byte_tokens(model->bytes, &model->vocabulary);
    *out  = model;
    model = NULL;
done:
    rw_bpe_model_free(model);
    return status;
}

void rw_bpe_model_free(rw_bpe_model *model)
{
    if (model == NULL)
        return;
    rw_vocabulary_done(&model->vocabulary);
    free(model->slots);
    free(model);
}

const rw_vocabulary *rw_bpe_model_vocabulary(const rw_bpe_model *model)
{
    return &model->vocabulary;
}

/* ---- Encoding ---------------------------------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t id, before, after; /* neighbours, NOWHERE at the ends */
    bool     gone;
} symbol;

/* A merge that may be made: of the lowest rank first, then the leftmost. */
typedef struct {
    uint32_t rank, at, id;
} candidate;

typedef struct {
    const rw_bpe_model *model;
    symbol             *symbols;
    size_t              n, room;
    candidate          *heap;
    size_t              heap_n, heap_room;
    rwda_error         *err;
} word;

static rwda_status no_memory(word *w)
{
    return rw_fail(w->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a word of %zu characters", w->n);
}

static rwda_status add_symbol(word *w, uint32_t id)
{
    if (!rw_array_reserve((void **)&w->symbols, &w->room, w->n, 1, sizeof *w->symbols))
        return no_memory(w);
    w->symbols[w->n] = (symbol){ id, w->n > 0 ? (uint32_t)(w->n - 1) : NOWHERE, NOWHERE, false };
    if (w->n > 0)
        w->symbols[w->n - 1].after = (uint32_t)w->n;
    w->n++;
    return RWDA_OK;
}

/* A character that is no token as its bytes' tokens; false: one of them is missing. */
static bool has_bytes(const rw_bpe_model *model, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (model->bytes[(unsigned char)bytes[i]] == RW_NO_TOKEN)
            return false;
    return true;
}

/* The word's characters as tokens.  An unknown one is held back until the next known one, as in the reference: bytes get before it. */
static rwda_status split_word(word *w, const char *bytes, size_t len)
{
    const rw_bpe_model *model   = w->model;
    bool                pending = false;
    rwda_status         status  = RWDA_OK;

    for (size_t i = 0, size; i < len; i += size) {
        char     text[2 * AFFIX_MAX + 4];
        size_t   n = 0;
        uint32_t id;

        size = rw_utf8_size(bytes + i);
        if (i > 0) {
            memcpy(text, model->prefix, model->prefix_len);
            n = model->prefix_len;
        }
        memcpy(text + n, bytes + i, size);
        n += size;
        if (i + size == len) {
            memcpy(text + n, model->suffix, model->suffix_len);
            n += model->suffix_len;
        }
        id = rw_vocabulary_find(&model->vocabulary, text, n);
        if (id != RW_NO_TOKEN) {
            if (pending)
                RW_TRY(add_symbol(w, model->unknown));
            pending = false;
            RW_TRY(add_symbol(w, id));
        } else if (model->byte_fallback && has_bytes(model, text, n)) {
            for (size_t k = 0; k < n; k++)
                RW_TRY(add_symbol(w, model->bytes[(unsigned char)text[k]]));
        } else if (model->has_unknown) {
            if (model->unknown == RW_NO_TOKEN)
                return rw_fail(w->err, RWDA_EFORMAT, RWDA_NO_OFFSET, "unk_token is not in the tokenizer's vocabulary");
            if (pending && !model->fuse_unknown)
                RW_TRY(add_symbol(w, model->unknown));
            pending = true;
        }
    }
    if (pending)
        RW_TRY(add_symbol(w, model->unknown));
done:
    return status;
}

static bool is_before(const candidate *a, const candidate *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

/* The pair at `at` and its right neighbour, if it has a merge, into the heap. */
static rwda_status push(word *w, uint32_t at)
{
    const symbol     *s = &w->symbols[at];
    const merge_slot *merge;
    size_t            i = w->heap_n;
    candidate         made;

    if (s->after == NOWHERE)
        return RWDA_OK;
    merge = find_merge(w->model, s->id, w->symbols[s->after].id);
    if (merge == NULL)
        return RWDA_OK;
    if (!rw_array_reserve((void **)&w->heap, &w->heap_room, w->heap_n, 1, sizeof *w->heap))
        return no_memory(w);
    made = (candidate){ merge->rank, at, merge->id };
    for (w->heap_n++; i > 0 && is_before(&made, &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
        w->heap[i] = w->heap[(i - 1) / 2];
    w->heap[i] = made;
    return RWDA_OK;
}

static candidate pop(word *w)
{
    candidate top = w->heap[0], last = w->heap[--w->heap_n];
    size_t    i = 0;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= w->heap_n)
            break;
        if (child + 1 < w->heap_n && is_before(&w->heap[child + 1], &w->heap[child]))
            child++;
        if (!is_before(&w->heap[child], &last))
            break;
        w->heap[i] = w->heap[child];
        i          = child;
    }
    w->heap[i] = last;
    return top;
}

static rwda_status merge_symbols(word *w)
{
    rwda_status status = RWDA_OK;

    for (size_t i = 0; i + 1 < w->n; i++)
        RW_TRY(push(w, (uint32_t)i));
    while (w->heap_n > 0) {
        candidate         top  = pop(w);
        symbol           *left = &w->symbols[top.at], *right;
        const merge_slot *merge;

        if (left->gone || left->after == NOWHERE)
            continue;
        right = &w->symbols[left->after];
        merge = find_merge(w->model, left->id, right->id);
        if (merge == NULL || merge->id != top.id) /* one of the two is another by now */
            continue;
        left->id    = top.id;
        left->after = right->after;
        right->gone = true;
        if (right->after != NOWHERE)
            w->symbols[right->after].before = top.at;
        if (left->before != NOWHERE)
            RW_TRY(push(w, left->before));
        RW_TRY(push(w, top.at));
    }
done:
    return status;
}

rwda_status rw_bpe_model_run(rw_ids *ids, const rw_bpe_model *model, const char *bytes, size_t len, rwda_error *err)
{
    word        w      = { model, NULL, 0, 0, NULL, 0, 0, err };
    uint32_t    whole  = model->ignore_merges ? rw_vocabulary_find(&model->vocabulary, bytes, len) : RW_NO_TOKEN;
    rwda_status status = RWDA_OK;

    if (whole != RW_NO_TOKEN)
        return rw_ids_add(ids, whole, err);
    RW_TRY(split_word(&w, bytes, len));
    RW_TRY(merge_symbols(&w));
    for (size_t i = 0; i < w.n; i++)
        if (!w.symbols[i].gone)
            RW_TRY(rw_ids_add(ids, w.symbols[i].id, err));
done:
    free(w.symbols);
    free(w.heap);
    return status;
}

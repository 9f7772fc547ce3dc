/* token_model_unigram.c - the most probable tokens of a word, as `tokenizers` finds them */
#include "base/memory.h"
#include "clip/token_model.h"
#include "clip/unicode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_BYTES_MAX 1024 /* bounds the time of a hostile vocabulary */
#define UNKNOWN_PENALTY 10.0 /* below the lowest score (SentencePiece) */
#define NOWHERE         UINT32_MAX

/* The vocabulary's tokens in the order of their bytes: those that begin with given bytes are neighbours, so the tokens that begin at a place
 * of a word are found by narrowing a range, a byte at a time. */
struct rw_unigram_model {
    rw_vocabulary vocabulary;
    double       *scores;     /* [count of ids] */
    uint32_t     *sorted;     /* [vocabulary.count] */
    uint32_t      first[257]; /* where in `sorted` the tokens begin whose first byte is that or a later one */
    bool          has_unknown, byte_fallback;
    uint32_t      unknown;
    double        unknown_score;
    uint32_t      bytes[256];
};

/* ---- Reading --------------------------------------------------------------------------------------------------------------- */

static rwda_status read_tokens(rw_unigram_model *model, const rw_json_members *json, size_t *ids, const char *name,
                               rwda_error *err)
{
    rw_json_value entry, text, score, list = rw_json_member(json, "vocab");
    size_t        count = 0, bytes = 0;
    double        lowest = HUGE_VAL;
    rwda_status   status = RWDA_OK;

    if (rw_json_kind(list) != '[')
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: model.vocab of Unigram is no list", name);
    for (rw_json at = rw_json_enter(list); rw_json_next(&at, NULL, &entry); count++)
        bytes += entry.len;
    if (count > RW_TOKENS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: vocabulary of %zu tokens is over the limit of %zu", name,
                       count, RW_TOKENS_MAX);
    RW_TRY(rw_vocabulary_new(&model->vocabulary, count, bytes, err));
    model->scores = rw_new_array(count, sizeof *model->scores);
    if (model->scores == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.100s: scores of %zu tokens", name, count);
    *ids = 0;
    for (rw_json at = rw_json_enter(list); rw_json_next(&at, NULL, &entry); ++*ids) {
        rw_json inner = rw_json_enter(entry);
        size_t  len;

        if (rw_json_kind(entry) != '[' || !rw_json_next(&inner, NULL, &text) || !rw_json_next(&inner, NULL, &score) ||
            rw_json_kind(text) != '"' || !rw_json_double(&model->scores[*ids], score) || rw_json_next(&inner, NULL, &score))
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: token %zu is no pair of a text and a score", name,
                           *ids);
        len = rw_json_string(rw_vocabulary_room(&model->vocabulary), text);
        if (len > TOKEN_BYTES_MAX)
            return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: token %zu of %zu bytes is over the limit of %d", name,
                           *ids, len, TOKEN_BYTES_MAX);
        rw_vocabulary_add(&model->vocabulary, len, (uint32_t)*ids);
        lowest = model->scores[*ids] < lowest ? model->scores[*ids] : lowest;
    }
    model->unknown_score = lowest - UNKNOWN_PENALTY;
done:
    return status;
}

/* A token with its first eight bytes as a number, by which most comparisons are decided. */
typedef struct {
    uint64_t    head;
    const char *bytes;
    uint32_t    len, index;
} sort_key;

static int compare_keys(const void *left, const void *right)
{
    const sort_key *a = left, *b = right;
    int             order;

    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static rwda_status sort_tokens(rw_unigram_model *model, rwda_error *err)
{
    size_t    count = model->vocabulary.count, at = 0;
    sort_key *keys = rw_new_array(count, sizeof *keys);

    model->sorted = rw_new_array(count, sizeof *model->sorted);
    if (keys == NULL || model->sorted == NULL) {
        free(keys);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "an index of %zu tokens", count);
    }
    for (size_t i = 0; i < count; i++) {
        rw_token token = rw_vocabulary_token(&model->vocabulary, i);

        keys[i] = (sort_key){ 0, token.bytes, token.len, (uint32_t)i };
        for (uint32_t k = 0; k < 8; k++)
            keys[i].head = keys[i].head << 8 | (k < token.len ? (unsigned char)token.bytes[k] : 0);
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 0; i < count; i++)
        model->sorted[i] = keys[i].index;
    for (unsigned byte = 0; byte < 257; byte++) {
        while (at < count && (keys[at].len == 0 || (unsigned char)*keys[at].bytes < byte))
            at++;
        model->first[byte] = (uint32_t)at;
    }
    free(keys);
    return RWDA_OK;
}

rwda_status rw_unigram_model_read(rw_unigram_model **out, rw_json_value value, const char *name, rwda_error *err)
{
    rw_json_members   members, *json = &members;
    rw_json_value     unknown;
    size_t            ids    = 0;
    rwda_status       status = RWDA_OK;
    rw_unigram_model *model  = calloc(1, sizeof *model);

    *out = NULL;
    if (model == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.100s: Unigram model", name);
    RW_TRY(rw_json_list(&members, value, "model", name, err));
    RW_TRY(read_tokens(model, json, &ids, name, err));
    unknown            = rw_json_member(json, "unk_id");
    model->has_unknown = !rw_json_is_null(unknown);
    if (model->has_unknown && (!rw_json_whole(&model->unknown, unknown) || model->unknown >= ids)) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: unk_id is none of the %zu tokens", name, ids);
        goto done;
    }
    RW_TRY(rw_model_flag(&model->byte_fallback, json, "byte_fallback", name, err));
    RW_TRY(sort_tokens(model, err));
    rw_byte_tokens(model->bytes, &model->vocabulary);
    *out  = model;
    model = NULL;
done:
    rw_unigram_model_free(model);
    return status;
}

void rw_unigram_model_free(rw_unigram_model *model)
{
    if (model == NULL)
        return;
    rw_vocabulary_done(&model->vocabulary);
    free(model->scores);
    free(model->sorted);
    free(model);
}

const rw_vocabulary *rw_unigram_model_vocabulary(const rw_unigram_model *model)
{
    return &model->vocabulary;
}

/* ---- Encoding ---------------------------------------------------------------------------------------------------------------- */

/* The best way to here: its last token, where that begins, and the sum of scores. */
typedef struct {
    double   score;
    uint32_t id, begin; /* NOWHERE: no way leads here yet */
} node;

static void offer(node *to, double score, uint32_t id, size_t begin)
{
    if (to->begin == NOWHERE || score > to->score)
        *to = (node){ score, id, (uint32_t)begin };
}

/* Where in sorted [low, high), whose tokens are longer than `depth`, the byte there is `byte` or later. */
static uint32_t lower_bound(const rw_unigram_model *model, uint32_t low, uint32_t high, size_t depth, unsigned byte)
{
    while (low < high) {
        uint32_t middle = low + (high - low) / 2, i = model->sorted[middle];

        if ((unsigned char)model->vocabulary.pool[model->vocabulary.offsets[i] + depth] < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Offers every token that begins at `begin` to the place where it ends; whether one is exactly the `size` bytes of the character there. */
static bool offer_tokens(node *nodes, const rw_unigram_model *model, const char *bytes, size_t len, size_t begin,
                         size_t size)
{
    uint32_t low = model->first[(unsigned char)bytes[begin]], high = model->first[(unsigned char)bytes[begin] + 1];
    bool     single = false;

    for (size_t depth = 1; low < high; depth++) {
        uint32_t i     = model->sorted[low];
        rw_token token = rw_vocabulary_token(&model->vocabulary, i);
        unsigned byte;

        if (token.len == depth) {
            offer(&nodes[begin + depth], nodes[begin].score + model->scores[token.id], token.id, begin);
            single = single || depth == size;
            low++;
        }
        if (begin + depth == len)
            break;
        byte = (unsigned char)bytes[begin + depth];
        low  = lower_bound(model, low, high, depth, byte);
        high = lower_bound(model, low, high, depth, byte + 1);
    }
    return single;
}

/* The ids of the piece [len], which is a token, or unknown. */
static rwda_status add_piece(rw_ids *ids, const rw_unigram_model *model, const char *bytes, size_t len, rwda_error *err)
{
    uint32_t    id     = rw_vocabulary_find(&model->vocabulary, bytes, len);
    bool        whole  = model->byte_fallback;
    rwda_status status = RWDA_OK;

    if (id != RW_NO_TOKEN)
        return rw_ids_add(ids, id, err);
    for (size_t i = 0; i < len && whole; i++)
        whole = model->bytes[(unsigned char)bytes[i]] != RW_NO_TOKEN;
    for (size_t i = 0; i < len && whole && status == RWDA_OK; i++)
        status = rw_ids_add(ids, model->bytes[(unsigned char)bytes[i]], err);
    return whole ? status : rw_ids_add(ids, model->unknown, err);
}

rwda_status rw_unigram_model_run(rw_ids *ids, const rw_unigram_model *model, const char *bytes, size_t len, rwda_error *err)
{
    node       *nodes = rw_new_array(len + 1, sizeof *nodes);
    size_t      end = len, next = NOWHERE;
    rwda_status status = RWDA_OK;

    if (nodes == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a word of %zu bytes", len);
    for (size_t i = 1; i <= len; i++)
        nodes[i].begin = NOWHERE;
    for (size_t begin = 0, size; begin < len; begin += size) {
        size = rw_utf8_size(bytes + begin);
        if (!offer_tokens(nodes, model, bytes, len, begin, size)) {
            if (!model->has_unknown) {
                status =
                    rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "a character that the tokenizer, which has no unk_id, lacks");
                goto done;
            }
            offer(&nodes[begin + size], nodes[begin].score + model->unknown_score, model->unknown, begin);
        }
    }
    /* The way back, turned round in place: nodes[b].begin becomes where the piece that begins at b ends.  Unknown neighbours are one. */
    while (end > 0) {
        size_t   begin = nodes[end].begin;
        uint32_t id    = nodes[end].id;

        while (model->has_unknown && id == model->unknown && begin > 0 && nodes[begin].id == model->unknown)
            begin = nodes[begin].begin;
        nodes[end].begin = (uint32_t)next;
        next             = end;
        end              = begin;
    }
    for (size_t begin = 0; begin < len; begin = next, next = nodes[next].begin)
        RW_TRY(add_piece(ids, model, bytes + begin, next - begin, err));
done:
    free(nodes);
    return status;
}

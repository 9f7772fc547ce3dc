#include "clip/tokenizer_json.h"

#include "base/memory.h"
#include "clip/added_tokens.h"
#include "clip/post_processor.h"
#include "clip/pretokenizer.h"
#include "clip/tokenizer_part.h"
#include "clip/unicode.h"

#include <stdlib.h>
#include <string.h>

/* A part that is read as a tree has up to PART_MAX bytes, all of them up to VALUES_MAX values: 16,384 added tokens have half as many, and a
 * tree takes up to 300 bytes for each. */
#define PART_MAX   ((size_t)16 << 20)
#define VALUES_MAX ((size_t)1 << 18)
#define IDS_MAX    ((size_t)1 << 24)

struct rw_json_tokenizer {
    rw_bpe_model     *bpe; /* one of the two */
    rw_unigram_model *unigram;
    rw_normalizer     normalizer;
    rw_pretokenizer   pretokenizer;
    rw_post_processor post;
    rw_added_tokens   added;
    rw_token_limits   limits;
};

static const rw_vocabulary *vocabulary_of(const rw_json_tokenizer *t)
{
    return t->bpe != NULL ? rw_bpe_model_vocabulary(t->bpe) : rw_unigram_model_vocabulary(t->unigram);
}

/* ---- Reading ---------------------------------------------------------------------------------------------------------------- */

/* A member as a tree; NULL: absent or null. */
static rwda_status read_part(json_t **out, size_t *values, const rw_json_members *file, const char *key, const char *name,
                             rwda_error *err)
{
    rw_json_value value = rw_json_member(file, key);
    json_error_t  where;

    *out = NULL;
    if (rw_json_is_null(value))
        return RWDA_OK;
    if (value.len > PART_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: %s of %zu bytes is over the limit of %zu", name, key,
                       value.len, PART_MAX);
    *values += rw_json_values(value);
    if (*values > VALUES_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: %zu values to %s are over the limit of %zu", name, *values,
                       key, VALUES_MAX);
    *out = json_loadb(value.text, value.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &where);
    if (*out == NULL)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: %s: %.160s", name, key, where.text);
    return RWDA_OK;
}

static rwda_status read_count(size_t *out, const json_t *json, const char *key, const char *name, rwda_error *err)
{
    const json_t *value = json_object_get(json, key);

    *out = 0;
    if (value == NULL || json_is_null(value))
        return RWDA_OK;
    if (!json_is_integer(value) || json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > IDS_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: %s is no whole number in 0..%zu", name, key, IDS_MAX);
    *out = (size_t)json_integer_value(value);
    return RWDA_OK;
}

/* "Left" or "Right". */
static rwda_status read_side(bool *left, const json_t *json, const char *name, rwda_error *err)
{
    const json_t *value = json_object_get(json, "direction");
    const char   *text  = value == NULL ? "Right" : json_string_value(value);

    *left = text != NULL && strcmp(text, "Left") == 0;
    return *left || (text != NULL && strcmp(text, "Right") == 0)
               ? RWDA_OK
               : rw_part_refuse("direction", text != NULL ? text : "", name, err);
}

static rwda_status read_truncation(rw_json_tokenizer *t, const json_t *json, const char *name, rwda_error *err)
{
    const char *strategy = json_string_value(json_object_get(json, "strategy"));
    rwda_status status;

    if (json == NULL)
        return RWDA_OK;
    if (strategy == NULL || (strcmp(strategy, "LongestFirst") != 0 && strcmp(strategy, "OnlyFirst") != 0))
        return rw_part_refuse("truncation strategy", strategy != NULL ? strategy : "", name, err);
    RW_TRY(read_count(&t->limits.max_length, json, "max_length", name, err));
    RW_TRY(read_side(&t->limits.cuts_left, json, name, err));
    t->limits.truncates = true;
    if (t->limits.max_length <= t->post.special)
        status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                         "%.100s: truncation to %zu ids leaves no room beside %zu special tokens", name,
                         t->limits.max_length, t->post.special);
done:
    return status;
}

/* strategy: "BatchLongest" or {"Fixed": n}. */
static rwda_status read_padding(rw_json_tokenizer *t, const json_t *json, const char *name, rwda_error *err)
{
    const json_t *strategy = json_object_get(json, "strategy");
    size_t        id;
    rwda_status   status;

    if (json == NULL)
        return RWDA_OK;
    if (json_is_string(strategy) ? strcmp(json_string_value(strategy), "BatchLongest") != 0
                                 : json_object_get(strategy, "Fixed") == NULL)
        return rw_part_refuse("padding strategy", json_is_string(strategy) ? json_string_value(strategy) : "", name, err);
    RW_TRY(read_count(&t->limits.pad_length, strategy, "Fixed", name, err));
    RW_TRY(read_count(&t->limits.pad_multiple, json, "pad_to_multiple_of", name, err));
    RW_TRY(read_count(&id, json, "pad_id", name, err));
    RW_TRY(read_side(&t->limits.pads_left, json, name, err));
    t->limits.pad_id = (uint32_t)id;
    t->limits.pads   = true;
done:
    return status;
}

/* Older files do not say which model it is: it is told from the vocabulary, a list of pairs or an object. */
static rwda_status read_model(rw_json_tokenizer *t, const rw_json_members *file, const char *name, rwda_error *err)
{
    rw_json_value   model = rw_json_member(file, "model"), type;
    rw_json_members members;
    char            vocabulary;
    bool            merges;
    rwda_status     status;

    if (rw_json_kind(model) != '{')
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: no model; is this a tokenizer.json?", name);
    status = rw_json_list(&members, model, "model", name, err);
    if (status != RWDA_OK)
        return status;
    type       = rw_json_member(&members, "type");
    vocabulary = rw_json_kind(rw_json_member(&members, "vocab"));
    merges     = !rw_json_is_null(rw_json_member(&members, "merges"));
    if (rw_json_equals(type, "BPE") || (type.len == 0 && vocabulary == '{' && merges))
        return rw_bpe_model_read(&t->bpe, model, name, err);
    if (rw_json_equals(type, "Unigram") || (type.len == 0 && vocabulary == '['))
        return rw_unigram_model_read(&t->unigram, model, name, err);
    return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.100s: model %.*s is not supported, BPE and Unigram are", name,
                   (int)(type.len < 60 ? type.len : 60), type.len > 0 ? type.text : "");
}

rwda_status rw_json_tokenizer_read(rw_json_tokenizer **out, const char *text, size_t len, const char *name, rwda_error *err)
{
    enum { TRUNCATION, PADDING, ADDED, NORMALIZER, PRE, POST, PARTS };
    static const char *const keys[PARTS]  = { "truncation", "padding",       "added_tokens",
                                              "normalizer", "pre_tokenizer", "post_processor" };
    json_t                  *parts[PARTS] = { NULL };
    rw_json_value            file, version;
    rw_json_members          members;
    rw_json_tokenizer       *t      = NULL;
    size_t                   values = 0;
    rwda_status              status = RWDA_OK;

    *out = NULL;
    if (len > RW_TOKENIZER_BYTES_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: %zu bytes are over the limit of %zu", name, len,
                       RW_TOKENIZER_BYTES_MAX);
    RW_TRY(rw_json_open(&file, text, len, name, err));
    RW_TRY(rw_json_list(&members, file, "the file", name, err));
    version = rw_json_member(&members, "version");
    if (version.len > 0 && !rw_json_equals(version, "1.0")) {
        status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.100s: version %.*s is not supported, 1.0 is", name,
                         (int)(version.len < 40 ? version.len : 40), version.text);
        goto done;
    }
    t = calloc(1, sizeof *t);
    if (t == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.100s: tokenizer", name);
        goto done;
    }
    for (size_t i = 0; i < PARTS; i++)
        RW_TRY(read_part(&parts[i], &values, &members, keys[i], name, err));
    RW_TRY(rw_normalizer_read(&t->normalizer, parts[NORMALIZER], name, err));
    RW_TRY(rw_pretokenizer_read(&t->pretokenizer, parts[PRE], name, err));
    RW_TRY(rw_post_processor_read(&t->post, parts[POST], name, err));
    RW_TRY(read_truncation(t, parts[TRUNCATION], name, err));
    RW_TRY(read_padding(t, parts[PADDING], name, err));
    RW_TRY(read_model(t, &members, name, err));
    RW_TRY(rw_added_tokens_read(&t->added, parts[ADDED], vocabulary_of(t), &t->normalizer, name, err));
    *out = t;
    t    = NULL;
done:
    for (size_t i = 0; i < PARTS; i++)
        json_decref(parts[i]);
    rw_json_tokenizer_free(t);
    return status;
}

void rw_json_tokenizer_free(rw_json_tokenizer *t)
{
    if (t == NULL)
        return;
    rw_bpe_model_free(t->bpe);
    rw_unigram_model_free(t->unigram);
    rw_normalizer_done(&t->normalizer);
    rw_pretokenizer_done(&t->pretokenizer);
    rw_post_processor_done(&t->post);
    rw_added_tokens_done(&t->added);
    free(t);
}

const rw_token_limits *rw_json_tokenizer_limits(const rw_json_tokenizer *tokenizer)
{
    return &tokenizer->limits;
}

uint32_t rw_json_tokenizer_find(const rw_json_tokenizer *tokenizer, const char *token, size_t len)
{
    return rw_added_tokens_find(&tokenizer->added, vocabulary_of(tokenizer), token, len);
}

/* ---- Encoding ---------------------------------------------------------------------------------------------------------------- */

/* The text as code points in work->text, cleaned. */
static rwda_status decode(rw_text_work *work, rw_text_cleaning cleaning, const char *text, size_t len, rwda_error *err)
{
    rw_chars   *chars  = &work->text;
    rwda_status status = rw_chars_reserve(chars, 2 * len + 1, err);

    if (status != RWDA_OK)
        return status;
    chars->n = rw_utf8_decode(chars->points, (const uint8_t *)text, len);
    status   = rw_text_clean(chars->points, &chars->n, len, cleaning, err);
    for (size_t i = 0; i < chars->n; i++)
        chars->origins[i] = (int32_t)i;
    return status;
}

/* work->text -> pieces in work->now: added tokens of the raw text, then the others, normalized, with those of the normalized text. */
static rwda_status extract_tokens(rw_text_work *work, const rw_json_tokenizer *t, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    RW_TRY(rw_added_tokens_cut(work, &t->added, false, err));
    rw_pieces_swap(&work->now, &work->next);
    for (size_t i = 0; i < work->now.count; i++) {
        const rw_piece *piece = &work->now.pieces[i];

        if (piece->id != RW_PIECE_TEXT) {
            RW_TRY(rw_pieces_add(&work->next, &work->now.chars, piece->begin, piece->end, piece->shift, piece->id, err));
            continue;
        }
        work->text.n = 0;
        RW_TRY(rw_chars_append(&work->text, &work->now.chars, piece->begin, piece->end, err));
        RW_TRY(rw_normalizer_run(work, &t->normalizer, err));
        RW_TRY(rw_added_tokens_cut(work, &t->added, true, err));
    }
    rw_pieces_swap(&work->now, &work->next);
done:
    return status;
}

static rwda_status run_model(rw_ids *ids, rw_text_work *work, const rw_json_tokenizer *t, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (size_t i = 0; i < work->now.count && status == RWDA_OK; i++) {
        const rw_piece *piece = &work->now.pieces[i];
        size_t          len;

        if (piece->id != RW_PIECE_TEXT) {
            status = rw_ids_add(ids, (uint32_t)piece->id, err);
            continue;
        }
        RW_TRY(rw_text_bytes(&len, work, &work->now.chars, piece->begin, piece->end, err));
        status = t->bpe != NULL ? rw_bpe_model_run(ids, t->bpe, work->bytes, len, err)
                                : rw_unigram_model_run(ids, t->unigram, work->bytes, len, err);
    }
done:
    return status;
}

rwda_status rw_json_tokenizer_encode(rw_ids *ids, const rw_json_tokenizer *t, size_t limit, bool cuts_left, int *cut,
                                     rw_text_cleaning cleaning, const char *text, size_t len, rwda_error *err)
{
    rw_text_work work   = { 0 };
    rw_ids       own    = { 0 };
    size_t       begin  = 0, end;
    rwda_status  status = RWDA_OK;

    if (len > RW_TEXT_BYTES_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "text of %zu bytes is over the limit of %zu", len,
                       RW_TEXT_BYTES_MAX);
    if (limit > 0 && limit < t->post.special)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "room for %zu ids; special tokens alone take %zu", limit,
                       t->post.special);
    work.budget = rw_pattern_budget_of(len);
    RW_TRY(decode(&work, cleaning, text, len, err));
    RW_TRY(extract_tokens(&work, t, err));
    RW_TRY(rw_pretokenizer_run(&work, &t->pretokenizer, err));
    RW_TRY(run_model(&own, &work, t, err));
    end = own.n;
    if (limit > 0 && own.n > limit - t->post.special) {
        begin = cuts_left ? own.n - (limit - t->post.special) : 0;
        end   = begin + limit - t->post.special;
    }
    if (cut != NULL)
        *cut = end - begin < own.n;
    for (size_t i = 0; i < t->post.count; i++) {
        if (t->post.items[i] != RW_POST_TEXT)
            RW_TRY(rw_ids_add(ids, (uint32_t)t->post.items[i], err));
        for (size_t k = begin; t->post.items[i] == RW_POST_TEXT && k < end; k++)
            RW_TRY(rw_ids_add(ids, (uint32_t)own.ids[k], err));
    }
done:
    rw_text_work_done(&work);
    free(own.ids);
    return status;
}

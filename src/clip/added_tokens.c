#include "clip/added_tokens.h"

#include "base/memory.h"
#include "clip/char_class.h"
#include "clip/tokenizer_part.h"
#include "clip/unicode.h"

#include <stdlib.h>
#include <string.h>

#define TOKENS_MAX ((size_t)16384)

/* ---- Reading ---------------------------------------------------------------------------------------------------------------- */

static rwda_status read_token(rw_added_token *token, rw_text_work *work, const json_t *json, const rw_normalizer *normalizer,
                              const char *name, rwda_error *err)
{
    rwda_status status;

    work->text.n = 0;
    RW_TRY(rw_part_text(&work->text, json, "content", name, err));
    RW_TRY(rw_part_flag(&token->single_word, json, "single_word", -1, name, err));
    RW_TRY(rw_part_flag(&token->lstrip, json, "lstrip", -1, name, err));
    RW_TRY(rw_part_flag(&token->rstrip, json, "rstrip", -1, name, err));
    RW_TRY(rw_part_flag(&token->normalized, json, "normalized", -1, name, err));
    memset(work->text.origins, 0, work->text.n * sizeof *work->text.origins);
    if (token->normalized)
        RW_TRY(rw_normalizer_run(work, normalizer, err));
    token->n      = work->text.n;
    token->points = rw_new_array(token->n, sizeof *token->points);
    if (token->points == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.100s: an added token of %zu characters", name, token->n);
    if (token->n > 0)
        memcpy(token->points, work->text.points, token->n * sizeof *token->points);
done:
    return status;
}

/* A later token of the same id takes the place of an earlier one. */
static rw_added_token *place_of(rw_added_tokens *added, uint32_t id)
{
    for (size_t i = 0; i < added->count; i++)
        if (added->tokens[i].id == id) {
            free(added->tokens[i].points);
            return &added->tokens[i];
        }
    return &added->tokens[added->count++];
}

typedef struct {
    const rw_added_token *token;
    size_t                index;
} sort_key;

static int compare_points(const rw_added_token *a, const rw_added_token *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (a->points[i] != b->points[i])
            return a->points[i] < b->points[i] ? -1 : 1;
    return (a->n > b->n) - (a->n < b->n);
}

static int compare_keys(const void *left, const void *right)
{
    return compare_points(((const sort_key *)left)->token, ((const sort_key *)right)->token);
}

static rwda_status sort_tokens(rw_added_tokens *added, bool normalized, const char *name, rwda_error *err)
{
    size_t    n    = 0;
    sort_key *keys = rw_new_array(added->count, sizeof *keys);

    added->sorted[normalized] = rw_new_array(added->count, sizeof *added->sorted[normalized]);
    if (keys == NULL || added->sorted[normalized] == NULL) {
        free(keys);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.100s: %zu added tokens", name, added->count);
    }
    for (size_t i = 0; i < added->count; i++)
        if (added->tokens[i].normalized == normalized)
            keys[n++] = (sort_key){ &added->tokens[i], i };
    qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 0; i < n; i++) {
        added->sorted[normalized][i] = keys[i].index;
        if (keys[i].token->n == 0 || (i > 0 && compare_points(keys[i - 1].token, keys[i].token) == 0)) {
            uint32_t id = keys[i].token->id;

            free(keys);
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: added token %u is, normalized, %s", name, id,
                           i > 0 ? "the same as another one" : "empty");
        }
    }
    free(keys);
    added->sorted_count[normalized] = n;
    return RWDA_OK;
}

rwda_status rw_added_tokens_read(rw_added_tokens *out, const json_t *json, const rw_vocabulary *vocabulary,
                                 const rw_normalizer *normalizer, const char *name, rwda_error *err)
{
    rw_text_work   work  = { 0 };
    rw_vocabulary *own   = &out->own;
    size_t         count = json_array_size(json), bytes = 0;
    uint32_t       free_id = (uint32_t)vocabulary->count;
    rwda_status    status  = RWDA_OK;

    if (json != NULL && !json_is_null(json) && !json_is_array(json))
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: added_tokens is no list", name);
    if (count > TOKENS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: %zu added tokens are over the limit of %zu", name, count,
                       TOKENS_MAX);
    for (size_t i = 0; i < count; i++)
        bytes += json_string_length(json_object_get(json_array_get(json, i), "content"));
    work.budget = rw_pattern_budget_of(bytes);
    RW_TRY(rw_vocabulary_new(own, count, bytes, err));
    out->tokens = rw_new_array(count, sizeof *out->tokens);
    if (out->tokens == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.100s: %zu added tokens", name, count);
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t  *entry = json_array_get(json, i), *content = json_object_get(entry, "content");
        size_t         len   = json_string_length(content);
        rw_added_token token = { 0 };

        if (json_is_string(content) && len == 0)
            continue;
        RW_TRY(read_token(&token, &work, entry, normalizer, name, err));
        token.id = rw_vocabulary_find(own, json_string_value(content), len);
        if (token.id == RW_NO_TOKEN)
            token.id = rw_vocabulary_find(vocabulary, json_string_value(content), len);
        if (token.id == RW_NO_TOKEN) {
            token.id = free_id++;
            memcpy(rw_vocabulary_room(own), json_string_value(content), len);
            rw_vocabulary_add(own, len, token.id);
        }
        *place_of(out, token.id) = token;
    }
    RW_TRY(sort_tokens(out, false, name, err));
    RW_TRY(sort_tokens(out, true, name, err));
done:
    rw_text_work_done(&work);
    return status;
}

void rw_added_tokens_done(rw_added_tokens *added)
{
    for (size_t i = 0; i < added->count; i++)
        free(added->tokens[i].points);
    free(added->tokens);
    free(added->sorted[0]);
    free(added->sorted[1]);
    rw_vocabulary_done(&added->own);
    memset(added, 0, sizeof *added);
}

uint32_t rw_added_tokens_find(const rw_added_tokens *added, const rw_vocabulary *vocabulary, const char *text, size_t len)
{
    uint32_t id = rw_vocabulary_find(&added->own, text, len);

    return id != RW_NO_TOKEN ? id : rw_vocabulary_find(vocabulary, text, len);
}

/* ---- Finding ------------------------------------------------------------------------------------------------------------------- */

/* In sorted [low, high), whose tokens have more than `depth` code points: the first with one of `point` or later there. */
static size_t lower_bound(const rw_added_tokens *added, const size_t *sorted, size_t low, size_t high, size_t depth,
                          int64_t point)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (added->tokens[sorted[middle]].points[depth] < point)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The longest token at points [n]; NULL: none. */
static const rw_added_token *longest_at(const rw_added_tokens *added, bool normalized, const int32_t *points, size_t n)
{
    const size_t         *sorted = added->sorted[normalized];
    const rw_added_token *found  = NULL;
    size_t                low = 0, high = added->sorted_count[normalized];

    for (size_t depth = 0; low < high && depth < n; depth++) {
        low  = lower_bound(added, sorted, low, high, depth, points[depth]);
        high = lower_bound(added, sorted, low, high, depth, (int64_t)points[depth] + 1);
        if (low < high && added->tokens[sorted[low]].n == depth + 1)
            found = &added->tokens[sorted[low++]];
    }
    return found;
}

static bool stands_alone(const rw_chars *text, size_t begin, size_t end)
{
    return (begin == 0 || !rw_class_is_word(text->points[begin - 1], true)) &&
           (end == text->n || !rw_class_is_word(text->points[end], true));
}

static rwda_status add(rw_text_work *work, size_t begin, size_t end, int64_t id, rwda_error *err)
{
    return begin < end ? rw_pieces_add(&work->next, &work->text, begin, end, work->text.origins[begin], id, err) : RWDA_OK;
}

rwda_status rw_added_tokens_cut(rw_text_work *work, const rw_added_tokens *added, bool normalized, rwda_error *err)
{
    const rw_chars *text    = &work->text;
    size_t          done_to = 0;
    rwda_status     status  = RWDA_OK;

    for (size_t i = 0; i < text->n;) {
        const rw_added_token *token = longest_at(added, normalized, text->points + i, text->n - i);
        size_t                begin = i, end;

        if (token == NULL) {
            i++;
            continue;
        }
        end = i += token->n;
        if (token->single_word && !stands_alone(text, begin, end))
            continue;
        while (token->lstrip && begin > 0 && rw_class_is_space(text->points[begin - 1]))
            begin--;
        if (token->lstrip && begin < done_to)
            begin = done_to;
        while (token->rstrip && end < text->n && rw_class_is_space(text->points[end]))
            end++;
        if (done_to < begin)
            RW_TRY(add(work, done_to, begin, RW_PIECE_TEXT, err));
        RW_TRY(add(work, begin, end, token->id, err));
        done_to = end;
    }
    if (done_to < text->n)
        RW_TRY(add(work, done_to, text->n, RW_PIECE_TEXT, err));
done:
    return status;
}

/* beginnings.c - which texts of a batch begin alike, so that their beginning is computed once? */
#include "clip/beginnings.h"

#include <stdlib.h>

typedef struct {
    const int32_t *ids;
    size_t         length, number; /* tokens; place in the batch */
} sorted_text;

static size_t common(const sorted_text *a, const sorted_text *b)
{
    size_t most = a->length < b->length ? a->length : b->length, i = 0;

    while (i < most && a->ids[i] == b->ids[i])
        i++;
    return i;
}

static int by_tokens(const void *left, const void *right)
{
    const sorted_text *a = left, *b = right;
    size_t             i = common(a, b);

    if (i < a->length && i < b->length)
        return a->ids[i] < b->ids[i] ? -1 : 1;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

/* Rows saved by sharing the first `length` tokens.  Texts in order: those that begin alike stand side by side. */
static size_t rows_saved(const sorted_text *texts, size_t n, size_t length)
{
    size_t sharing = 0, different = 0, last = SIZE_MAX;

    for (size_t i = 0; i < n; i++) {
        if (texts[i].length <= length) /* it would keep no token of its own */
            continue;
        if (last == SIZE_MAX || common(&texts[last], &texts[i]) < length)
            different++;
        last = i;
        sharing++;
    }
    return (sharing - different) * length;
}

rwda_status rw_beginnings_find(rw_beginnings *out, const int32_t *ids, const size_t *start, size_t n, rw_arena *arena,
                               rwda_error *err)
{
    sorted_text *texts   = rw_arena_array(arena, n, sizeof *texts);
    size_t       longest = 0, saved = 0, last = SIZE_MAX;

    *out = (rw_beginnings){ 0, 0, rw_arena_array(arena, n, sizeof *out->of), rw_arena_array(arena, n, sizeof *out->text) };
    if (texts == NULL || out->of == NULL || out->text == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "beginnings of %zu texts", n);
    for (size_t i = 0; i < n; i++) {
        texts[i]   = (sorted_text){ ids + start[i], start[i + 1] - start[i], i };
        longest    = texts[i].length > longest ? texts[i].length : longest;
        out->of[i] = SIZE_MAX;
    }
    qsort(texts, n, sizeof *texts, by_tokens);
    for (size_t length = 1; length < longest; length++) {
        size_t with = rows_saved(texts, n, length);

        if (with > saved) {
            saved       = with;
            out->length = length;
        }
    }
    for (size_t i = 0; i < n && out->length > 0; i++) {
        if (texts[i].length <= out->length)
            continue;
        if (last == SIZE_MAX || common(&texts[last], &texts[i]) < out->length)
            out->text[out->count++] = texts[i].number;
        out->of[texts[i].number] = out->count - 1;
        last                     = i;
    }
    return RWDA_OK;
}

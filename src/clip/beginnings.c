/* beginnings.c - which texts of a pass begin alike, so that their beginnings are computed once? */
#include "clip/beginnings.h"

#include "clip/block.h"

#include <stdlib.h>

static size_t common(const rw_text *a, const rw_text *b)
{
    size_t most = a->length < b->length ? a->length : b->length, i = 0;

    while (i < most && a->ids[i] == b->ids[i])
        i++;
    return i;
}

static int by_tokens(const void *left, const void *right)
{
    const rw_text *a = left, *b = right;
    size_t         i = common(a, b);

    if (i < a->length && i < b->length)
        return a->ids[i] < b->ids[i] ? -1 : 1;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

void rw_texts_sort(rw_text *texts, size_t n)
{
    qsort(texts, n, sizeof *texts, by_tokens);
}

bool rw_texts_equal(const rw_text *a, const rw_text *b)
{
    return a->length == b->length && common(a, b) == a->length;
}

size_t rw_texts_shared(const rw_text *a, const rw_text *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length, same = common(a, b);

    return same < shorter ? same : shorter - 1;
}

static size_t end_of(const rw_beginnings *b, size_t sequence)
{
    return sequence != RW_NONE ? b->end[sequence] : 0;
}

/* From left to right.  `open` is the longest beginning that the text before shares with later ones, as far as is known; `before` leads
 * from it to the shorter ones.  Where less is shared than it has, it is closed; where more is, a new one opens, which takes in what stood
 * there: the text, or the beginning that was just closed. */
rwda_status rw_beginnings_find(rw_beginnings *out, const rw_text *texts, size_t n, rw_arena *arena, rwda_error *err)
{
    size_t open = RW_NONE;

    *out =
        (rw_beginnings){ n, rw_arena_array(arena, n, 2 * sizeof *out->before),
                         rw_arena_array(arena, n, 2 * sizeof *out->text), rw_arena_array(arena, n, 2 * sizeof *out->first),
                         rw_arena_array(arena, n, 2 * sizeof *out->end) };
    if (out->before == NULL || out->text == NULL || out->first == NULL || out->end == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "beginnings of %zu texts", n);
    for (size_t i = 0; i < n; i++) {
        size_t shared = i > 0 ? rw_texts_shared(&texts[i - 1], &texts[i]) : 0, stood = i > 0 ? i - 1 : 0;

        while (end_of(out, open) > shared) {
            stood = open;
            open  = out->before[open];
        }
        if (end_of(out, open) < shared) {
            out->before[stood]  = out->n;
            out->before[out->n] = open;
            out->text[out->n]   = i;
            out->end[out->n]    = shared;
            open                = out->n++;
        }
        out->before[i] = open;
        out->text[i]   = i;
        out->end[i]    = texts[i].length;
    }
    for (size_t i = 0; i < out->n; i++)
        out->first[i] = end_of(out, out->before[i]);
    return RWDA_OK;
}

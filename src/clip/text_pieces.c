#include "clip/text_pieces.h"

#include "base/memory.h"
#include "clip/unicode.h"

#include <stdlib.h>
#include <string.h>

rwda_status rw_chars_reserve(rw_chars *chars, size_t more, rwda_error *err)
{
    if (more > RW_CHARS_MAX || chars->n + more > RW_CHARS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "the tokenizer's rules make over %zu characters of a text",
                       RW_CHARS_MAX);
    if (!rw_array_reserve((void **)&chars->points, &chars->point_room, chars->n, more, sizeof *chars->points) ||
        !rw_array_reserve((void **)&chars->origins, &chars->origin_room, chars->n, more, sizeof *chars->origins))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a text of %zu characters", chars->n + more);
    return RWDA_OK;
}

void rw_chars_add(rw_chars *chars, int32_t point, int32_t origin)
{
    chars->points[chars->n]    = point;
    chars->origins[chars->n++] = origin;
}

rwda_status rw_chars_append(rw_chars *chars, const rw_chars *from, size_t begin, size_t end, rwda_error *err)
{
    size_t      n      = end - begin;
    rwda_status status = n > 0 ? rw_chars_reserve(chars, n, err) : RWDA_OK;

    if (status == RWDA_OK && n > 0) {
        memcpy(chars->points + chars->n, from->points + begin, n * sizeof *chars->points);
        memcpy(chars->origins + chars->n, from->origins + begin, n * sizeof *chars->origins);
        chars->n += n;
    }
    return status;
}

void rw_chars_swap(rw_chars *a, rw_chars *b)
{
    rw_chars kept = *a;

    *a = *b;
    *b = kept;
}

void rw_chars_done(rw_chars *chars)
{
    free(chars->points);
    free(chars->origins);
    memset(chars, 0, sizeof *chars);
}

rwda_status rw_pieces_add(rw_pieces *pieces, const rw_chars *from, size_t begin, size_t end, int32_t shift, int64_t id,
                          rwda_error *err)
{
    rwda_status status = RWDA_OK;

    if (begin == end)
        return RWDA_OK;
    if (!rw_array_reserve((void **)&pieces->pieces, &pieces->room, pieces->count, 1, sizeof *pieces->pieces))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu pieces of a text", pieces->count + 1);
    status = rw_chars_append(&pieces->chars, from, begin, end, err);
    if (status == RWDA_OK)
        pieces->pieces[pieces->count++] = (rw_piece){ pieces->chars.n - (end - begin), pieces->chars.n, shift, id };
    return status;
}

void rw_pieces_clear(rw_pieces *pieces)
{
    pieces->chars.n = 0;
    pieces->count   = 0;
}

void rw_pieces_swap(rw_pieces *a, rw_pieces *b)
{
    rw_pieces kept = *a;

    *a = *b;
    *b = kept;
}

void rw_pieces_done(rw_pieces *pieces)
{
    rw_chars_done(&pieces->chars);
    free(pieces->pieces);
    memset(pieces, 0, sizeof *pieces);
}

/* Spans joined from the front: joins[is a match][the one before was one]. */
static size_t join(rw_span *spans, size_t count, const bool joins[2][2])
{
    bool   before = false;
    size_t out    = 0;

    for (size_t i = 0; i < count; i++) {
        bool match = spans[i].match;

        if (out > 0 && joins[match][before])
            spans[out - 1].end = spans[i].end;
        else
            spans[out++] = spans[i];
        before = match;
    }
    return out;
}

static void reverse(rw_span *spans, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        rw_span kept = spans[i];

        spans[i]             = spans[count - 1 - i];
        spans[count - 1 - i] = kept;
    }
}

/* A match is joined to what comes after it: from the back, by beginnings. */
static size_t join_with_next(rw_span *spans, size_t count)
{
    bool   after = false;
    size_t out   = 0;

    reverse(spans, count);
    for (size_t i = 0; i < count; i++) {
        bool match = spans[i].match;

        if (out > 0 && match && !after)
            spans[out - 1].begin = spans[i].begin;
        else
            spans[out++] = spans[i];
        after = match;
    }
    reverse(spans, out);
    return out;
}

size_t rw_split_spans(rw_span *spans, size_t count, rw_split_behaviour behaviour)
{
    static const bool previous[2][2]   = { { false, false }, { true, false } };
    static const bool contiguous[2][2] = { { true, false }, { false, true } };
    size_t            out              = 0;

    switch (behaviour) {
    case RW_SPLIT_ISOLATED: return count;
    case RW_SPLIT_MERGED_WITH_PREVIOUS: return join(spans, count, previous);
    case RW_SPLIT_MERGED_WITH_NEXT: return join_with_next(spans, count);
    case RW_SPLIT_CONTIGUOUS: return join(spans, count, contiguous);
    case RW_SPLIT_REMOVED: break;
    }
    for (size_t i = 0; i < count; i++)
        if (!spans[i].match)
            spans[out++] = spans[i];
    return out;
}

void rw_text_work_done(rw_text_work *work)
{
    rw_pieces_done(&work->now);
    rw_pieces_done(&work->next);
    rw_chars_done(&work->text);
    rw_chars_done(&work->spare);
    free(work->spans);
    free(work->bytes);
    memset(work, 0, sizeof *work);
}

rwda_status rw_text_bytes(size_t *len, rw_text_work *work, const rw_chars *chars, size_t begin, size_t end, rwda_error *err)
{
    *len = 0;
    if (!rw_array_reserve((void **)&work->bytes, &work->byte_room, 0, 4 * (end - begin) + 1, 1))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a piece of %zu characters", end - begin);
    for (size_t i = begin; i < end; i++)
        *len += rw_utf8_encode((uint8_t *)work->bytes + *len, chars->points[i]);
    return RWDA_OK;
}

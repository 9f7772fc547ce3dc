#include "clip/bpe.h"

#include "base/memory.h"
#include "clip/clip.h"
#include "clip/text_clean.h"
#include "clip/unicode.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MERGES      48894
#define FIRST_MERGE 512    /* ids below: the 256 bytes, and the 256 bytes at a word's end */
#define WORD_END    256    /* added to a byte's id at a word's end */
#define SLOTS       131072 /* power of two, more than twice the merges */
#define NO_MERGE    UINT32_MAX

/* [MERGES][2] little-endian ids: bpe_merges.bin, made by tools/make_bpe_table.py */
extern const unsigned char rw_bpe_merges[];
extern const size_t        rw_bpe_merges_size;

/* Hash table with open addressing: pair of ids -> rank of its merge. */
struct rw_bpe {
    uint16_t byte_id[256];
    uint32_t pair[SLOTS];  /* left << 16 | right */
    uint32_t merge[SLOTS]; /* NO_MERGE: empty */
};

static size_t slot_of(const rw_bpe *bpe, uint32_t pair)
{
    size_t slot = (pair * 2654435761u) >> 15; /* Knuth's multiplicative hash, top 17 bits */

    while (bpe->merge[slot] != NO_MERGE && bpe->pair[slot] != pair)
        slot = (slot + 1) % SLOTS;
    return slot;
}

rwda_status rw_bpe_new(rw_bpe **out, rwda_error *err)
{
    rw_bpe  *bpe  = NULL;
    uint16_t next = 0;

    *out = NULL;
    if (rw_bpe_merges_size != (size_t)MERGES * 4)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "merge table of %zu bytes, expected %d", rw_bpe_merges_size,
                       MERGES * 4);
    bpe = malloc(sizeof *bpe);
    if (bpe == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "tokenizer tables, %zu bytes", sizeof *bpe);
    for (int shown = 1; shown >= 0; shown--) /* printable bytes come first, then the others, both ascending */
        for (int byte = 0; byte < 256; byte++) {
            bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;

            if (printable == (shown != 0))
                bpe->byte_id[byte] = next++;
        }
    memset(bpe->merge, 0xff, sizeof bpe->merge);
    for (uint32_t i = 0; i < MERGES; i++) {
        const unsigned char *from = rw_bpe_merges + 4 * (size_t)i;
        uint32_t             pair = (uint32_t)(from[0] | from[1] << 8) << 16 | (uint32_t)(from[2] | from[3] << 8);
        size_t               slot = slot_of(bpe, pair);

        bpe->pair[slot]  = pair;
        bpe->merge[slot] = i;
    }
    *out = bpe;
    return RWDA_OK;
}

void rw_bpe_free(rw_bpe *bpe)
{
    free(bpe);
}

/* ids [n] of a word's bytes -> its tokens in place; returns how many.  All occurrences of the pair with the lowest number are
 * merged, left to right, until no pair has a merge. */
static size_t merge_word(int32_t *ids, size_t n, const rw_bpe *bpe)
{
    for (;;) {
        uint32_t best = NO_MERGE, pair = 0;
        size_t   out = 0;

        for (size_t i = 0; i + 1 < n; i++) {
            size_t slot = slot_of(bpe, (uint32_t)ids[i] << 16 | (uint32_t)ids[i + 1]);

            if (bpe->merge[slot] < best) {
                best = bpe->merge[slot];
                pair = bpe->pair[slot];
            }
        }
        if (best == NO_MERGE)
            return n;
        for (size_t i = 0; i < n; out++)
            if (i + 1 < n && ((uint32_t)ids[i] << 16 | (uint32_t)ids[i + 1]) == pair) {
                ids[out] = (int32_t)(FIRST_MERGE + best);
                i += 2;
            } else {
                ids[out] = ids[i++];
            }
        n = out;
    }
}

static bool is_letter(int32_t point)
{
    return (rw_unicode_flags(point) & RW_LETTER) != 0;
}

static bool is_number(int32_t point)
{
    return (rw_unicode_flags(point) & RW_NUMBER) != 0;
}

/* What no alternative of the pattern matches.  U+0345 (combining iota) is not a letter, but the pattern ignores case and it folds to the
 * letter iota, so it does not match "neither letter nor number" either. */
static bool is_gap(int32_t point)
{
    return rw_unicode_is_space(point) || point == 0x345;
}

static bool starts_with(const int32_t *at, const int32_t *end, const char *text)
{
    for (; *text != '\0'; text++, at++)
        if (at == end || (*at != *text && !(*text == 's' && *at == 0x17f))) /* case is ignored: long s folds to s */
            return false;
    return true;
}

/* The next piece at `at` (no space): the pattern's alternatives in order.  *special: a token by itself, else -1. */
static const int32_t *piece_end(const int32_t *at, const int32_t *end, int32_t *special)
{
    static const char *const contractions[] = { "'s", "'t", "'re", "'ve", "'m", "'ll", "'d" };

    *special = -1;
    if (starts_with(at, end, "<start_of_text>")) {
        *special = RW_CLIP_SOT;
        return at + strlen("<start_of_text>");
    }
    if (starts_with(at, end, "<end_of_text>")) {
        *special = RW_CLIP_EOT;
        return at + strlen("<end_of_text>");
    }
    for (size_t i = 0; i < RW_COUNTOF(contractions); i++)
        if (starts_with(at, end, contractions[i]))
            return at + strlen(contractions[i]);
    if (is_letter(*at)) {
        while (at < end && is_letter(*at))
            at++;
        return at;
    }
    if (is_number(*at))
        return at + 1;
    while (at < end && !is_gap(*at) && !is_letter(*at) && !is_number(*at))
        at++;
    return at;
}

/* UTF-8 bytes of a piece as ids, the last one marked as the word's end. */
static size_t piece_ids(int32_t *ids, const int32_t *at, const int32_t *end, const rw_bpe *bpe)
{
    size_t n = 0;

    for (; at < end; at++) {
        uint8_t bytes[4];
        size_t  len = rw_utf8_encode(bytes, *at);

        for (size_t i = 0; i < len; i++)
            ids[n++] = bpe->byte_id[bytes[i]];
    }
    ids[n - 1] += WORD_END;
    return n;
}

rwda_status rw_bpe_encode(int32_t *ids, size_t *count, size_t capacity, int *cut, const rw_bpe *bpe, const char *text,
                          size_t len, rwda_error *err)
{
    int32_t       *points = NULL, *word = NULL;
    const int32_t *at, *end;
    size_t         n = 0, out = 0;
    bool           full   = false;
    rwda_status    status = RWDA_OK;

    *count = 0;
    if (capacity < 2)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "room for %zu ids; start and end token alone take 2", capacity);
    if (len > RW_TEXT_BYTES_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "text of %zu bytes is over the limit of %zu", len,
                       RW_TEXT_BYTES_MAX);
    points = rw_new_array(2 * len + 1, sizeof *points);
    word   = rw_new_array(8 * len + 1, sizeof *word); /* a code point takes up to 4 bytes, and lower case may double them */
    if (points == NULL || word == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text of %zu bytes", len);
        goto done;
    }
    n = rw_utf8_decode(points, (const uint8_t *)text, len);
    RW_TRY(rw_text_clean(points, &n, len, RW_CLEAN_LOWER, err));
    ids[out++] = RW_CLIP_SOT;
    for (at = points, end = points + n; at < end && !full;) {
        int32_t        special;
        const int32_t *stop;
        size_t         tokens = 1;

        if (is_gap(*at)) {
            at++;
            continue;
        }
        stop    = piece_end(at, end, &special);
        word[0] = special;
        if (special < 0)
            tokens = merge_word(word, piece_ids(word, at, stop, bpe), bpe);
        for (size_t i = 0; i < tokens && !full; i++) {
            full = out == capacity - 1;
            if (!full)
                ids[out++] = word[i];
        }
        at = stop;
    }
    ids[out++] = RW_CLIP_EOT;
    *count     = out;
    if (cut != NULL)
        *cut = full;
done:
    free(points);
    free(word);
    return status;
}

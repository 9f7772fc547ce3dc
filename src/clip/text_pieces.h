/* text_pieces.h - a text on its way to tokens: code points, cut into pieces                        rank 2: clip
 *
 * Every code point remembers its origin, the index in the raw text of the one it stands for: a piece that begins at the raw text's
 * beginning may get a leading space (Metaspace "first"), whatever the normalizers did before. */
#ifndef RW_TEXT_PIECES_H
#define RW_TEXT_PIECES_H

#include "base/status.h"
#include "clip/pattern.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RW_CHARS_MAX ((size_t)1 << 20) /* a text of 64 KiB may grow by hostile rules to this and no further */

typedef struct {
    int32_t *points, *origins; /* [n] */
    size_t   n, point_room, origin_room;
} rw_chars;

rwda_status rw_chars_reserve(rw_chars *chars, size_t more, rwda_error *err); /* ELIMIT, ENOMEM */
void        rw_chars_add(rw_chars *chars, int32_t point, int32_t origin);    /* room is reserved */
rwda_status rw_chars_append(rw_chars *chars, const rw_chars *from, size_t begin, size_t end, rwda_error *err);
void        rw_chars_swap(rw_chars *a, rw_chars *b);
void        rw_chars_done(rw_chars *chars);

#define RW_PIECE_TEXT (-1)

typedef struct {
    size_t  begin, end; /* of the chars */
    int32_t shift;      /* where it began in the raw text when it was cut off */
    int64_t id;         /* of an added token, or RW_PIECE_TEXT */
} rw_piece;

typedef struct {
    rw_chars  chars;
    rw_piece *pieces;
    size_t    count, room;
} rw_pieces;

/* A piece of from's chars [begin, end) behind the others; an empty one is left out. */
rwda_status rw_pieces_add(rw_pieces *pieces, const rw_chars *from, size_t begin, size_t end, int32_t shift, int64_t id,
                          rwda_error *err);
void        rw_pieces_clear(rw_pieces *pieces);
void        rw_pieces_swap(rw_pieces *a, rw_pieces *b);
void        rw_pieces_done(rw_pieces *pieces);

typedef enum {
    RW_SPLIT_REMOVED = 0,
    RW_SPLIT_ISOLATED,
    RW_SPLIT_MERGED_WITH_PREVIOUS,
    RW_SPLIT_MERGED_WITH_NEXT,
    RW_SPLIT_CONTIGUOUS
} rw_split_behaviour;

/* Spans of a whole text -> those that a split of this behaviour leaves, in place; returns how many. */
size_t rw_split_spans(rw_span *spans, size_t count, rw_split_behaviour behaviour);

/* What one text needs on its way; kept between its steps. */
typedef struct {
    rw_pieces         now, next;
    rw_chars          text, spare;
    rw_span          *spans;
    size_t            span_count, span_room;
    char             *bytes;
    size_t            byte_room;
    rw_pattern_budget budget; /* of all its patterns */
} rw_text_work;

void rw_text_work_done(rw_text_work *work);

/* chars [begin, end) as UTF-8 in work->bytes; returns how many bytes through *len. */
rwda_status rw_text_bytes(size_t *len, rw_text_work *work, const rw_chars *chars, size_t begin, size_t end, rwda_error *err);

#endif

/* boxes.h - boxes of ISO media: length, four letters, content                                        rank 1: format */
#ifndef RW_BOXES_H
#define RW_BOXES_H

#include "format/byte_order.h"

#include <string.h>

typedef struct {
    const uint8_t *type, *content;
    size_t         size; /* of the content, cut at the end of what holds it */
} rw_box;

/* The box at *at, which goes on to the next one; false: none. */
static inline bool rw_next_box(rw_box *b, const uint8_t **at, const uint8_t *end)
{
    size_t   left = (size_t)(end - *at), head = 8;
    uint64_t size;

    if (left < head)
        return false;
    size = rw_big_endian(*at, 4);
    if (size == 1 && left >= 16) {
        head = 16;
        size = rw_big_endian(*at + 8, 8);
    }
    if (size == 0 || size > left)
        size = left;
    if (size < head)
        return false;
    *b  = (rw_box){ *at + 4, *at + head, (size_t)size - head };
    *at = b->content + b->size;
    return true;
}

static inline bool rw_box_is(const rw_box *b, const char *letters)
{
    return memcmp(b->type, letters, 4) == 0;
}

/* Numbers one after another, up to an end that is not passed. */
typedef struct {
    const uint8_t *at, *end;
    bool           ended;
} rw_cursor;

static inline rw_cursor rw_cursor_of(const rw_box *b)
{
    return (rw_cursor){ b->content, b->content == NULL ? NULL : b->content + b->size, b->content == NULL };
}

/* A number of n bytes; of over 8, which are skipped, 0.  0 and `ended` where there are fewer. */
static inline uint64_t rw_take(rw_cursor *c, size_t n)
{
    const uint8_t *at = c->at;

    if (c->ended || (size_t)(c->end - at) < n) {
        c->ended = true;
        c->at    = c->end;
        return 0;
    }
    c->at += n;
    return n > 8 ? 0 : rw_big_endian(at, n);
}

#endif

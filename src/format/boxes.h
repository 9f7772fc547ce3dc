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

#endif

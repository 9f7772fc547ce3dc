/* byte_order.h - whole numbers of 1 to 8 bytes                                                       rank 1: format */
#ifndef RW_BYTE_ORDER_H
#define RW_BYTE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint64_t rw_number(const uint8_t *b, size_t size, bool big_endian)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++)
        value = value << 8 | b[big_endian ? i : size - 1 - i];
    return value;
}

static inline uint64_t rw_big_endian(const uint8_t *b, size_t size)
{
    return rw_number(b, size, true);
}

static inline uint64_t rw_little_endian(const uint8_t *b, size_t size)
{
    return rw_number(b, size, false);
}

#endif

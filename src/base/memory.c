#include "base/memory.h"

#include "base/aligned.h"

#include <stdlib.h>
#include <string.h>

struct rw_arena_block {
    rw_arena_block *next;
    size_t          capacity, used; /* bytes after the header, whose size is RW_ALIGNMENT */
};

#define ARENA_BLOCK_MIN ((size_t)4 << 20) /* few large blocks: a session ends up with one or two */

bool rw_size_mul(size_t *out, size_t a, size_t b)
{
    if (b != 0 && a > SIZE_MAX / b)
        return false;
    *out = a * b;
    return true;
}

bool rw_size_add(size_t *out, size_t a, size_t b)
{
    if (a > SIZE_MAX - b)
        return false;
    *out = a + b;
    return true;
}

/* Bytes of count elements, rounded up to the alignment (aligned_alloc requires it), at least one unit. */
static bool aligned_bytes(size_t *out, size_t count, size_t element)
{
    size_t bytes;

    if (!rw_size_mul(&bytes, count, element) || !rw_size_add(&bytes, bytes, RW_ALIGNMENT - 1))
        return false;
    bytes &= ~(size_t)(RW_ALIGNMENT - 1);
    *out = bytes != 0 ? bytes : RW_ALIGNMENT;
    return true;
}

void *rw_new_array(size_t count, size_t element)
{
    size_t bytes;

    return aligned_bytes(&bytes, count, element) ? rw_aligned_zeros(bytes) : NULL;
}

bool rw_array_reserve(void **array, size_t *capacity, size_t count, size_t more, size_t element)
{
    size_t wanted, bytes;
    void  *grown;

    if (!rw_size_add(&wanted, count, more))
        return false;
    if (wanted <= *capacity)
        return true;
    wanted = wanted / 2 < *capacity ? 2 * *capacity : wanted;
    wanted = wanted < 16 ? 16 : wanted;
    grown  = rw_size_mul(&bytes, wanted, element) ? realloc(*array, bytes) : NULL;
    if (grown == NULL)
        return false;
    *array    = grown;
    *capacity = wanted;
    return true;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void rw_sort_doubles(double *values, size_t n)
{
    if (n > 0)
        qsort(values, n, sizeof *values, ascending);
}

char *rw_string_copy(const char *text)
{
    size_t len  = strlen(text) + 1;
    char  *copy = malloc(len);

    return copy != NULL ? memcpy(copy, text, len) : NULL;
}

static rw_arena_block *arena_add_block(rw_arena *arena, size_t bytes)
{
    size_t          capacity = bytes > ARENA_BLOCK_MIN ? bytes : ARENA_BLOCK_MIN;
    size_t          total;
    rw_arena_block *block;

    if (!rw_size_add(&total, capacity, RW_ALIGNMENT))
        return NULL;
    block = rw_aligned_block(total);
    if (block == NULL)
        return NULL;
    *block = (rw_arena_block){ NULL, capacity, 0 };
    if (arena->current == NULL) {
        arena->first = block;
    } else {
        block->next          = arena->current->next;
        arena->current->next = block;
    }
    return block;
}

void *rw_arena_array(rw_arena *arena, size_t count, size_t element)
{
    size_t          bytes;
    rw_arena_block *block = arena->current;
    char           *taken;

    if (!aligned_bytes(&bytes, count, element))
        return NULL;
    while (block != NULL && block->capacity - block->used < bytes) { /* later blocks are empty: see rw_arena_rewind() */
        if (block->next == NULL || block->next->capacity < bytes) {
            block = NULL;
            break;
        }
        block = block->next;
    }
    if (block == NULL)
        block = arena_add_block(arena, bytes);
    if (block == NULL)
        return NULL;
    arena->current = block;
    taken          = (char *)block + RW_ALIGNMENT + block->used;
    block->used += bytes;
    return taken;
}

rw_arena_mark rw_arena_save(const rw_arena *arena)
{
    return (rw_arena_mark){ arena->current, arena->current != NULL ? arena->current->used : 0 };
}

void rw_arena_rewind(rw_arena *arena, rw_arena_mark mark)
{
    rw_arena_block *block = mark.block != NULL ? mark.block->next : arena->first;

    for (; block != NULL; block = block->next)
        block->used = 0;
    if (mark.block != NULL)
        mark.block->used = mark.used;
    arena->current = mark.block != NULL ? mark.block : arena->first;
}

size_t rw_arena_bytes(const rw_arena *arena)
{
    size_t bytes = 0;

    for (const rw_arena_block *block = arena->first; block != NULL; block = block->next)
        bytes += block->used;
    return bytes;
}

void rw_arena_done(rw_arena *arena)
{
    rw_arena_block *block = arena->first, *next;

    for (; block != NULL; block = next) {
        next = block->next;
        rw_aligned_block_free(block);
    }
    arena->first = arena->current = NULL;
}

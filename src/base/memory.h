/* memory.h - overflow-checked sizes, aligned arrays, arena allocator                              rank 0: base
 *
 * Sizes are multiplied here before they are allocated.  rw_arena is a session's scratch memory: a chain of blocks that is
 * filled from the front, rewound after a call and reused by the next:
 *
 *     block 0                          block 1 (made when block 0 was too small)
 *     +--------+--------+-----------+  +----------------+------------+
 *     | taken  | taken  |   free    |->| taken          |    free    |-> NULL
 *     +--------+--------+-----------+  +----------------+------------+ */
#ifndef RW_MEMORY_H
#define RW_MEMORY_H

#include "base/status.h"

#include <stdbool.h>

#define RW_ALIGNMENT 64 /* bytes: a cache line and the widest vector */

#ifdef _WIN32 /* where free() takes nothing that is aligned to more; the kernels load unaligned, and are slower then */
#define RW_ARRAY_ALIGNMENT 16
#else
#define RW_ARRAY_ALIGNMENT RW_ALIGNMENT
#endif

bool rw_size_mul(size_t *out, size_t a, size_t b); /* false: a * b does not fit size_t; *out is untouched */
bool rw_size_add(size_t *out, size_t a, size_t b);

/* Zeroed array of `count` elements, aligned to RW_ARRAY_ALIGNMENT; NULL when memory is short or the product does not fit.
 * count 0 gives a valid pointer.  Release with free(). */
void *rw_new_array(size_t count, size_t element);
/* Room for `more` elements behind the `count` of *array, which has *capacity, by doubling; false: no memory, and all is as it was. */
bool rw_array_reserve(void **array, size_t *capacity, size_t count, size_t more, size_t element);
/* Memory of this size is filled and read faster in large pages; advice, which may have no effect. */
void  rw_advise_large_pages(void *memory, size_t size);
void  rw_sort_doubles(double *values, size_t n); /* ascending; NULL with n 0 is fine */
char *rw_string_copy(const char *text);          /* NULL when memory is short */

typedef struct rw_arena_block rw_arena_block;
typedef struct {
    rw_arena_block *first, *current;
} rw_arena;
#define RW_ARENA_INIT                                                                                                       \
    {                                                                                                                       \
        NULL, NULL                                                                                                          \
    }

/* Uninitialised array, aligned to RW_ALIGNMENT, valid until the arena is rewound to an earlier mark; NULL when short. */
void *rw_arena_array(rw_arena *arena, size_t count, size_t element);

typedef struct {
    rw_arena_block *block;
    size_t          used;
} rw_arena_mark;
rw_arena_mark rw_arena_save(const rw_arena *arena);
void          rw_arena_rewind(rw_arena *arena, rw_arena_mark mark); /* everything taken since the mark is free again */
size_t        rw_arena_bytes(const rw_arena *arena);                /* taken at the moment, alignment included */
void          rw_arena_done(rw_arena *arena);                       /* gives all blocks back */

#endif

/* sanitized.h - what a tile is given, under AddressSanitizer                                      rank 1: kernels
 *
 * A tile's accumulators are an array, each access to which AddressSanitizer would check; they become registers only after it, and a product
 * takes ten times as long.  So it leaves tiles out, and asks before each whether all that one reads and writes may be.  That a tile touches
 * nothing else is what tests/unit/test_tiles.c shows. */
#ifndef RW_SANITIZED_H
#define RW_SANITIZED_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <stdint.h>

#define RW_TILE __attribute__((no_sanitize("address")))

/* `rows` of `bytes` each, from row to row `pitch` bytes: one that may not be touched ends the program with AddressSanitizer's report. */
static inline void rw_tile_touches(const void *memory, size_t rows, size_t pitch, size_t bytes)
{
    for (size_t i = 0; i < rows; i++) {
        const volatile char *bad = __asan_region_is_poisoned((void *)((uintptr_t)memory + i * pitch), bytes);

        if (bad != NULL)
            (void)*bad;
    }
}
#else
#define RW_TILE
static inline void rw_tile_touches(const void *memory, size_t rows, size_t pitch, size_t bytes)
{
    (void)memory, (void)rows, (void)pitch, (void)bytes;
}
#endif

#endif

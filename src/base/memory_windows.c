/* memory_windows.c - aligned memory, for which free() is not meant */
#include "base/aligned.h"
#include "base/memory.h"

#include <malloc.h>
#include <stdlib.h>

void *rw_aligned_zeros(size_t bytes)
{
    return calloc(bytes, 1); /* free() takes nothing that is aligned to more */
}

void *rw_aligned_block(size_t bytes)
{
    return _aligned_malloc(bytes, RW_ALIGNMENT);
}

void rw_aligned_block_free(void *block)
{
    _aligned_free(block);
}

void rw_advise_large_pages(void *memory, size_t size)
{
    (void)memory; /* large pages are a privilege there, and taken when memory is allocated */
    (void)size;
}

/* memory_posix.c - aligned memory, large pages */
#include "base/aligned.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *rw_aligned_zeros(size_t bytes)
{
    void *array = aligned_alloc(RW_ALIGNMENT, bytes);

    return array != NULL ? memset(array, 0, bytes) : NULL;
}

void *rw_aligned_block(size_t bytes)
{
    return aligned_alloc(RW_ALIGNMENT, bytes);
}

void rw_aligned_block_free(void *block)
{
    free(block);
}

void rw_advise_large_pages(void *memory, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)memory + page - 1) & ~(page - 1);

    if (size > page)
        (void)madvise((void *)first, size - page, MADV_HUGEPAGE);
}

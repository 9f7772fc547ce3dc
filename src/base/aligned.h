/* aligned.h - aligned memory of the operating system                                              rank 0: base */
#ifndef RW_ALIGNED_H
#define RW_ALIGNED_H

#include <stddef.h>

/* Sizes are multiples of RW_ALIGNMENT; NULL: memory is short. */

/* Zeroed, aligned to RW_ARRAY_ALIGNMENT, released with free(). */
void *rw_aligned_zeros(size_t bytes);
/* Aligned to RW_ALIGNMENT on every system, with a release of its own. */
void *rw_aligned_block(size_t bytes);
void  rw_aligned_block_free(void *block);

#endif

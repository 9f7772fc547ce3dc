/* entropy.h - random bytes of the operating system, which nobody can guess                          rank 0: base */
#ifndef RW_ENTROPY_H
#define RW_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>

/* At most 256 bytes.  false: there are none (errno); a machine that has just started has none for a while unless `wait`. */
bool rw_entropy(void *out, size_t len, bool wait);

#endif

/* entropy_posix.c - the random bytes of the kernel */
#include "base/entropy.h"

#include <sys/random.h>

bool rw_entropy(void *out, size_t len, bool wait)
{
    return getrandom(out, len, wait ? 0 : GRND_NONBLOCK) == (ssize_t)len;
}

/* entropy_windows.c - the random bytes of Windows */
#include "base/entropy.h"

#include <windows.h>
#include <bcrypt.h>

bool rw_entropy(void *out, size_t len, bool wait)
{
    (void)wait; /* it never has to */
    return BCryptGenRandom(NULL, out, (ULONG)len, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0;
}

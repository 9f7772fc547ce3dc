/* check.h - what do the unit tests share?  cmocka with the headers it needs, and bytes that end where memory ends. */
#ifndef CHECK_H
#define CHECK_H

#include "base/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

/* Sanitizers make plain C, such as the reference kernels, up to a hundred times slower: where a test multiplies large matrices, it takes
 * fewer rows then.  All rows are tried without them. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define POISON ((void *)(uintptr_t)0x1) /* an out parameter that must be overwritten, on failure too */

/* A copy of bytes whose last one lies before a page that cannot be read: reading past the end stops the test. */
typedef struct {
    uint8_t *bytes;
    size_t   len, mapped;
    void    *base;
} guarded;

static inline guarded guarded_copy(const void *bytes, size_t len)
{
    size_t  page = (size_t)sysconf(_SC_PAGESIZE);
    guarded g    = { NULL, len, (len / page + 2) * page, NULL };

    g.base = mmap(NULL, g.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(g.base != MAP_FAILED);
    g.bytes = (uint8_t *)g.base + g.mapped - page - len;
    memcpy(g.bytes, bytes, len);
    assert_int_equal(mprotect((uint8_t *)g.base + g.mapped - page, page, PROT_NONE), 0);
    return g;
}

static inline void guarded_free(guarded *g)
{
    munmap(g->base, g->mapped);
}

/* Fails unless the call was refused with this code and these words; `what` names the case. */
static inline void assert_refused(const char *what, rwda_status got, rwda_status wanted, const rwda_error *err,
                                  const char *says)
{
    if (got != wanted)
        fail_msg("%s: returned %s (%s), not %s", what, rwda_status_name(got), got == RWDA_OK ? "-" : err->message,
                 rwda_status_name(wanted));
    if (strstr(err->message, says) == NULL)
        fail_msg("%s: message is \"%s\", without \"%s\"", what, err->message, says);
}

/* Fails with the library's words if a call that must succeed did not. */
#define assert_ok(call, err)                                                                                                \
    do {                                                                                                                    \
        if ((call) != RWDA_OK)                                                                                              \
            fail_msg("%s: %s", #call, (err).message);                                                                       \
    } while (0)

#endif

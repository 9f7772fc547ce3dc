/* status.h - error reporting: status code, byte offset, message                                   rank 0: base */
#ifndef RW_STATUS_H
#define RW_STATUS_H

#include "rwda.h"

#if defined(__MINGW32__) /* whose printf would be that of Windows, without %zu */
#define RW_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#elif defined(__GNUC__)
#define RW_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define RW_PRINTF(text, first)
#endif

/* Fills *err (NULL is fine) and returns `code`, so that a failure is one statement. */
rwda_status rw_fail(rwda_error *err, rwda_status code, int64_t offset, const char *format, ...) RW_PRINTF(4, 5);

/* Puts "prefix: " before the message of a failure that a lower level has already described; returns its code. */
rwda_status rw_fail_prefix(rwda_error *err, rwda_status code, const char *prefix);

/* Forwards a failure untouched: the lower level has said what and where.  For functions with one exit `done:`. */
#define RW_TRY(call)                                                                                                        \
    do {                                                                                                                    \
        status = (call);                                                                                                    \
        if (status != RWDA_OK)                                                                                              \
            goto done;                                                                                                      \
    } while (0)

#define RW_COUNTOF(array) (sizeof(array) / sizeof((array)[0]))

#endif

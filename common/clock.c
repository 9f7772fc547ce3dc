#include "common/clock.h"

#include <stdio.h>

void rw_utc_text(char out[RW_UTC_TEXT], int64_t unix_ms)
{
    time_t    seconds = (time_t)(unix_ms / 1000);
    struct tm utc;
    size_t    len;

    gmtime_r(&seconds, &utc);
    len = strftime(out, RW_UTC_TEXT, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(out + len, RW_UTC_TEXT - len, ".%03dZ", (int)(unix_ms % 1000));
}

#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

rwda_status rw_fail(rwda_error *err, rwda_status code, int64_t offset, const char *format, ...)
{
    if (err != NULL) {
        va_list args;

        err->code   = code;
        err->offset = offset;
        va_start(args, format);
        (void)vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
    }
    return code;
}

rwda_status rw_fail_prefix(rwda_error *err, rwda_status code, const char *prefix)
{
    if (err != NULL) {
        char   message[sizeof err->message];
        size_t used, len;

        memcpy(message, err->message, sizeof message);
        used = (size_t)snprintf(err->message, sizeof err->message, "%.300s: ", prefix);
        len  = strnlen(message, sizeof message - used - 1);
        memcpy(err->message + used, message, len);
        err->message[used + len] = '\0';
    }
    return code;
}

const char *rwda_status_name(rwda_status code)
{
    switch (code) {
    case RWDA_OK: return "RWDA_OK";
    case RWDA_EINVAL: return "RWDA_EINVAL";
    case RWDA_EIO: return "RWDA_EIO";
    case RWDA_EFORMAT: return "RWDA_EFORMAT";
    case RWDA_EUNSUPPORTED: return "RWDA_EUNSUPPORTED";
    case RWDA_ELIMIT: return "RWDA_ELIMIT";
    case RWDA_EMISMATCH: return "RWDA_EMISMATCH";
    case RWDA_ENOMEM: return "RWDA_ENOMEM";
    case RWDA_ENOTFOUND: return "RWDA_ENOTFOUND";
    case RWDA_EEXIST: return "RWDA_EEXIST";
    case RWDA_ECANCELLED: return "RWDA_ECANCELLED";
    }
    return "RWDA_UNKNOWN";
}

const char *rwda_version(void)
{
    return RWDA_VERSION;
}

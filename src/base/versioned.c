/* versioned.c - how do structs pass between a caller and a library of different ages? */
#include "base/versioned.h"

#include <string.h>

#define SIZE_MOST 4096 /* bytes: an uninitialised `size` is larger most of the time */

rwda_status rw_versioned_check(size_t size, size_t least, const char *type, rwda_error *err)
{
    return size >= least && size <= SIZE_MOST
               ? RWDA_OK
               : rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                         "%s: its size is given as %zu bytes, which is not in %zu..%d; start from the _INIT value", type,
                         size, least, SIZE_MOST);
}

rwda_status rw_versioned_read(void *ours, size_t size, size_t least, const void *theirs, const char *type, rwda_error *err)
{
    const uint8_t *bytes = theirs;
    size_t         given;
    rwda_status    status = RWDA_OK;

    if (theirs == NULL)
        return RWDA_OK;
    memcpy(&given, theirs, sizeof given);
    RW_TRY(rw_versioned_check(given, least, type, err));
    for (size_t i = size; i < given; i++)
        if (bytes[i] != 0)
            return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                           "%s: %zu bytes are given, rwda %s knows %zu, and byte %zu is not 0: an option of a later version",
                           type, given, RWDA_VERSION, size, i);
    memcpy(ours, theirs, given < size ? given : size);
    memcpy(ours, &size, sizeof size);
done:
    return status;
}

void rw_versioned_write(void *theirs, size_t their_size, const void *ours, size_t size)
{
    size_t known = their_size < size ? their_size : size;

    memcpy(theirs, ours, known);
    memset((uint8_t *)theirs + known, 0, their_size - known);
}

#define DEFINE(type, last, init)                                                                                            \
    static const rwda_##type default_##type = init;                                                                         \
                                                                                                                            \
    rwda_status rw_##type##_read(rwda_##type *out, const rwda_##type *from, rwda_error *err)                                \
    {                                                                                                                       \
        *out = default_##type;                                                                                              \
        return rw_versioned_read(out, sizeof *out, RW_SIZE_TO(rwda_##type, last), from, "rwda_" #type, err);                \
    }                                                                                                                       \
                                                                                                                            \
    void rwda_##type##_default(rwda_##type *out, size_t size)                                                               \
    {                                                                                                                       \
        rw_versioned_write(out, size, &default_##type, sizeof default_##type);                                              \
        rw_versioned_write(out, size < sizeof size ? size : sizeof size, &size, sizeof size);                               \
    }
RW_OPTIONS(DEFINE)

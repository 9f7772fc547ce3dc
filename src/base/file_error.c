/* file_error.c - what is wrong with a file, in words: nothing here asks the system */
#include "base/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

rwda_status rw_fail_errno(rwda_error *err, const char *path, const char *what)
{
    rwda_status code = errno == ENOENT || errno == ENOTDIR ? RWDA_ENOTFOUND : RWDA_EIO;

    return rw_fail(err, code, RWDA_NO_OFFSET, "%.300s: %s: %s", path, what, strerror(errno));
}

rwda_status rw_fail_not_regular(rwda_error *err, const char *path, mode_t mode)
{
    return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: is %s, not a regular file", path,
                   S_ISDIR(mode) ? "a directory" : "a device, pipe or socket");
}

rwda_status rw_fail_shorter(rwda_error *err, const char *path, uint64_t end, uint64_t size)
{
    return rw_fail(err, RWDA_EIO, (int64_t)end, "%.300s: ends at %llu while it is read, it had %llu bytes", path,
                   (unsigned long long)end, (unsigned long long)size);
}

rwda_status rw_fail_written_to(rwda_error *err, const char *path, uint64_t before, uint64_t after)
{
    return rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET,
                   "%.300s: was written to while it was read (%llu bytes before, %llu after): try again", path,
                   (unsigned long long)before, (unsigned long long)after);
}

/* tar_reader_none.c - tar_reader.h in a build without libarchive. */
#include "common/tar_reader.h"

#define NONE(err)                                                                                                           \
    rw_fail((err), RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "this build of rwda reads no archives (RWDA_TAR, libarchive)")

rwda_status rw_tar_open(rw_tar **out, int file, const rw_image_source *source, rwda_error *err)
{
    (void)file;
    (void)source;
    *out = NULL;
    return NONE(err);
}

rwda_status rw_tar_next(rw_tar *tar, rw_tar_member *out, rwda_error *err)
{
    (void)tar;
    *out = (rw_tar_member){ .name = NULL };
    return NONE(err);
}

rwda_status rw_tar_read(rw_tar *tar, uint8_t **bytes, size_t *len, size_t limit, rwda_error *err)
{
    (void)tar;
    (void)limit;
    *bytes = NULL;
    *len   = 0;
    return NONE(err);
}

void rw_tar_close(rw_tar *tar)
{
    (void)tar;
}

bool rw_tar_built(void)
{
    return false;
}

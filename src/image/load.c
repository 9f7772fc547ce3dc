#include "image/load.h"

#include "base/file.h"

#include <stdlib.h>

static const rwda_image_options defaults = RWDA_IMAGE_OPTIONS_INIT;

rwda_status rw_load_limits(const rwda_image_options **options, size_t len, rwda_error *err)
{
    if (*options == NULL)
        *options = &defaults;
    if ((*options)->max_bytes >= 0 && len > (uint64_t)(*options)->max_bytes)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "file of %zu bytes is over the limit of %lld", len,
                       (long long)(*options)->max_bytes);
    return RWDA_OK;
}

rwda_status rw_load_file(rw_decode_fn decode, void *out, const char *path, const rwda_image_options *options,
                         rwda_error *err)
{
    uint8_t    *bytes  = NULL;
    size_t      len    = 0;
    rwda_status status = RWDA_OK;

    if (options == NULL)
        options = &defaults;
    RW_TRY(rw_file_read(&bytes, &len, path, (size_t)options->max_bytes, err));
    status = decode(out, bytes, len, options, err);
    if (status != RWDA_OK)
        (void)rw_fail_prefix(err, status, path);
done:
    free(bytes);
    return status;
}

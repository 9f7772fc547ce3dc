#include "image/load.h"

#include "base/file.h"
#include "base/versioned.h"

#include <stdlib.h>

rwda_status rw_load_limits(rwda_image_options *limits, const rwda_image_options *options, size_t len, rwda_error *err)
{
    rwda_status status = rw_image_options_read(limits, options, err);

    if (status == RWDA_OK && limits->max_bytes >= 0 && len > (uint64_t)limits->max_bytes)
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "file of %zu bytes is over the limit of %lld", len,
                         (long long)limits->max_bytes);
    return status;
}

rwda_status rw_load_file(rw_decode_fn decode, void *out, const char *path, const rwda_image_options *options,
                         rwda_error *err)
{
    rwda_image_options limits;
    uint8_t           *bytes  = NULL;
    size_t             len    = 0;
    rwda_status        status = RWDA_OK;

    RW_TRY(rw_image_options_read(&limits, options, err));
    RW_TRY(rw_file_read(&bytes, &len, path, (size_t)limits.max_bytes, err));
    status = decode(out, bytes, len, options, err);
    if (status != RWDA_OK)
        (void)rw_fail_prefix(err, status, path);
done:
    free(bytes);
    return status;
}

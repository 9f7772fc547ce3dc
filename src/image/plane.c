/* plane.c - which numbers, one a pixel, does this file hold? */
#include "base/file.h"
#include "format/codec.h"

#include <stdlib.h>
#include <string.h>

rwda_status rwda_plane_decode(rwda_plane **out, const void *bytes, size_t len, const rwda_image_options *options,
                              rwda_error *err)
{
    const rwda_image_options defaults = RWDA_IMAGE_OPTIONS_INIT;
    rw_grey                  grey     = { 0, 0, NULL };
    rwda_plane              *plane    = NULL;
    rwda_status              status   = RWDA_OK;

    *out = NULL;
    if (options == NULL)
        options = &defaults;
    if (options->max_bytes >= 0 && len > (uint64_t)options->max_bytes)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "file of %zu bytes is over the limit of %lld", len,
                       (long long)options->max_bytes);
    if (len >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0)
        RW_TRY(rw_npy_read(&grey, bytes, len, options->max_pixels, err));
    else if (len >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
        RW_TRY(rw_png_grey(&grey, bytes, len, options->max_pixels, err));
    else if (len == 0)
        return rw_fail(err, RWDA_EFORMAT, 0, "the file is empty (0 bytes)");
    else
        return rw_fail(err, RWDA_EUNSUPPORTED, 0, "is neither .npy nor a PNG");
    plane = malloc(sizeof *plane);
    if (plane == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "plane handle, %zu bytes", sizeof *plane);
        goto done;
    }
    *plane      = (rwda_plane){ grey.width, grey.height, grey.values };
    grey.values = NULL;
    *out        = plane;
done:
    free(grey.values);
    return status;
}

rwda_status rwda_plane_load(rwda_plane **out, const char *path, const rwda_image_options *options, rwda_error *err)
{
    const rwda_image_options defaults = RWDA_IMAGE_OPTIONS_INIT;
    uint8_t                 *bytes    = NULL;
    size_t                   len      = 0;
    rwda_status              status   = RWDA_OK;

    *out = NULL;
    if (options == NULL)
        options = &defaults;
    RW_TRY(rw_file_read(&bytes, &len, path, (size_t)options->max_bytes, err));
    status = rwda_plane_decode(out, bytes, len, options, err);
    if (status != RWDA_OK)
        (void)rw_fail_prefix(err, status, path);
done:
    free(bytes);
    return status;
}

void rwda_plane_free(rwda_plane *plane)
{
    if (plane == NULL)
        return;
    free((void *)(uintptr_t)plane->values);
    free(plane);
}

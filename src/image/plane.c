/* plane.c - planes (one number a pixel) from .npy and grey PNG */
#include "image/load.h"

#include "format/codec.h"

#include <stdlib.h>
#include <string.h>

rwda_status rwda_plane_decode(rwda_plane **out, const void *bytes, size_t len, const rwda_image_options *options,
                              rwda_error *err)
{
    rw_grey            grey   = { 0, 0, NULL };
    rwda_plane        *plane  = NULL;
    rwda_status        status = RWDA_OK;
    rwda_image_options limits;
    rw_limits          to_codec;

    *out = NULL;
    RW_TRY(rw_load_limits(&limits, options, len, err));
    to_codec = (rw_limits){ .max_pixels = limits.max_pixels, .cancel = limits.cancel, .user = limits.user };
    if (len >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0)
        RW_TRY(rw_npy_read(&grey, bytes, len, &to_codec, err));
    else if (len >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
        RW_TRY(rw_png_grey(&grey, bytes, len, &to_codec, err));
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

static rwda_status decode(void *out, const void *bytes, size_t len, const rwda_image_options *options, rwda_error *err)
{
    return rwda_plane_decode(out, bytes, len, options, err);
}

rwda_status rwda_plane_load(rwda_plane **out, const char *path, const rwda_image_options *options, rwda_error *err)
{
    *out = NULL;
    return rw_load_file(decode, out, path, options, err);
}

void rwda_plane_free(rwda_plane *plane)
{
    if (plane == NULL)
        return;
    free((void *)(uintptr_t)plane->values);
    free(plane);
}

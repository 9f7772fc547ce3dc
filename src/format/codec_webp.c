/* codec_webp.c - WebP decoder: libwebp, still images */
#include "format/codec.h"

#include "format/exif.h"

#include <string.h>
#include <webp/decode.h>

/* RIFF chunks: four letters, size, content, a byte of padding where the size is odd. */
static int orientation_of(const uint8_t *bytes, size_t len)
{
    for (size_t at = 12; at + 8 <= len;) {
        size_t size = (size_t)bytes[at + 4] | (size_t)bytes[at + 5] << 8 | (size_t)bytes[at + 6] << 16 | (size_t)bytes[at + 7] << 24;

        if (size > len - at - 8)
            return 0;
        if (memcmp(bytes + at, "EXIF", 4) == 0)
            return rw_exif_orientation(bytes + at + 8, size);
        at += 8 + size + (size & 1);
    }
    return 0;
}

rwda_status rw_codec_webp(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    WebPBitstreamFeatures features;
    rwda_status           status = RWDA_OK;

    if (WebPGetFeatures(bytes, len, &features) != VP8_STATUS_OK)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "WebP: the header is damaged or truncated (%zu bytes)", len);
    if (features.has_animation)
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "WebP: an animation; save one frame as a still image");
    status = rw_pixels_new(out, (uint64_t)features.width, (uint64_t)features.height, limits, err);
    if (status != RWDA_OK)
        return status;
    if (WebPDecodeRGBInto(bytes, len, out->rgb, (size_t)out->width * (size_t)out->height * 3, out->width * 3) == NULL)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "WebP: damaged or truncated data (%zu bytes)", len);
    out->orientation = orientation_of(bytes, len);
    return status;
}

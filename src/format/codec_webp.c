/* codec_webp.c - WebP decoder: libwebp, still images */
#include "format/codec.h"

#include <webp/decode.h>

rwda_status rw_codec_webp(rw_pixels *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err)
{
    WebPBitstreamFeatures features;
    rwda_status           status = RWDA_OK;

    if (WebPGetFeatures(bytes, len, &features) != VP8_STATUS_OK)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "WebP: the header is damaged or truncated (%zu bytes)", len);
    if (features.has_animation)
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "WebP: an animation; save one frame as a still image");
    status = rw_pixels_new(out, (uint64_t)features.width, (uint64_t)features.height, max_pixels, err);
    if (status != RWDA_OK)
        return status;
    if (WebPDecodeRGBInto(bytes, len, out->rgb, (size_t)out->width * (size_t)out->height * 3, out->width * 3) == NULL)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "WebP: damaged or truncated data (%zu bytes)", len);
    return status;
}

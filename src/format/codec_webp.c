/* codec_webp.c - WebP decoder: libwebp, still images and the first frame of animations
 *
 * Source: RFC 9649.  Memory: 3 bytes a pixel; lossless ones 4 more. */
#include "format/codec.h"

#include "format/byte_order.h"
#include "format/exif.h"

#include <string.h>
#include <webp/decode.h>

#define STEP ((size_t)1 << 16) /* bytes of the file from one look at `cancel` to the next */

/* A RIFF chunk: four letters, size, content, a byte of padding where the size is odd. */
typedef struct {
    const uint8_t *at, *content;
    size_t         size;
} chunk;

/* The chunk at *at, which goes on to the next one; false: none that is whole. */
static bool next_chunk(chunk *c, const uint8_t **at, const uint8_t *end)
{
    if (end - *at < 8)
        return false;
    *c = (chunk){ *at, *at + 8, (size_t)rw_little_endian(*at + 4, 4) };
    if (c->size > (size_t)(end - c->content))
        return false;
    *at = c->content + c->size + ((c->size & 1) != 0 && c->size < (size_t)(end - c->content));
    return true;
}

static bool is(const chunk *c, const char *letters)
{
    return memcmp(c->at, letters, 4) == 0;
}

/* bytes [len], a whole file or the chunk of one frame -> rgb, rows of `stride` bytes, of which they may fill `size`. */
static rwda_status decode(uint8_t *rgb, size_t size, int stride, const uint8_t *bytes, size_t len, const rw_limits *limits,
                          rwda_error *err)
{
    WebPIDecoder *decoder = WebPINewRGB(MODE_RGB, rgb, size, stride);
    VP8StatusCode code    = VP8_STATUS_SUSPENDED;
    bool          stopped = false;

    if (decoder == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "WebP: no memory for a decoder");
    for (size_t given = 0; code == VP8_STATUS_SUSPENDED && given < len && !stopped;) {
        given   = len - given > STEP ? given + STEP : len;
        stopped = rw_is_cancelled(limits);
        if (!stopped)
            code = WebPIUpdate(decoder, bytes, given);
    }
    WebPIDelete(decoder);
    if (stopped)
        return rw_cancelled(err);
    if (code == VP8_STATUS_OUT_OF_MEMORY)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "WebP: no memory to decode");
    if (code != VP8_STATUS_OK)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "WebP: damaged or truncated data (%zu bytes)", len);
    return RWDA_OK;
}

/* The first frame lies somewhere on the canvas, which is black around it.  Its transparency is not looked at. */
static rwda_status decode_frame(rw_pixels *out, const chunk *frame, const rw_limits *limits, rwda_error *err)
{
    const uint8_t *at = frame->content + 16, *end = frame->content + frame->size;
    size_t         x, y, width, height, stride = 3 * (size_t)out->width, first;
    chunk          part;

    if (frame->size < 16)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "WebP: a frame of %zu bytes", frame->size);
    x      = 2 * (size_t)rw_little_endian(frame->content, 3);
    y      = 2 * (size_t)rw_little_endian(frame->content + 3, 3);
    width  = 1 + (size_t)rw_little_endian(frame->content + 6, 3);
    height = 1 + (size_t)rw_little_endian(frame->content + 9, 3);
    if (x + width > (size_t)out->width || y + height > (size_t)out->height)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET,
                       "WebP: a frame of %zu x %zu at %zu, %zu leaves its canvas of %d x %d", width, height, x, y,
                       out->width, out->height);
    while (next_chunk(&part, &at, end))
        if (is(&part, "VP8 ") || is(&part, "VP8L")) {
            int w = 0, h = 0;

            if (!WebPGetInfo(part.at, part.size + 8, &w, &h) || (size_t)w != width || (size_t)h != height)
                return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "WebP: a frame of %d x %d, announced as %zu x %zu", w, h,
                               width, height);
            first = y * stride + 3 * x;
            memset(out->rgb, 0, stride * (size_t)out->height);
            return decode(out->rgb + first, stride * (size_t)out->height - first, (int)stride, part.at, part.size + 8,
                          limits, err);
        }
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "WebP: a frame without an image");
}

rwda_status rw_codec_webp(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    WebPBitstreamFeatures features;
    const uint8_t        *at     = bytes + 12;
    chunk                 frame  = { .at = NULL }, c;
    int                   frames = 0;
    rwda_status           status;

    if (WebPGetFeatures(bytes, len, &features) != VP8_STATUS_OK)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "WebP: the header is damaged or truncated (%zu bytes)", len);
    status = rw_pixels_new(out, (uint64_t)features.width, (uint64_t)features.height, limits, err);
    if (status != RWDA_OK)
        return status;
    while (next_chunk(&c, &at, bytes + len))
        if (is(&c, "EXIF") && out->orientation == 0)
            out->orientation = rw_exif_orientation(c.content, c.size);
        else if (is(&c, "ANMF") && frames++ == 0)
            frame = c;
    if (features.has_animation && frames == 0)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "WebP: an animation without a whole frame (%zu bytes)", len);
    if (!features.has_animation)
        return decode(out->rgb, 3 * (size_t)out->width * (size_t)out->height, 3 * out->width, bytes, len, limits, err);
    out->pages = frames;
    return decode_frame(out, &frame, limits, err);
}

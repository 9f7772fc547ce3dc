/* codec_bmp.c - BMP decoder: uncompressed, 1 to 32 bits, BITMAPINFOHEADER and later; memory: 3 bytes a pixel */
#include "format/codec.h"

typedef struct {
    uint32_t data_at, header_size, compression, colours;
    int64_t  width, height;
    uint32_t bits;
    bool     top_down;
} bmp_header;

static uint32_t le32(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static uint32_t le16(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

static rwda_status read_header(bmp_header *h, const uint8_t *bytes, size_t len, rwda_error *err)
{
    int32_t height;

    if (len < 54)
        return rw_fail(err, RWDA_EFORMAT, (int64_t)len, "BMP: %zu bytes are shorter than its 54-byte header", len);
    *h          = (bmp_header){ .data_at     = le32(bytes + 10),
                                .header_size = le32(bytes + 14),
                                .bits        = le16(bytes + 28),
                                .compression = le32(bytes + 30),
                                .colours     = le32(bytes + 46) };
    height      = (int32_t)le32(bytes + 22);
    h->width    = (int32_t)le32(bytes + 18);
    h->top_down = height < 0;
    h->height   = height < 0 ? -(int64_t)height : height;
    if (h->header_size < 40 || h->width < 1)
        return rw_fail(err, RWDA_EFORMAT, 14, "BMP: header of %u bytes, width %lld", h->header_size, (long long)h->width);
    if (h->bits != 1 && h->bits != 4 && h->bits != 8 && h->bits != 24 && h->bits != 32)
        return rw_fail(err, RWDA_EUNSUPPORTED, 28, "BMP: %u bits a pixel; 1, 4, 8, 24 and 32 are supported", h->bits);
    if (h->compression != 0 && !(h->compression == 3 && h->bits == 32))
        return rw_fail(err, RWDA_EUNSUPPORTED, 30, "BMP: compression %u; save it uncompressed", h->compression);
    if (h->compression == 3 &&
        (len < 66 || le32(bytes + 54) != 0xff0000 || le32(bytes + 58) != 0xff00 || le32(bytes + 62) != 0xff))
        return rw_fail(err, RWDA_EUNSUPPORTED, 54, "BMP: unusual colour masks; save it as 24 bit");
    return RWDA_OK;
}

/* Pixel x of a row through the palette. */
static const uint8_t *palette_entry(const uint8_t *row, int64_t x, uint32_t bits, const uint8_t *palette, uint32_t colours)
{
    uint32_t shift = 8 - bits - (uint32_t)(x * bits) % 8;
    uint32_t index = bits == 8 ? row[x] : (uint32_t)row[x * bits / 8] >> shift & ((1u << bits) - 1);

    return index < colours ? palette + 4 * (size_t)index : NULL;
}

rwda_status rw_codec_bmp(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    bmp_header  h      = { 0 };
    rwda_status status = read_header(&h, bytes, len, err);
    size_t      stride, palette_at, need;

    if (status != RWDA_OK)
        return status;
    status = rw_pixels_new(out, (uint64_t)h.width, (uint64_t)h.height, limits, err);
    if (status != RWDA_OK)
        return status;
    stride     = ((size_t)h.width * h.bits + 31) / 32 * 4;
    palette_at = 14 + (size_t)h.header_size;
    if (h.bits <= 8) {
        if (h.colours == 0 || h.colours > 1u << h.bits)
            h.colours = 1u << h.bits;
        if (palette_at > len || (len - palette_at) / 4 < h.colours)
            return rw_fail(err, RWDA_EFORMAT, (int64_t)palette_at, "BMP: palette of %u colours does not fit %zu bytes",
                           h.colours, len);
    }
    need = stride * (size_t)h.height; /* within max_pixels * 4 */
    if (h.data_at > len || len - h.data_at < need)
        return rw_fail(err, RWDA_EFORMAT, (int64_t)len, "BMP: truncated; pixels need %zu bytes from %u, the file has %zu",
                       need, h.data_at, len);
    for (int64_t y = 0; y < h.height; y++) {
        const uint8_t *row = bytes + h.data_at + stride * (size_t)(h.top_down ? y : h.height - 1 - y);
        uint8_t       *rgb = out->rgb + (size_t)y * (size_t)h.width * 3;

        if (rw_is_cancelled(limits))
            return rw_cancelled(err);
        for (int64_t x = 0; x < h.width; x++, rgb += 3) {
            const uint8_t *bgr =
                h.bits >= 24 ? row + x * (h.bits / 8) : palette_entry(row, x, h.bits, bytes + palette_at, h.colours);

            for (int c = 0; c < 3; c++)
                rgb[c] = bgr != NULL ? bgr[2 - c] : 0;
        }
    }
    return RWDA_OK;
}

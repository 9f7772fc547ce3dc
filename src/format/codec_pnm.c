/* codec_pnm.c - PBM, PGM and PPM decoder: P1 to P6, 8 and 16 bit; memory: 3 bytes a pixel */
#include "format/codec.h"

#include <math.h>

typedef struct {
    const uint8_t *bytes;
    size_t         len, at;
} pnm_source;

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= 9 && c <= 13);
}

static void skip_space(pnm_source *s)
{
    while (s->at < s->len && (is_space(s->bytes[s->at]) || s->bytes[s->at] == '#'))
        if (s->bytes[s->at++] == '#')
            while (s->at < s->len && s->bytes[s->at] != '\n')
                s->at++;
}

static bool read_number(pnm_source *s, uint32_t *out)
{
    uint64_t value = 0;
    size_t   start;

    skip_space(s);
    for (start = s->at; s->at < s->len && s->bytes[s->at] >= '0' && s->bytes[s->at] <= '9'; s->at++)
        if (value < UINT32_MAX)
            value = value * 10 + (uint64_t)(s->bytes[s->at] - '0');
    *out = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    return s->at > start;
}

/* One bitmap pixel in text: '0' or '1', spaces are optional. */
static bool read_bit(pnm_source *s, uint32_t *out)
{
    skip_space(s);
    if (s->at >= s->len || (s->bytes[s->at] != '0' && s->bytes[s->at] != '1'))
        return false;
    *out = (uint32_t)(s->bytes[s->at++] - '0');
    return true;
}

static bool read_sample(pnm_source *s, uint32_t *out, int magic, uint32_t top)
{
    size_t size = top > 255 ? 2 : 1;

    if (magic == 1)
        return read_bit(s, out);
    if (magic <= 3)
        return read_number(s, out);
    if (s->len - s->at < size)
        return false;
    *out = size == 2 ? (uint32_t)s->bytes[s->at] << 8 | s->bytes[s->at + 1] : s->bytes[s->at];
    s->at += size;
    return true;
}

/* To 0..255, as Pillow scales: Python's round(value / top * 255), halves to even. */
static uint8_t to_byte(uint32_t value, uint32_t top)
{
    value = value < top ? value : top;
    return (uint8_t)lrint((double)value / top * 255.0);
}

static bool read_row(rw_pixels *out, int y, pnm_source *s, int magic, uint32_t top, int depth)
{
    int      width = out->width;
    uint8_t *rgb   = out->rgb + 3 * (size_t)y * (size_t)width;

    for (int x = 0; x < width; x++, rgb += 3) {
        uint32_t sample = 0;

        if (magic == 4) { /* bits, rows padded to bytes; 1 is black */
            bool black;

            if (s->at + (size_t)x / 8 >= s->len)
                return false;
            black  = (s->bytes[s->at + (size_t)x / 8] >> (7 - x % 8) & 1) != 0;
            rgb[0] = rgb[1] = rgb[2] = black ? 0 : 255;
            continue;
        }
        for (int c = 0; c < 3; c++) {
            if ((c == 0 || magic == 3 || magic == 6) && !read_sample(s, &sample, magic, top))
                return false;
            if (top > 255 && (int64_t)sample > out->largest)
                out->largest = (int)(sample < top ? sample : top);
            rgb[c] = magic == 1                                    ? (sample ? 0 : 255)
                     : top > 255 && depth > 0 && depth < out->bits ? to_byte(sample >> (depth - 8), 255)
                                                                   : to_byte(sample, top);
        }
    }
    if (magic == 4)
        s->at += ((size_t)width + 7) / 8;
    return true;
}

rwda_status rw_codec_pnm(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    pnm_source  s     = { bytes, len, 2 };
    int         magic = bytes[1] - '0'; /* P1 .. P6 */
    uint32_t    width, height, top = 1;
    rwda_status status;

    if (!read_number(&s, &width) || !read_number(&s, &height) || (magic != 1 && magic != 4 && !read_number(&s, &top)))
        return rw_fail(err, RWDA_EFORMAT, (int64_t)s.at, "PNM: width, height or largest value is missing");
    if (top < 1 || top > 65535)
        return rw_fail(err, RWDA_EFORMAT, (int64_t)s.at, "PNM: largest value %u is not in 1..65535", top);
    s.at++; /* exactly one space before the samples */
    status = rw_pixels_new(out, width, height, limits, err);
    for (out->bits = 1; top >> out->bits != 0;)
        out->bits++;
    for (int y = 0; status == RWDA_OK && y < out->height; y++)
        if (rw_is_cancelled(limits))
            status = rw_cancelled(err);
        else if (s.at > len || !read_row(out, y, &s, magic, top, limits->depth))
            status = rw_fail(err, RWDA_EFORMAT, (int64_t)len, "PNM: truncated in row %d of %d", y, out->height);
    return status;
}

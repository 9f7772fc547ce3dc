#include "format/tiff_samples.h"

#include <math.h>
#include <string.h>

/* Sample i of a row whose samples lie bit by bit behind one another, the high bit first. */
static uint32_t packed(const uint8_t *row, size_t i, int bits)
{
    uint32_t value = 0;

    for (size_t bit = i * (size_t)bits, end = bit + (size_t)bits; bit < end; bit++)
        value = value << 1 | ((uint32_t)row[bit / 8] >> (7 - bit % 8) & 1u);
    return value;
}

static uint32_t unsigned_sample(const uint8_t *row, size_t i, int bits)
{
    uint16_t value;

    if (bits == 8)
        return row[i];
    if (bits != 16)
        return packed(row, i, bits);
    memcpy(&value, row + 2 * i, sizeof value);
    return value;
}

static double half(uint16_t bits)
{
    int    exponent = bits >> 10 & 31, fraction = bits & 1023;
    double value = exponent == 0    ? ldexp(fraction, -24)
                   : exponent == 31 ? (fraction != 0 ? (double)NAN : (double)INFINITY)
                                    : ldexp(fraction + 1024, exponent - 25);

    return bits >> 15 != 0 ? -value : value;
}

#define SAMPLE_AS(type)                                                                                                     \
    do {                                                                                                                    \
        type value;                                                                                                         \
        memcpy(&value, row + i * sizeof value, sizeof value);                                                               \
        return (double)value;                                                                                               \
    } while (0)

static double any_sample(const uint8_t *row, size_t i, const rw_tiff_layout *layout)
{
    if (layout->format == RW_TIFF_FLOAT) {
        if (layout->bits == 64)
            SAMPLE_AS(double);
        if (layout->bits == 32)
            SAMPLE_AS(float);
        return half((uint16_t)unsigned_sample(row, i, 16));
    }
    if (layout->format == RW_TIFF_SIGNED) {
        if (layout->bits == 32)
            SAMPLE_AS(int32_t);
        if (layout->bits == 16)
            SAMPLE_AS(int16_t);
        SAMPLE_AS(int8_t);
    }
    SAMPLE_AS(uint32_t);
}

/* Whether samples have a range of their own: 0 to all bits set. */
static bool has_range(const rw_tiff_layout *layout)
{
    return layout->format == RW_TIFF_UNSIGNED && layout->bits <= 16;
}

/* Sample i of a row as 0..255. */
static int byte_of(rw_pixels *out, rw_tiff_layout *layout, const uint8_t *row, size_t i, int depth)
{
    if (has_range(layout)) {
        uint32_t value = unsigned_sample(row, i, layout->bits);

        if (layout->bits <= 8) {
            uint32_t top = (1u << layout->bits) - 1;

            return (int)((value * 255 + top / 2) / top);
        }
        if ((int)value > out->largest)
            out->largest = (int)value;
        value >>= (depth > 0 && depth < layout->bits ? depth : layout->bits) - 8;
        return value < 255 ? (int)value : 255;
    } else {
        double value = any_sample(row, i, layout);

        layout->least = value >= layout->least ? layout->least : value; /* a NaN stays */
        layout->most  = value <= layout->most ? layout->most : value;
        if (depth > 0 && layout->format != RW_TIFF_FLOAT)
            value = floor(ldexp(value, 8 - depth));
        return value >= 255.0 ? 255 : value > 0.0 ? (int)value : 0;
    }
}

rwda_status rw_tiff_check_range(const rw_tiff_layout *layout, int depth, rwda_error *err)
{
    bool is_float = layout->format == RW_TIFF_FLOAT;

    if (has_range(layout) || (depth > 0 && !is_float))
        return RWDA_OK;
    if (layout->least >= 0.0 && layout->most <= 255.0 && !(is_float && layout->most > 0.0 && layout->most <= 1.0))
        return RWDA_OK;
    return rw_fail(
        err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
        "TIFF: %d-bit %s samples from %g to %g, which are not 0..255; scale them and save 8 or 16 bits without a sign",
        layout->bits,
        is_float                           ? "float"
        : layout->format == RW_TIFF_SIGNED ? "signed"
                                           : "whole-number",
        layout->least, layout->most);
}

/* Source: CIE 15, 8.2.1; IEC 61966-2-1 (sRGB); white D50 to D65 by Bradford's matrix. */
static void lab_to_rgb(uint8_t *rgb, double l, double a, double b)
{
    static const double xyz_to_rgb[3][3] = { { 3.1338561, -1.6168667, -0.4906146 },
                                             { -0.9787684, 1.9161415, 0.0334540 },
                                             { 0.0719453, -0.2289914, 1.4052427 } };
    static const double white[3]         = { 0.9642, 1.0, 0.8249 };
    double              y = (l + 16.0) / 116.0, f[3] = { y + a / 500.0, y, y - b / 200.0 }, xyz[3];

    for (int i = 0; i < 3; i++)
        xyz[i] = white[i] * (f[i] > 6.0 / 29.0 ? f[i] * f[i] * f[i] : (f[i] - 4.0 / 29.0) * 108.0 / 841.0);
    for (int i = 0; i < 3; i++) {
        double linear = xyz_to_rgb[i][0] * xyz[0] + xyz_to_rgb[i][1] * xyz[1] + xyz_to_rgb[i][2] * xyz[2];
        double value  = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1.0 / 2.4) - 0.055;

        rgb[i] = (uint8_t)(value >= 1.0 ? 255.0 : value > 0.0 ? floor(value * 255.0 + 0.5) : 0.0);
    }
}

/* As stored: L 0..100 over all values, a and b -128..127 with a sign, or of ICC's kind from 0. */
static void lab_pixel(uint8_t *rgb, const rw_tiff_layout *layout, const uint32_t *v)
{
    double step = layout->bits == 16 ? 256.0 : 1.0,
           top  = layout->bits == 16 ? (layout->colour == RW_TIFF_ICCLAB ? 65280.0 : 65535.0) : 255.0;
    double ab[2];

    for (int i = 0; i < 2; i++) {
        double value = v[1 + i] / step;

        ab[i] = layout->colour == RW_TIFF_ICCLAB ? value - 128.0 : value >= 128.0 ? value - 256.0 : value;
    }
    lab_to_rgb(rgb, v[0] * 100.0 / top, ab[0], ab[1]);
}

static uint8_t over_alpha(int colour, int alpha)
{
    int value = alpha == 0 ? 0 : colour * 255 / alpha;

    return (uint8_t)(value < 255 ? value : 255);
}

void rw_tiff_row(uint8_t *rgb, rw_pixels *out, rw_tiff_layout *layout, const uint8_t *const *planes, size_t n, int depth)
{
    size_t step  = layout->separate ? 1 : (size_t)layout->samples;
    int    count = layout->colours + layout->associated;

    if (layout->colour == RW_TIFF_RGB && layout->bits == 8 && step == 3 && count == 3 && has_range(layout)) {
        memcpy(rgb, planes[0], 3 * n);
        return;
    }
    for (size_t x = 0; x < n; x++, rgb += 3) {
        int bytes[RW_TIFF_SAMPLES_MAX];

        if (layout->colour == RW_TIFF_PALETTE) {
            uint32_t index = unsigned_sample(planes[0], x * step, layout->bits);

            for (int c = 0; c < 3; c++)
                rgb[c] = (uint8_t)(layout->palette[c][index] >> 8);
            continue;
        }
        if (layout->colour >= RW_TIFF_CIELAB) {
            uint32_t v[3];

            for (size_t c = 0; c < 3; c++)
                v[c] = layout->separate ? unsigned_sample(planes[c], x, layout->bits)
                                        : unsigned_sample(planes[0], x * step + c, layout->bits);
            lab_pixel(rgb, layout, v);
            continue;
        }
        for (int c = 0; c < count; c++)
            bytes[c] = layout->separate ? byte_of(out, layout, planes[c], x, depth)
                                        : byte_of(out, layout, planes[0], x * step + (size_t)c, depth);
        if (layout->colour == RW_TIFF_YCBCR) {
            rw_ycbcr_to_rgb(rgb, bytes[0], bytes[1], bytes[2]);
            continue;
        }
        for (int c = 0; c < 3; c++) {
            int value = bytes[layout->colours == 1 ? 0 : c];

            if (layout->colour == RW_TIFF_CMYK)
                value = rw_cmyk_to_rgb(255 - value, 255 - bytes[3]);
            if (layout->colour == RW_TIFF_WHITE_IS_ZERO)
                value = 255 - value;
            rgb[c] = layout->associated ? over_alpha(value, bytes[layout->colours]) : (uint8_t)value;
        }
    }
}

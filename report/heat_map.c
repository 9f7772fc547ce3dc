#include "report/heat_map.h"

#include "common/image_writer.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COLOUR_SHARE 0.5 /* of an overlay's brightest pixel; the rest is the image in grey */

/* The scale's corners in OKLab (B. Ottosson, 2020), evenly spaced: lightness, green-red, blue-yellow. */
static const double corners[][3] = {
    { 0.15, 0.015, -0.07 }, { 0.35, 0.09, -0.11 }, { 0.55, 0.17, 0.03 }, { 0.75, 0.08, 0.14 }, { 0.95, -0.02, 0.10 },
};

/* Linear light 0..1 to an sRGB byte (IEC 61966-2-1). */
static uint8_t to_byte(double v)
{
    v = v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1.0 / 2.4) - 0.055;
    return (uint8_t)(v <= 0.0 ? 0.0 : v >= 1.0 ? 255.0 : 255.0 * v + 0.5);
}

static void from_oklab(uint8_t rgb[3], const double lab[3])
{
    double l = lab[0] + 0.3963377774 * lab[1] + 0.2158037573 * lab[2];
    double m = lab[0] - 0.1055613458 * lab[1] - 0.0638541728 * lab[2];
    double s = lab[0] - 0.0894841775 * lab[1] - 1.2914855480 * lab[2];

    l *= l * l;
    m *= m * m;
    s *= s * s;
    rgb[0] = to_byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
    rgb[1] = to_byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
    rgb[2] = to_byte(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
}

void heat_table(uint8_t table[256][3])
{
    const int last = (int)(sizeof corners / sizeof corners[0]) - 1;

    for (int i = 0; i < 256; i++) {
        double at = (double)i * last / 255, share, lab[3];
        int    c  = (int)at < last ? (int)at : last - 1;

        share = at - c;
        for (int k = 0; k < 3; k++)
            lab[k] = (1 - share) * corners[c][k] + share * corners[c + 1][k];
        from_oklab(table[i], lab);
    }
}

/* Whether pixel (x, y) belongs to the mask and one of its four neighbours does not. */
static bool on_outline(const uint8_t *mask, int x, int y, int width, int height)
{
    const uint8_t *at = mask + (size_t)y * (size_t)width + (size_t)x;

    return at[0] != 0 && ((x > 0 && at[-1] == 0) || (x + 1 < width && at[1] == 0) || (y > 0 && at[-width] == 0) ||
                          (y + 1 < height && at[width] == 0));
}

void heat_overlay(uint8_t *out, const rwda_image *image, const float *map, float scale, const uint8_t *inside,
                  const uint8_t *mask)
{
    uint8_t table[256][3];

    heat_table(table);
    for (int y = 0; y < image->height; y++) {
        const uint8_t *pixel = image->pixels + (size_t)y * image->stride;

        for (int x = 0; x < image->width; x++, pixel += 3, out += 3) {
            size_t         i     = (size_t)y * (size_t)image->width + (size_t)x;
            double         grey  = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
            double         value = map[i] > 0.0f ? map[i] < scale ? (double)(map[i] / scale) : 1.0 : 0.0;
            const uint8_t *hot   = table[(int)(255.0 * value + 0.5)];

            if (mask != NULL && on_outline(mask, x, y, image->width, image->height))
                memset(out, 255, 3);
            else if (inside != NULL && inside[i] == 0)
                memset(out, (int)(grey / 3), 3);
            else
                for (int c = 0; c < 3; c++)
                    out[c] = (uint8_t)(grey + COLOUR_SHARE * value * (hot[c] - grey) + 0.5);
        }
    }
}

uint8_t *heat_overlay_png(size_t *len, const rwda_image *image, const float *map, float scale, const uint8_t *inside,
                          const uint8_t *mask)
{
    uint8_t *rgb = calloc((size_t)image->width * (size_t)image->height, 3), *png = NULL;

    if (rgb != NULL) {
        heat_overlay(rgb, image, map, scale, inside, mask);
        png = png_write(len, rgb, image->width, image->height, PNG_RGB8);
    }
    free(rgb);
    return png;
}

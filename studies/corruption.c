#include "studies/corruption.h"

#include "base/random.h"
#include "base/status.h"
#include "common/image_writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const corruption corruptions[] = {
    { CORRUPTION_BRIGHTNESS, "brightness-070", "brightness x 0.7", 0.7 },
    { CORRUPTION_BRIGHTNESS, "brightness-130", "brightness x 1.3", 1.3 },
    { CORRUPTION_BLUR, "blur-05", "blur of sigma 0.5 % of the side", 0.005 },
    { CORRUPTION_BLUR, "blur-15", "blur of sigma 1.5 % of the side", 0.015 },
    { CORRUPTION_NOISE, "noise-10", "noise of sigma 10 grey levels", 10 },
    { CORRUPTION_NOISE, "noise-30", "noise of sigma 30 grey levels", 30 },
    { CORRUPTION_JPEG, "jpeg-30", "JPEG quality 30", 30 },
    { CORRUPTION_JPEG, "jpeg-10", "JPEG quality 10", 10 },
    { CORRUPTION_ROTATION, "rotation-5", "rotated by 5 degrees", 5 },
    { CORRUPTION_ROTATION, "rotation-20", "rotated by 20 degrees", 20 },
    { CORRUPTION_SCALE, "scale-075", "scale 0.75", 0.75 },
    { CORRUPTION_SCALE, "scale-133", "scale 1.33", 1.33 },
    { CORRUPTION_BACKGROUND, "background-85", "85 % of each side on stripes", 0.85 },
    { CORRUPTION_BACKGROUND, "background-70", "70 % of each side on stripes", 0.7 },
};
const size_t n_corruptions = RW_COUNTOF(corruptions);

/* Header and pixels in one block, so that free() ends both.  Sizes are those of a decoded image: they fit. */
static rwda_image *blank(int width, int height)
{
    size_t      stride = 3 * (size_t)width;
    rwda_image *out    = malloc(sizeof *out + stride * (size_t)height);

    if (out != NULL)
        *out = (rwda_image){ width, height, stride, (const uint8_t *)(out + 1) };
    return out;
}

static uint8_t *row_of(rwda_image *image, int y)
{
    return (uint8_t *)(image + 1) + (size_t)y * image->stride;
}

static uint8_t level(double v)
{
    return (uint8_t)(v <= 0 ? 0 : v >= 255 ? 255 : v + 0.5);
}

/* The border is mirrored: -1 reads 0, n reads n - 1. */
static int mirrored(int i, int n)
{
    i = i % (2 * n);
    i = i < 0 ? i + 2 * n : i;
    return i < n ? i : 2 * n - 1 - i;
}

/* Bilinear, channel c at (x, y). */
static double sample(const rwda_image *in, double x, double y, int c)
{
    double fx = floor(x), fy = floor(y), ax = x - fx, ay = y - fy, v[2][2];

    for (int j = 0; j < 2; j++)
        for (int i = 0; i < 2; i++)
            v[j][i] = in->pixels[(size_t)mirrored((int)fy + j, in->height) * in->stride +
                                 3 * (size_t)mirrored((int)fx + i, in->width) + (size_t)c];
    return (1 - ay) * ((1 - ax) * v[0][0] + ax * v[0][1]) + ay * ((1 - ax) * v[1][0] + ax * v[1][1]);
}

/* Pixels of the result come from the rotated and scaled place in the image. */
static void warp(rwda_image *out, const rwda_image *in, double scale, double degrees)
{
    double cx = 0.5 * (in->width - 1), cy = 0.5 * (in->height - 1), turn = degrees * 3.141592653589793 / 180;

    for (int y = 0; y < out->height; y++)
        for (int x = 0; x < out->width; x++)
            for (int c = 0; c < 3; c++) {
                double dx = (x - cx) / scale, dy = (y - cy) / scale;

                row_of(out, y)[3 * x + c] =
                    level(sample(in, cx + cos(turn) * dx + sin(turn) * dy, cy - sin(turn) * dx + cos(turn) * dy, c));
            }
}

/* Diagonal stripes, drawn before the shrunk image. */
static void on_stripes(rwda_image *out, const rwda_image *in, double share)
{
    int    width = (int)(share * in->width), height = (int)(share * in->height), band;
    int    left = (in->width - width) / 2, top = (in->height - height) / 2;
    double step = 1 / share;

    band = (in->width < in->height ? in->width : in->height) / 12 + 1;
    for (int y = 0; y < out->height; y++)
        for (int x = 0; x < out->width; x++)
            for (int c = 0; c < 3; c++) {
                bool inside = x >= left && x < left + width && y >= top && y < top + height;

                row_of(out, y)[3 * x + c] =
                    inside ? level(sample(in, (x - left + 0.5) * step - 0.5, (y - top + 0.5) * step - 0.5, c))
                           : (uint8_t)((x + y) / band % 2 ? 150 : 70 + 20 * c);
            }
}

/* One direction of a Gaussian; weights [radius + 1] from the middle outwards, of sum 1 with both sides. */
static void blur_pass(rwda_image *out, const rwda_image *in, const double *weights, int radius, bool along_x)
{
    for (int y = 0; y < in->height; y++)
        for (int x = 0; x < in->width; x++) {
            double sums[3] = { 0, 0, 0 };

            for (int k = -radius; k <= radius; k++) {
                const uint8_t *from = in->pixels + (size_t)mirrored(along_x ? y : y + k, in->height) * in->stride +
                                      3 * (size_t)mirrored(along_x ? x + k : x, in->width);

                for (int c = 0; c < 3; c++)
                    sums[c] += weights[abs(k)] * from[c];
            }
            for (int c = 0; c < 3; c++)
                row_of(out, y)[3 * x + c] = level(sums[c]);
        }
}

static bool blur(rwda_image *out, const rwda_image *in, double share)
{
    double      sigma = share * (in->width < in->height ? in->width : in->height), sum = 0;
    int         radius  = (int)(3 * sigma) + 1;
    double     *weights = calloc((size_t)radius + 1, sizeof *weights);
    rwda_image *middle  = blank(in->width, in->height);
    bool        fine    = weights != NULL && middle != NULL;

    for (int k = 0; fine && k <= radius; k++) {
        weights[k] = exp(-0.5 * k * k / (sigma * sigma));
        sum += (k > 0 ? 2 : 1) * weights[k];
    }
    for (int k = 0; fine && k <= radius; k++)
        weights[k] /= sum;
    if (fine) {
        blur_pass(middle, in, weights, radius, true);
        blur_pass(out, middle, weights, radius, false);
    }
    free(weights);
    free(middle);
    return fine;
}

/* Approximately normal: the sum of twelve uniform numbers (Irwin and Hall) less its mean. */
static double normal(uint64_t *state)
{
    double sum = -6;

    for (int i = 0; i < 12; i++)
        sum += (double)(rw_splitmix64(state) >> 11) / 9007199254740992.0; /* 2^53 */
    return sum;
}

static bool through_jpeg(rwda_image *out, const rwda_image *in, int quality)
{
    size_t      len;
    uint8_t    *bytes   = jpeg_write(&len, in->pixels, in->stride, in->width, in->height, quality, false);
    rwda_image *decoded = NULL;
    bool        fine    = bytes != NULL && rwda_image_decode(&decoded, bytes, len, NULL, NULL) == RWDA_OK;

    for (int y = 0; fine && y < out->height; y++)
        memcpy(row_of(out, y), decoded->pixels + (size_t)y * decoded->stride, out->stride);
    rwda_image_free(decoded);
    free(bytes);
    return fine;
}

/* Every channel by itself: other light, or noise from a stream of the image's number. */
static void per_value(rwda_image *out, const rwda_image *in, const corruption *c, size_t number)
{
    uint64_t state = number;

    for (int y = 0; y < out->height; y++)
        for (int x = 0; x < 3 * out->width; x++) {
            double v = in->pixels[(size_t)y * in->stride + (size_t)x];

            row_of(out, y)[x] = level(c->type == CORRUPTION_NOISE ? v + c->amount * normal(&state) : v * c->amount);
        }
}

rwda_image *corruption_apply(const rwda_image *image, const void *how, size_t number)
{
    const corruption *c    = how;
    rwda_image       *out  = blank(image->width, image->height);
    bool              fine = out != NULL;

    if (!fine)
        return NULL;
    switch (c->type) {
    case CORRUPTION_BLUR: fine = blur(out, image, c->amount); break;
    case CORRUPTION_JPEG: fine = through_jpeg(out, image, (int)c->amount); break;
    case CORRUPTION_ROTATION: warp(out, image, 1, c->amount); break;
    case CORRUPTION_SCALE: warp(out, image, c->amount, 0); break;
    case CORRUPTION_BACKGROUND: on_stripes(out, image, c->amount); break;
    case CORRUPTION_BRIGHTNESS:
    case CORRUPTION_NOISE: per_value(out, image, c, number); break;
    }
    if (!fine) {
        free(out);
        out = NULL;
    }
    return out;
}

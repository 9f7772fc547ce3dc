#include "format/codec.h"

#include <inttypes.h>
#include <stdlib.h>

#define SIDE_MAX 1000000 /* pixels: keeps every product of two sides far from overflow */

/* Sides and their product within the limits? */
static rwda_status check_size(uint64_t width, uint64_t height, int64_t max_pixels, rwda_error *err)
{
    if (width == 0 || height == 0)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "image of %" PRIu64 " x %" PRIu64 " pixels", width, height);
    if (width > SIDE_MAX || height > SIDE_MAX || width * height > (uint64_t)max_pixels)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                       "image of %" PRIu64 " x %" PRIu64 " pixels is over the limit of %" PRId64, width, height, max_pixels);
    return RWDA_OK;
}

rwda_status rw_pixels_new(rw_pixels *out, uint64_t width, uint64_t height, const rw_limits *limits, rwda_error *err)
{
    rwda_status status = check_size(width, height, limits->max_pixels, err);

    if (status != RWDA_OK)
        return status;
    out->rgb = malloc((size_t)(width * height) * 3);
    if (out->rgb == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "image of %" PRIu64 " x %" PRIu64 " pixels", width, height);
    out->width  = (int)width;
    out->height = (int)height;
    out->bits   = 8;
    out->pages  = 1;
    return RWDA_OK;
}

rwda_status rw_grey_new(rw_grey *out, uint64_t width, uint64_t height, const rw_limits *limits, rwda_error *err)
{
    rwda_status status = check_size(width, height, limits->max_pixels, err);

    if (status != RWDA_OK)
        return status;
    out->values = rw_new_array((size_t)(width * height), sizeof *out->values);
    if (out->values == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%" PRIu64 " x %" PRIu64 " numbers", width, height);
    out->width  = (int)width;
    out->height = (int)height;
    return RWDA_OK;
}

void rw_pixels_reduce(rw_pixels *out, size_t at, const uint16_t *samples, size_t n, const rw_limits *limits)
{
    int      shift = (limits->depth > 0 && limits->depth < out->bits ? limits->depth : out->bits) - 8;
    uint8_t *to    = out->rgb + at;
    int      most  = out->largest;

    for (size_t i = 0; i < n; i++) {
        int byte = samples[i] >> shift;

        most  = samples[i] > most ? samples[i] : most;
        to[i] = (uint8_t)(byte < 255 ? byte : 255);
    }
    out->largest = most;
}

/* Its tables hold c * 64 (v - 128) + 1/2, cut to whole numbers towards 0. */
static int part(double c, int v)
{
    return (int)(c * 64.0 * (v - 128) + 0.5);
}

static uint8_t clipped(int v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

void rw_ycbcr_to_rgb(uint8_t *rgb, int y, int cb, int cr)
{
    rgb[0] = clipped(y + (part(1.402, cr) >> 6));
    rgb[1] = clipped(y + ((part(-0.34414, cb) + part(-0.71414, cr)) >> 6));
    rgb[2] = clipped(y + (part(1.772, cb) >> 6));
}

uint8_t rw_cmyk_to_rgb(int colour, int black)
{
    int mixed = colour * black + 128;

    return (uint8_t)((mixed + (mixed >> 8)) >> 8);
}

bool rw_is_cancelled(const rw_limits *limits)
{
    return limits->cancel != NULL && limits->cancel(limits->user) != 0;
}

rwda_status rw_cancelled(rwda_error *err)
{
    return rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "decoding was cancelled");
}

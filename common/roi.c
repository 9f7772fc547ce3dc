#include "common/roi.h"

#include "common/image_reading.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CORNERS_MAX 1000

struct roi {
    double      x[CORNERS_MAX], y[CORNERS_MAX]; /* a polygon's corners; a rectangle is one */
    int         corners;                        /* 0: a mask */
    rwda_image *mask;
};

/* Numbers with commas between them; how many, or -1. */
static int read_numbers(double *out, int most, const char *text)
{
    for (int n = 0; n < most;) {
        char *end;

        out[n] = strtod(text, &end);
        if (end == text || !isfinite(out[n]) || fabs(out[n]) > 1e9)
            return -1;
        n++;
        if (*end == '\0')
            return n;
        if (*end != ',')
            return -1;
        text = end + 1;
    }
    return -1;
}

static bool read_corners(roi *r, const char *text)
{
    double *numbers = calloc(2 * CORNERS_MAX, sizeof *numbers);
    bool    rect    = strncmp(text, "rect:", 5) == 0;
    int     n       = numbers == NULL ? -1 : read_numbers(numbers, 2 * CORNERS_MAX, strchr(text, ':') + 1);
    bool    fine    = rect ? n == 4 && numbers[2] > 0 && numbers[3] > 0 : n >= 6 && n % 2 == 0;

    r->corners = rect ? 4 : n / 2;
    for (int i = 0; fine && i < r->corners; i++) {
        r->x[i] = rect ? numbers[0] + (i == 1 || i == 2 ? numbers[2] : 0) : numbers[2 * i];
        r->y[i] = rect ? numbers[1] + (i >= 2 ? numbers[3] : 0) : numbers[2 * i + 1];
    }
    free(numbers);
    return fine;
}

rwda_status roi_new(roi **out, const char *text, const rwda_image_options *options, rwda_error *err)
{
    roi        *r      = calloc(1, sizeof *r);
    rwda_status status = RWDA_OK;

    *out = NULL;
    if (r == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a region of interest");
    if (strncmp(text, "mask:", 5) == 0)
        status = rwda_image_load(&r->mask, text + 5, options, err);
    else if (strncmp(text, "rect:", 5) != 0 && strncmp(text, "polygon:", 8) != 0)
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                         "\"%.200s\" is not one of rect:X,Y,WIDTH,HEIGHT, polygon:X,Y,X,Y,X,Y,... and mask:FILE", text);
    else if (!read_corners(r, text))
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                         "\"%.200s\": rect takes X,Y,WIDTH,HEIGHT, polygon 3 to %d corners X,Y", text, CORNERS_MAX);
    if (status == RWDA_OK)
        *out = r;
    else
        roi_free(r);
    return status;
}

/* Even-odd rule at the pixel's centre: how many edges does a ray to the right cross? */
static bool in_polygon(const roi *r, double x, double y)
{
    bool in = false;

    for (int i = 0, j = r->corners - 1; i < r->corners; j = i++)
        if ((r->y[i] > y) != (r->y[j] > y) && x < r->x[i] + (y - r->y[i]) / (r->y[j] - r->y[i]) * (r->x[j] - r->x[i]))
            in = !in;
    return in;
}

rwda_status roi_fill(uint8_t *inside, const roi *r, int width, int height, rwda_error *err)
{
    bool any = false;

    if (r->mask != NULL && (r->mask->width != width || r->mask->height != height))
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "the region's mask has %d x %d pixels, the image %d x %d%s",
                       r->mask->width, r->mask->height, width, height,
                       r->mask->width == height && r->mask->height == width ? RW_STORED_SIZE : "");
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const uint8_t *p = r->mask != NULL ? r->mask->pixels + (size_t)y * r->mask->stride + 3 * (size_t)x : NULL;

            *inside = p != NULL ? (p[0] | p[1] | p[2]) != 0 : in_polygon(r, x + 0.5, y + 0.5);
            any |= *inside++ != 0;
        }
    if (!any)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "no pixel of the image's %d x %d is in the region of interest",
                       width, height);
    return RWDA_OK;
}

void roi_free(roi *r)
{
    if (r != NULL)
        rwda_image_free(r->mask);
    free(r);
}

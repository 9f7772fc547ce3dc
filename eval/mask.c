#include "eval/mask.h"

#include "common/events.h"
#include "common/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 16 /* of an honest mask: one a type of defect */

/* One of plane and image is NULL. */
static float value_at(const rwda_plane *plane, const rwda_image *image, size_t x, size_t y)
{
    const uint8_t *rgb;

    if (plane != NULL)
        return plane->values[y * (size_t)plane->width + x];
    rgb = image->pixels + y * image->stride + 3 * x;
    return (float)(rgb[0] > rgb[1] ? (rgb[0] > rgb[2] ? rgb[0] : rgb[2]) : rgb[1] > rgb[2] ? rgb[1] : rgb[2]);
}

static bool is_zero(float value)
{
    return value == 0.0f;
}

static bool is_jpeg(const char *path)
{
    uint8_t start[3] = { 0 };
    FILE   *in       = fopen(path, "rb");
    bool    found    = in != NULL && fread(start, 1, 3, in) == 3 && memcmp(start, "\xff\xd8\xff", 3) == 0;

    if (in != NULL)
        fclose(in);
    return found;
}

static void doubt(rw_mask_doubts *doubts, const rwda_plane *plane, const rwda_image *image, const char *path)
{
    size_t across = (size_t)(plane != NULL ? plane->width : image->width),
           down = (size_t)(plane != NULL ? plane->height : image->height), n = 0, pixels = 0, strong = 0;
    float values[VALUES_MAX + 1], largest = 0.0f;

    for (size_t i = 0; i < across * down; i++) {
        float  value = value_at(plane, image, i % across, i / across);
        size_t k     = 0;

        if (is_zero(value))
            continue;
        pixels++;
        largest = value > largest ? value : largest;
        while (k < n && (value < values[k] || value > values[k]))
            k++;
        if (k == n && n <= VALUES_MAX)
            values[n++] = value;
    }
    if (n <= 1 || (n <= VALUES_MAX && !is_jpeg(path)) || doubts->masks++ > 0)
        return;
    for (size_t i = 0; i < across * down; i++)
        strong += value_at(plane, image, i % across, i / across) >= 0.5f * largest;
    doubts->pixels = pixels;
    doubts->strong = strong;
    (void)snprintf(doubts->first, sizeof doubts->first, "%s", path);
}

void rw_mask_doubts_say(const rw_mask_doubts *doubts, const rwda_events *events)
{
    if (doubts->masks > 0)
        rw_warn(
            events,
            "%zu mask%s of many values, as JPEG and resizing make them; every pixel that is not 0 counts as anomalous: in "
            "%s %zu do, %zu reach half of its largest value",
            doubts->masks, doubts->masks == 1 ? "" : "s", doubts->first, doubts->pixels, doubts->strong);
}

static rwda_status load_file(uint8_t **out, int *width, int *height, const char *path, const rwda_image_options *options,
                             rw_mask_doubts *doubts, rwda_error *err)
{
    rwda_plane *plane = NULL;
    rwda_image *image = NULL;
    size_t      across, down;
    rwda_status status;

    status = rwda_plane_load(&plane, path, options, err);
    if (status == RWDA_EUNSUPPORTED)
        status = rwda_image_load(&image, path, options, err);
    if (status != RWDA_OK)
        return status;
    *width  = plane != NULL ? plane->width : image->width;
    *height = plane != NULL ? plane->height : image->height;
    across  = (size_t)*width;
    down    = (size_t)*height;
    *out    = malloc(across * down); /* both were capped by the library */
    if (*out == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for %zu pixels", path, across * down);
    for (size_t y = 0; *out != NULL && y < down; y++)
        for (size_t x = 0; x < across; x++)
            (*out)[y * across + x] = (uint8_t)!is_zero(value_at(plane, image, x, y));
    if (doubts != NULL)
        doubt(doubts, plane, image, path);
    rwda_plane_free(plane);
    rwda_image_free(image);
    return status;
}

static rwda_status join(uint8_t *sum, int width, int height, const char *path, const rwda_image_options *options,
                        rw_mask_doubts *doubts, rwda_error *err)
{
    uint8_t    *more = NULL;
    int         across, down;
    rwda_status status = load_file(&more, &across, &down, path, options, doubts, err);

    if (status == RWDA_OK && (across != width || down != height))
        status = rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.300s: %d x %d pixels, another mask beside it %d x %d", path,
                         across, down, width, height);
    for (size_t i = 0; status == RWDA_OK && i < (size_t)width * (size_t)height; i++)
        sum[i] |= more[i];
    free(more);
    return status;
}

static rwda_status load_folder(uint8_t **out, int *width, int *height, const char *dir, const rwda_image_options *options,
                               rw_mask_doubts *doubts, rwda_error *err)
{
    char      **names = rw_names_list(dir);
    char        path[RW_PATH_MAX];
    rwda_status status = RWDA_OK;

    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if (!rwda_image_named(names[i]) || !rw_path_format(path, "%s/%s", dir, names[i]))
            continue;
        RW_TRY(*out == NULL ? load_file(out, width, height, path, options, doubts, err)
                            : join(*out, *width, *height, path, options, doubts, err));
    }
    if (*out == NULL)
        status = rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.300s: no mask in this folder", dir);
done:
    rw_names_free(names);
    return status;
}

rwda_status rw_mask_load(uint8_t **out, int *width, int *height, const char *path, const rwda_image_options *options,
                         rw_mask_doubts *doubts, rwda_error *err)
{
    rwda_status status;

    *out   = NULL;
    *width = *height = 0;
    status = (rw_path_is_directory(path, "") ? load_folder : load_file)(out, width, height, path, options, doubts, err);
    if (status != RWDA_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

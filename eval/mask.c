#include "eval/mask.h"

#include "base/status.h"

#include <stdlib.h>

/* One of plane and image is NULL. */
static int is_anomalous(const rwda_plane *plane, const rwda_image *image, size_t x, size_t y)
{
    const uint8_t *rgb;

    if (plane != NULL)
        return plane->values[y * (size_t)plane->width + x] != 0.0f;
    rgb = image->pixels + y * image->stride + 3 * x;
    return (rgb[0] | rgb[1] | rgb[2]) != 0;
}

rwda_status rw_mask_load(uint8_t **out, int *width, int *height, const char *path, const rwda_image_options *options,
                         rwda_error *err)
{
    rwda_plane *plane = NULL;
    rwda_image *image = NULL;
    size_t      across, down;
    rwda_status status;

    *out   = NULL;
    *width = *height = 0;
    status           = rwda_plane_load(&plane, path, options, err);
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
            (*out)[y * across + x] = (uint8_t)is_anomalous(plane, image, x, y);
    rwda_plane_free(plane);
    rwda_image_free(image);
    return status;
}

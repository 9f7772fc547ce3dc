/* mask.c - which pixels does a mask file call anomalous? */
#include "eval/mask.h"

#include <stdlib.h>

uint8_t *pixel_mask_load(int *width, int *height, const char *path, rwda_error *err)
{
    rwda_plane *plane = NULL;
    rwda_image *image = NULL;
    uint8_t    *mask  = NULL;
    size_t      n;

    *width = *height = 0;
    if (rwda_plane_load(&plane, path, NULL, err) != RWDA_OK &&
        (err->code != RWDA_EUNSUPPORTED || rwda_image_load(&image, path, NULL, err) != RWDA_OK))
        return NULL;
    *width  = plane != NULL ? plane->width : image->width;
    *height = plane != NULL ? plane->height : image->height;
    n       = (size_t)*width * (size_t)*height; /* both were capped by the library */
    mask    = calloc(n, 1);
    if (mask == NULL)
        (void)snprintf(err->message, sizeof err->message, "%.300s: no memory for %zu pixels", path, n);
    for (size_t i = 0; mask != NULL && i < n; i++) {
        const uint8_t *rgb =
            plane == NULL ? image->pixels + i / (size_t)*width * image->stride + 3 * (i % (size_t)*width) : NULL;

        mask[i] = plane != NULL ? plane->values[i] != 0.0f : (rgb[0] | rgb[1] | rgb[2]) != 0;
    }
    rwda_plane_free(plane);
    rwda_image_free(image);
    return mask;
}

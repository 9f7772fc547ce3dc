/* turn.c - EXIF's eight orientations */
#include "format/codec.h"

#include <stdlib.h>

/* Pixel 0,0 of the turned image and the steps to its right and lower neighbours, in pixels of the stored one. */
typedef struct {
    int64_t start, right, down;
} walk;

static walk walk_of(int orientation, int64_t w, int64_t h)
{
    switch (orientation) {
    case 2: return (walk){ w - 1, -1, w };
    case 3: return (walk){ w * h - 1, -1, -w };
    case 4: return (walk){ w * (h - 1), 1, -w };
    case 5: return (walk){ 0, w, 1 };
    case 6: return (walk){ w * (h - 1), -w, 1 };
    case 7: return (walk){ w * h - 1, -w, -1 };
    case 8: return (walk){ w - 1, w, -1 };
    default: return (walk){ 0, 1, w };
    }
}

rwda_status rw_pixels_turn(rw_pixels *pixels, int orientation, rwda_error *err)
{
    walk     from   = walk_of(orientation, pixels->width, pixels->height);
    int      width  = orientation >= 5 ? pixels->height : pixels->width;
    int      height = orientation >= 5 ? pixels->width : pixels->height;
    uint8_t *turned, *to;

    pixels->orientation = 1;
    if (orientation < 2 || orientation > 8)
        return RWDA_OK;
    turned = to = malloc((size_t)width * (size_t)height * 3);
    if (turned == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "image of %d x %d pixels, turned", width, height);
    for (int y = 0; y < height; y++) {
        const uint8_t *pixel = pixels->rgb + 3 * (from.start + y * from.down);

        for (int x = 0; x < width; x++, pixel += 3 * from.right, to += 3)
            for (int c = 0; c < 3; c++)
                to[c] = pixel[c];
    }
    free(pixels->rgb);
    pixels->rgb    = turned;
    pixels->width  = width;
    pixels->height = height;
    return RWDA_OK;
}

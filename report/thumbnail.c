#include "report/thumbnail.h"

#include "common/image_writer.h"

#include <stdlib.h>

#define QUALITY 75

void thumbnail_size(int *width, int *height, const rwda_image *image, int side)
{
    int longer = image->width > image->height ? image->width : image->height;

    side    = longer < side ? longer : side;
    *width  = (int)((int64_t)image->width * side / longer);
    *height = (int)((int64_t)image->height * side / longer);
    *width  = *width > 0 ? *width : 1;
    *height = *height > 0 ? *height : 1;
}

void thumbnail_shrink(uint8_t *rgb, size_t stride, int width, int height, const rwda_image *image)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            int64_t x0 = (int64_t)x * image->width / width, x1 = (int64_t)(x + 1) * image->width / width;
            int64_t y0 = (int64_t)y * image->height / height, y1 = (int64_t)(y + 1) * image->height / height;
            int64_t sum[3] = { 0 }, n = 0;

            for (int64_t v = y0; v < y1 || v == y0; v++)
                for (int64_t u = x0; u < x1 || u == x0; u++, n++)
                    for (int c = 0; c < 3; c++)
                        sum[c] += image->pixels[(size_t)v * image->stride + 3 * (size_t)u + (size_t)c];
            for (int c = 0; c < 3; c++)
                rgb[(size_t)y * stride + 3 * (size_t)x + (size_t)c] = (uint8_t)(sum[c] / n);
        }
}

uint8_t *thumbnail_jpeg(size_t *len, const rwda_image *image, int side)
{
    uint8_t *rgb, *jpeg = NULL;
    int      width, height;

    thumbnail_size(&width, &height, image, side);
    rgb = malloc((size_t)width * (size_t)height * 3);
    if (rgb != NULL) {
        thumbnail_shrink(rgb, (size_t)width * 3, width, height, image);
        jpeg = jpeg_write(len, rgb, (size_t)width * 3, width, height, QUALITY, true);
    }
    free(rgb);
    return jpeg;
}

/* thumbnail.c - how does a picture become small? */
#include "report/thumbnail.h"

#include <setjmp.h>
#include <stdlib.h>

#include <jpeglib.h>

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

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf               jump;
} guard;

static void on_error(j_common_ptr info)
{
    longjmp(((guard *)info->err)->jump, 1);
}

static bool encode(unsigned char **bytes, unsigned long *len, uint8_t *rgb, int width, int height)
{
    struct jpeg_compress_struct encoder = { 0 };
    guard                       errors;

    encoder.err            = jpeg_std_error(&errors.base);
    errors.base.error_exit = on_error;
    if (setjmp(errors.jump) != 0) {
        jpeg_destroy_compress(&encoder);
        return false;
    }
    jpeg_create_compress(&encoder);
    jpeg_mem_dest(&encoder, bytes, len);
    encoder.image_width      = (JDIMENSION)width;
    encoder.image_height     = (JDIMENSION)height;
    encoder.input_components = 3;
    encoder.in_color_space   = JCS_RGB;
    jpeg_set_defaults(&encoder);
    jpeg_set_quality(&encoder, QUALITY, TRUE);
    encoder.optimize_coding = TRUE;
    jpeg_start_compress(&encoder, TRUE);
    while (encoder.next_scanline < encoder.image_height) {
        JSAMPROW row = rgb + (size_t)encoder.next_scanline * (size_t)width * 3;

        (void)jpeg_write_scanlines(&encoder, &row, 1);
    }
    jpeg_finish_compress(&encoder);
    jpeg_destroy_compress(&encoder);
    return true;
}

bool thumbnail_jpeg(unsigned char **bytes, size_t *len, const rwda_image *image, int side)
{
    unsigned long size = 0;
    uint8_t      *rgb;
    int           width, height;
    bool          fine;

    *bytes = NULL;
    thumbnail_size(&width, &height, image, side);
    rgb = malloc((size_t)width * (size_t)height * 3);
    if (rgb != NULL)
        thumbnail_shrink(rgb, (size_t)width * 3, width, height, image);
    fine = rgb != NULL && encode(bytes, &size, rgb, width, height);
    free(rgb);
    if (!fine) {
        free(*bytes);
        *bytes = NULL;
    }
    *len = (size_t)size;
    return fine;
}

/* codec_png.c - how does a PNG become RGB pixels, or one number a pixel?  (libpng) */
#include "format/codec.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_MAX ((png_alloc_size_t)64 << 20) /* a compressed text or profile may not unpack to more */

typedef struct {
    const uint8_t *bytes;
    size_t         len, at;
    char           text[160];
} png_source;

static void on_error(png_structp png, png_const_charp message)
{
    png_source *source = png_get_error_ptr(png);

    strncpy(source->text, message, sizeof source->text - 1);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message; /* odd metadata; damaged pixels are errors */
}

static void read_bytes(png_structp png, png_bytep to, size_t count)
{
    png_source *source = png_get_io_ptr(png);

    if (count > source->len - source->at)
        png_error(png, "the file is truncated");
    memcpy(to, source->bytes + source->at, count);
    source->at += count;
}

static void ask_for_rgb8(png_structp png, png_infop info)
{
    int colour = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);

    if (depth == 16)
        png_set_strip_16(png); /* the high byte */
    if (colour == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    if (!(colour & PNG_COLOR_MASK_COLOR) && depth < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    if (!(colour & PNG_COLOR_MASK_COLOR))
        png_set_gray_to_rgb(png);
    png_set_strip_alpha(png); /* an alpha channel, and the one that a palette's transparency expands to */
    (void)png_set_interlace_handling(png);
    png_read_update_info(png, info);
}

/* What both results need before the first row: a decoder, caps, the header. */
static void read_header(png_structp png, png_infop info, png_source *source)
{
    png_set_read_fn(png, source, read_bytes);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff); /* the cap on pixels is ours */
    png_set_chunk_malloc_max(png, CHUNK_MAX);
    png_read_info(png, info);
}

/* Fills rows [height] into bytes, then reads pixels to the end of the file. */
static void read_rows(png_structp png, png_infop info, png_bytep *rows, uint8_t *bytes, size_t height, size_t row_bytes)
{
    if (png_get_rowbytes(png, info) != row_bytes)
        png_error(png, "rows of an unexpected length");
    for (size_t y = 0; y < height; y++)
        rows[y] = bytes + y * row_bytes;
    png_read_image(png, rows);
    png_read_end(png, NULL);
}

rwda_status rw_codec_png(rw_pixels *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err)
{
    png_source  source          = { bytes, len, 0, "" };
    png_structp png             = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, on_error, on_warning);
    png_infop   info            = png != NULL ? png_create_info_struct(png) : NULL;
    png_bytep *volatile rows    = NULL;
    volatile rwda_status status = RWDA_OK;

    if (info == NULL) {
        png_destroy_read_struct(&png, NULL, NULL);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "PNG: no memory for a decoder");
    }
    if (setjmp(png_jmpbuf(png)) != 0) {
        status =
            rw_fail(err, RWDA_EFORMAT, (int64_t)source.at, "PNG: %s (after %zu of %zu bytes)", source.text, source.at, len);
        goto done;
    }
    read_header(png, info, &source);
    status = rw_pixels_new(out, png_get_image_width(png, info), png_get_image_height(png, info), max_pixels, err);
    if (status != RWDA_OK)
        goto done;
    ask_for_rgb8(png, info);
    rows = rw_new_array((size_t)out->height, sizeof *rows);
    if (rows == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "PNG: %d rows", out->height);
        goto done;
    }
    read_rows(png, info, rows, out->rgb, (size_t)out->height, (size_t)out->width * 3);
done:
    free(rows);
    png_destroy_read_struct(&png, &info, NULL);
    return status;
}

rwda_status rw_png_grey(rw_grey *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err)
{
    png_source  source          = { bytes, len, 0, "" };
    png_structp png             = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, on_error, on_warning);
    png_infop   info            = png != NULL ? png_create_info_struct(png) : NULL;
    png_bytep *volatile rows    = NULL;
    uint8_t *volatile raw       = NULL; /* [height, width] samples of 1 or 2 bytes, high byte first */
    volatile rwda_status status = RWDA_OK;
    int                  colour, depth;

    if (info == NULL) {
        png_destroy_read_struct(&png, NULL, NULL);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "PNG: no memory for a decoder");
    }
    if (setjmp(png_jmpbuf(png)) != 0) {
        status =
            rw_fail(err, RWDA_EFORMAT, (int64_t)source.at, "PNG: %s (after %zu of %zu bytes)", source.text, source.at, len);
        goto done;
    }
    read_header(png, info, &source);
    colour = png_get_color_type(png, info);
    depth  = png_get_bit_depth(png, info);
    if ((colour & PNG_COLOR_MASK_COLOR) != 0) {
        status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "PNG with %s, not grey",
                         colour == PNG_COLOR_TYPE_PALETTE ? "a palette" : "colours");
        goto done;
    }
    status = rw_grey_new(out, png_get_image_width(png, info), png_get_image_height(png, info), max_pixels, err);
    if (status != RWDA_OK)
        goto done;
    if (depth < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_alpha(png);
    (void)png_set_interlace_handling(png);
    png_read_update_info(png, info);
    rows = rw_new_array((size_t)out->height, sizeof *rows);
    raw  = rw_new_array((size_t)out->height * (size_t)out->width, depth == 16 ? 2 : 1);
    if (rows == NULL || raw == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "PNG: %d rows of %d pixels", out->height, out->width);
        goto done;
    }
    read_rows(png, info, rows, raw, (size_t)out->height, (size_t)out->width * (depth == 16 ? 2 : 1));
    for (size_t i = 0; i < (size_t)out->height * (size_t)out->width; i++)
        out->values[i] = depth == 16 ? (float)(raw[2 * i] << 8 | raw[2 * i + 1]) / 65535.0f : (float)raw[i] / 255.0f;
done:
    free(rows);
    free(raw);
    png_destroy_read_struct(&png, &info, NULL);
    return status;
}

/* codec_png.c - PNG decoder: libpng, to RGB or to one number a pixel */
#include "format/codec.h"

#include "format/exif.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_MAX ((png_alloc_size_t)64 << 20) /* a compressed text or profile may not unpack to more */

typedef struct {
    const uint8_t *bytes;
    size_t         len, at;
    char           text[160];
    png_structp    png;
    png_infop      info;
    png_bytep     *rows; /* [height] */
    uint8_t       *raw;  /* [height, width] samples of 1 or 2 bytes, high byte first */
} decoding;

/* After the header: fills *out.  Damaged data leaves by the longjmp of png_error(). */
typedef rwda_status (*fill_fn)(decoding *d, void *out, const rw_limits *limits, rwda_error *err);

static void on_error(png_structp png, png_const_charp message)
{
    decoding *d = png_get_error_ptr(png);

    strncpy(d->text, message, sizeof d->text - 1);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message; /* odd metadata; damaged pixels are errors */
}

static void read_bytes(png_structp png, png_bytep to, size_t count)
{
    decoding *d = png_get_io_ptr(png);

    if (count > d->len - d->at)
        png_error(png, "the file is truncated");
    memcpy(to, d->bytes + d->at, count);
    d->at += count;
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

/* Fills rows [height] into bytes, then reads pixels to the end of the file. */
static void read_rows(decoding *d, uint8_t *bytes, size_t height, size_t row_bytes)
{
    if (png_get_rowbytes(d->png, d->info) != row_bytes)
        png_error(d->png, "rows of an unexpected length");
    for (size_t y = 0; y < height; y++)
        d->rows[y] = bytes + y * row_bytes;
    png_read_image(d->png, d->rows);
    png_read_end(d->png, d->info);
}

static rwda_status fill_rgb(decoding *d, void *result, const rw_limits *limits, rwda_error *err)
{
    rw_pixels  *out      = result;
    png_uint_32 exif_len = 0;
    png_bytep   exif     = NULL;
    rwda_status status =
        rw_pixels_new(out, png_get_image_width(d->png, d->info), png_get_image_height(d->png, d->info), limits, err);

    if (status != RWDA_OK)
        return status;
    d->rows = rw_new_array((size_t)out->height, sizeof *d->rows);
    if (d->rows == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "PNG: %d rows", out->height);
    out->bits = png_get_bit_depth(d->png, d->info);
    ask_for_rgb8(d->png, d->info);
    read_rows(d, out->rgb, (size_t)out->height, (size_t)out->width * 3);
    if (png_get_eXIf_1(d->png, d->info, &exif_len, &exif) == PNG_INFO_eXIf)
        out->orientation = rw_exif_orientation(exif, exif_len);
    return RWDA_OK;
}

static rwda_status fill_grey(decoding *d, void *result, const rw_limits *limits, rwda_error *err)
{
    rw_grey    *out    = result;
    int         colour = png_get_color_type(d->png, d->info), depth = png_get_bit_depth(d->png, d->info);
    size_t      each = depth == 16 ? 2 : 1, n;
    rwda_status status;

    if ((colour & PNG_COLOR_MASK_COLOR) != 0)
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "PNG with %s, not grey",
                       colour == PNG_COLOR_TYPE_PALETTE ? "a palette" : "colours");
    status = rw_grey_new(out, png_get_image_width(d->png, d->info), png_get_image_height(d->png, d->info), limits, err);
    if (status != RWDA_OK)
        return status;
    if (depth < 8)
        png_set_expand_gray_1_2_4_to_8(d->png);
    png_set_strip_alpha(d->png);
    (void)png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    n       = (size_t)out->height * (size_t)out->width;
    d->rows = rw_new_array((size_t)out->height, sizeof *d->rows);
    d->raw  = rw_new_array(n, each);
    if (d->rows == NULL || d->raw == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "PNG: %d rows of %d pixels", out->height, out->width);
    read_rows(d, d->raw, (size_t)out->height, (size_t)out->width * each);
    for (size_t i = 0; i < n; i++)
        out->values[i] =
            depth == 16 ? (float)(d->raw[2 * i] << 8 | d->raw[2 * i + 1]) / 65535.0f : (float)d->raw[i] / 255.0f;
    return RWDA_OK;
}

/* libpng's errors longjmp here.  State that changes after setjmp is the caller's, so none of it is indeterminate. */
static rwda_status attempt(decoding *d, fill_fn fill, void *out, const rw_limits *limits, rwda_error *err)
{
    if (setjmp(png_jmpbuf(d->png)) != 0)
        return rw_fail(err, RWDA_EFORMAT, (int64_t)d->at, "PNG: %s (after %zu of %zu bytes)", d->text, d->at, d->len);
    png_set_read_fn(d->png, d, read_bytes);
    png_set_user_limits(d->png, 0x7fffffff, 0x7fffffff); /* the cap on pixels is ours */
    png_set_chunk_malloc_max(d->png, CHUNK_MAX);
    png_read_info(d->png, d->info);
    return fill(d, out, limits, err);
}

static rwda_status decode(fill_fn fill, void *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    decoding    d = { .bytes = bytes, .len = len };
    rwda_status status;

    d.png  = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
    d.info = d.png != NULL ? png_create_info_struct(d.png) : NULL;
    status = d.info != NULL ? attempt(&d, fill, out, limits, err)
                            : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "PNG: no memory for a decoder");
    free(d.rows);
    free(d.raw);
    png_destroy_read_struct(&d.png, &d.info, NULL);
    return status;
}

rwda_status rw_codec_png(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    return decode(fill_rgb, out, bytes, len, limits, err);
}

rwda_status rw_png_grey(rw_grey *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    return decode(fill_grey, out, bytes, len, limits, err);
}

/* codec_png.c - PNG decoder: libpng, to RGB or to one number a pixel */
#include "format/codec.h"

#include "format/exif.h"

#include <limits.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t   *bytes;
    size_t           len, at;
    const rw_limits *limits;
    bool             cancelled;
    char             text[160];
    png_structp      png;
    png_infop        info;
    png_bytep       *rows; /* [height] */
    void            *raw;  /* [height, width, ...] samples of 1 or 2 bytes, the latter in the CPU's order */
} decoding;

/* After the header: fills *out.  Damaged data leaves by the longjmp of png_error(). */
typedef rwda_status (*fill_fn)(decoding *d, void *out, rwda_error *err);

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

static void on_row(png_structp png, png_uint_32 row, int pass)
{
    decoding *d = png_get_error_ptr(png);

    (void)row;
    (void)pass;
    if (rw_is_cancelled(d->limits)) {
        d->cancelled = true;
        png_error(png, "cancelled");
    }
}

/* Chunks (length, four letters, content, check sum) that say something about the pixels.  libpng skips them all. */
static void read_metadata(rw_pixels *out, const uint8_t *bytes, size_t len)
{
    for (size_t at = 8; len - at >= 12;) {
        const uint8_t *chunk = bytes + at;
        size_t         size  = png_get_uint_32(chunk);

        if (size > len - at - 12)
            break;
        if (memcmp(chunk + 4, "eXIf", 4) == 0 && out->orientation == 0)
            out->orientation = rw_exif_orientation(chunk + 8, size);
        else if (memcmp(chunk + 4, "acTL", 4) == 0 && size == 8 && png_get_uint_32(chunk + 8) - 1 < INT_MAX)
            out->pages = (int)png_get_uint_32(chunk + 8);
        at += 12 + size;
    }
}

static void ask_for_rgb(png_structp png, png_infop info)
{
    int colour = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);

    if (depth == 16)
        png_set_swap(png); /* samples in the CPU's order: every one we run on has the low byte first */
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
    png_set_read_status_fn(d->png, on_row);
    png_read_image(d->png, d->rows);
    png_read_end(d->png, NULL);
}

/* Memory: 3 bytes a pixel and 8 a row; of 16-bit samples 6 bytes a pixel more. */
static rwda_status fill_rgb(decoding *d, void *result, rwda_error *err)
{
    rw_pixels  *out = result;
    size_t      row;
    rwda_status status =
        rw_pixels_new(out, png_get_image_width(d->png, d->info), png_get_image_height(d->png, d->info), d->limits, err);

    if (status != RWDA_OK)
        return status;
    out->bits = png_get_bit_depth(d->png, d->info);
    row       = (size_t)out->width * 3;
    ask_for_rgb(d->png, d->info);
    d->rows = rw_new_array((size_t)out->height, sizeof *d->rows);
    if (out->bits == 16)
        d->raw = malloc((size_t)out->height * row * 2);
    if (d->rows == NULL || (out->bits == 16 && d->raw == NULL))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "PNG: %d rows of %d pixels", out->height, out->width);
    if (out->bits == 16) {
        read_rows(d, d->raw, (size_t)out->height, 2 * row);
        rw_pixels_reduce(out, 0, d->raw, (size_t)out->height * row, d->limits);
    } else {
        read_rows(d, out->rgb, (size_t)out->height, row);
    }
    read_metadata(out, d->bytes, d->len);
    return RWDA_OK;
}

static rwda_status fill_grey(decoding *d, void *result, rwda_error *err)
{
    rw_grey    *out    = result;
    int         colour = png_get_color_type(d->png, d->info), depth = png_get_bit_depth(d->png, d->info);
    size_t      each = depth == 16 ? 2 : 1, n;
    rwda_status status;

    if ((colour & PNG_COLOR_MASK_COLOR) != 0)
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "PNG with %s, not grey",
                       colour == PNG_COLOR_TYPE_PALETTE ? "a palette" : "colours");
    status = rw_grey_new(out, png_get_image_width(d->png, d->info), png_get_image_height(d->png, d->info), d->limits, err);
    if (status != RWDA_OK)
        return status;
    if (depth == 16)
        png_set_swap(d->png);
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
            depth == 16 ? (float)((const uint16_t *)d->raw)[i] / 65535.0f : (float)((const uint8_t *)d->raw)[i] / 255.0f;
    return RWDA_OK;
}

/* libpng's errors longjmp here.  State that changes after setjmp is the caller's, so none of it is indeterminate. */
static rwda_status attempt(decoding *d, fill_fn fill, void *out, rwda_error *err)
{
    if (setjmp(png_jmpbuf(d->png)) != 0)
        return d->cancelled
                   ? rw_cancelled(err)
                   : rw_fail(err, RWDA_EFORMAT, (int64_t)d->at, "PNG: %s (after %zu of %zu bytes)", d->text, d->at, d->len);
    png_set_read_fn(d->png, d, read_bytes);
    png_set_user_limits(d->png, 0x7fffffff, 0x7fffffff);                   /* the cap on pixels is ours */
    png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1); /* skips all but IHDR, PLTE, tRNS, IDAT, IEND */
    png_read_info(d->png, d->info);
    return fill(d, out, err);
}

static rwda_status decode(fill_fn fill, void *out, const uint8_t *bytes, size_t len, const rw_limits *limits,
                          rwda_error *err)
{
    decoding    d = { .bytes = bytes, .len = len, .limits = limits };
    rwda_status status;

    d.png  = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
    d.info = d.png != NULL ? png_create_info_struct(d.png) : NULL;
    status = d.info != NULL ? attempt(&d, fill, out, err)
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

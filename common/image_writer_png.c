/* image_writer_png.c - PNG writer over libpng. */
#include "common/image_writer.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *bytes;
    size_t   len, capacity;
} growing;

static void take(png_structp png, png_bytep bytes, png_size_t len)
{
    growing *g = png_get_io_ptr(png);

    if (g->capacity - g->len < len) {
        size_t   more  = 2 * (g->len + len);
        uint8_t *grown = realloc(g->bytes, more);

        if (grown == NULL)
            png_error(png, "no memory");
        g->bytes    = grown;
        g->capacity = more;
    }
    memcpy(g->bytes + g->len, bytes, len);
    g->len += len;
}

static void flush(png_structp png)
{
    (void)png;
}

static void fail(png_structp png, png_const_charp message)
{
    (void)message;
    png_longjmp(png, 1);
}

static void discard(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

uint8_t *png_write(size_t *len, const void *pixels, int width, int height, png_mode mode)
{
    static const struct {
        int    depth, colour;
        size_t bytes; /* a pixel */
    } formats[]         = { [PNG_GREY8]  = { 8, PNG_COLOR_TYPE_GRAY, 1 },
                            [PNG_GREY16] = { 16, PNG_COLOR_TYPE_GRAY, 2 },
                            [PNG_RGB8]   = { 8, PNG_COLOR_TYPE_RGB, 3 },
                            [PNG_SRGB8]  = { 8, PNG_COLOR_TYPE_RGB, 3 } };
    const uint16_t one  = 1;
    growing        out  = { NULL, 0, 0 };
    png_infop      info = NULL;
    png_structp    png  = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, discard);

    if (png != NULL)
        info = png_create_info_struct(png);
    if (info == NULL || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        free(out.bytes);
        return NULL;
    }
    png_set_write_fn(png, &out, take, flush);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, formats[mode].depth, formats[mode].colour,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (mode == PNG_SRGB8)
        png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_write_info(png, info);
    if (formats[mode].depth == 16 && *(const uint8_t *)&one == 1)
        png_set_swap(png); /* PNG stores the high byte first */
    for (int y = 0; y < height; y++)
        png_write_row(png, (png_const_bytep)pixels + (size_t)y * (size_t)width * formats[mode].bytes);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    *len = out.len;
    return out.bytes;
}

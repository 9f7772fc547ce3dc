/* decode.c - image decoding: choice of the codec, limits */
#include "image/load.h"

#include "format/codec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_jpeg(const uint8_t *b, size_t len)
{
    return len >= 3 && memcmp(b, "\xff\xd8\xff", 3) == 0;
}

static bool is_png(const uint8_t *b, size_t len)
{
    return len >= 8 && memcmp(b, "\x89PNG\r\n\x1a\n", 8) == 0;
}

static bool is_webp(const uint8_t *b, size_t len)
{
    return len >= 12 && memcmp(b, "RIFF", 4) == 0 && memcmp(b + 8, "WEBP", 4) == 0;
}

static bool is_tiff(const uint8_t *b, size_t len)
{
    return len >= 4 && (memcmp(b, "II*\0", 4) == 0 || memcmp(b, "MM\0*", 4) == 0 || memcmp(b, "II+\0", 4) == 0 ||
                        memcmp(b, "MM\0+", 4) == 0);
}

static bool is_bmp(const uint8_t *b, size_t len)
{
    return len >= 2 && memcmp(b, "BM", 2) == 0;
}

static bool is_pnm(const uint8_t *b, size_t len)
{
    return len >= 3 && b[0] == 'P' && b[1] >= '1' && b[1] <= '6' && (isspace(b[2]) || b[2] == '#');
}

/* Every format that is read.  Names choose files in a directory; the codec is told by magic bytes: file names are not trusted. */
static const struct {
    bool (*recognise)(const uint8_t *bytes, size_t len);
    rw_codec_fn decode;
    const char *endings[5];
} codecs[] = {
    { is_jpeg, rw_codec_jpeg, { ".jpg", ".jpeg" } },
    { is_png, rw_codec_png, { ".png" } },
    { is_webp, rw_codec_webp, { ".webp" } },
    { is_tiff, rw_codec_tiff, { ".tif", ".tiff" } },
    { is_bmp, rw_codec_bmp, { ".bmp" } },
    { is_pnm, rw_codec_pnm, { ".ppm", ".pgm", ".pbm", ".pnm" } },
};

static rw_codec_fn codec_for(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < RW_COUNTOF(codecs); i++)
        if (codecs[i].recognise(bytes, len))
            return codecs[i].decode;
    return NULL;
}

int rwda_image_named(const char *path)
{
    size_t len = strlen(path);

    for (size_t i = 0; i < RW_COUNTOF(codecs); i++)
        for (const char *const *ending = codecs[i].endings; *ending != NULL; ending++) {
            size_t tail = strlen(*ending);

            if (len > tail && strcasecmp(path + len - tail, *ending) == 0)
                return 1;
        }
    return 0;
}

static rwda_status refuse(const uint8_t *bytes, size_t len, rwda_error *err)
{
    char   start[17];
    size_t n = len < 16 ? len : 16;

    if (len == 0)
        return rw_fail(err, RWDA_EFORMAT, 0, "the file is empty (0 bytes)");
    for (size_t i = 0; i < n; i++)
        start[i] = bytes[i] >= 32 && bytes[i] < 127 ? (char)bytes[i] : '.';
    start[n] = '\0';
    return rw_fail(err, RWDA_EFORMAT, 0, "is not a JPEG, PNG, WebP, TIFF, BMP or PNM image: its %zu bytes start with \"%s\"",
                   len, start);
}

rwda_status rwda_image_decode(rwda_image **out, const void *bytes, size_t len, const rwda_image_options *options,
                              rwda_error *err)
{
    rw_pixels          pixels = { 0 };
    rwda_image        *image  = NULL;
    rwda_status        status = RWDA_OK;
    rwda_image_options limits;
    rw_limits          to_codec;
    rw_codec_fn        codec;

    *out = NULL;
    RW_TRY(rw_load_limits(&limits, options, len, err));
    to_codec = (rw_limits){ .max_pixels = limits.max_pixels, .cancel = limits.cancel, .user = limits.user };
    codec = codec_for(bytes, len);
    if (codec == NULL)
        return refuse(bytes, len, err);
    RW_TRY(codec(&pixels, bytes, len, &to_codec, err));
    image = malloc(sizeof *image);
    if (image == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "image handle, %zu bytes", sizeof *image);
        goto done;
    }
    *image     = (rwda_image){ pixels.width, pixels.height, 3 * (size_t)pixels.width, pixels.rgb };
    pixels.rgb = NULL;
    *out       = image;
done:
    free(pixels.rgb);
    return status;
}

static rwda_status decode(void *out, const void *bytes, size_t len, const rwda_image_options *options, rwda_error *err)
{
    return rwda_image_decode(out, bytes, len, options, err);
}

rwda_status rwda_image_load(rwda_image **out, const char *path, const rwda_image_options *options, rwda_error *err)
{
    *out = NULL;
    return rw_load_file(decode, out, path, options, err);
}

void rwda_image_free(rwda_image *image)
{
    if (image == NULL)
        return;
    free((void *)(uintptr_t)image->pixels);
    free(image);
}

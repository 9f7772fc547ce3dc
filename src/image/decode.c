/* decode.c - which codec does this file need, within which limits? */
#include "image/load.h"

#include "format/codec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* By the first bytes: names lie. */
static rw_codec_fn codec_for(const uint8_t *b, size_t len)
{
    if (len >= 3 && memcmp(b, "\xff\xd8\xff", 3) == 0)
        return rw_codec_jpeg;
    if (len >= 8 && memcmp(b, "\x89PNG\r\n\x1a\n", 8) == 0)
        return rw_codec_png;
    if (len >= 12 && memcmp(b, "RIFF", 4) == 0 && memcmp(b + 8, "WEBP", 4) == 0)
        return rw_codec_webp;
    if (len >= 4 && (memcmp(b, "II*\0", 4) == 0 || memcmp(b, "MM\0*", 4) == 0 || memcmp(b, "II+\0", 4) == 0 ||
                     memcmp(b, "MM\0+", 4) == 0))
        return rw_codec_tiff;
    if (len >= 2 && memcmp(b, "BM", 2) == 0)
        return rw_codec_bmp;
    if (len >= 3 && b[0] == 'P' && b[1] >= '1' && b[1] <= '6' && (isspace(b[2]) || b[2] == '#'))
        return rw_codec_pnm;
    return NULL;
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
    return rw_fail(err, RWDA_EFORMAT, 0, "is no JPEG, PNG, WebP, TIFF, BMP or PNM picture: its %zu bytes start with \"%s\"",
                   len, start);
}

rwda_status rwda_image_decode(rwda_image **out, const void *bytes, size_t len, const rwda_image_options *options,
                              rwda_error *err)
{
    rw_pixels          pixels = { 0, 0, NULL };
    rwda_image        *image  = NULL;
    rwda_status        status = RWDA_OK;
    rwda_image_options limits;
    rw_codec_fn        codec;

    *out = NULL;
    RW_TRY(rw_load_limits(&limits, options, len, err));
    codec = codec_for(bytes, len);
    if (codec == NULL)
        return refuse(bytes, len, err);
    RW_TRY(codec(&pixels, bytes, len, limits.max_pixels, err));
    image = malloc(sizeof *image);
    if (image == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "picture handle, %zu bytes", sizeof *image);
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

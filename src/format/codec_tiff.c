/* codec_tiff.c - TIFF decoder: libtiff, first page */
#include "format/codec.h"

#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

typedef struct {
    const uint8_t *bytes;
    size_t         len, at;
    char           text[200];
} tiff_source;

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t count)
{
    tiff_source *source = handle;
    size_t       left   = source->at < source->len ? source->len - source->at : 0;
    size_t       take   = (size_t)count < left ? (size_t)count : left;

    memcpy(to, source->bytes + source->at, take);
    source->at += take;
    return (tmsize_t)take;
}

static tmsize_t write_nothing(thandle_t handle, void *from, tmsize_t count)
{
    (void)handle;
    (void)from;
    (void)count;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence)
{
    tiff_source *source = handle;
    uint64_t     base   = whence == SEEK_CUR ? source->at : whence == SEEK_END ? source->len : 0;

    source->at = (size_t)(base + offset);
    return source->at;
}

static int close_nothing(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle)
{
    return ((const tiff_source *)handle)->len;
}

RW_PRINTF(4, 0) static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
{
    tiff_source *source = user;

    (void)tiff;
    (void)module;
    if (source->text[0] == '\0') /* the first one is the cause */
        (void)vsnprintf(source->text, sizeof source->text, format, args);
    return 1; /* handled: nothing is printed */
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
{
    (void)tiff;
    (void)user;
    (void)module;
    (void)format;
    (void)args;
    return 1;
}

static rwda_status read_page(rw_pixels *out, TIFF *tiff, const tiff_source *source, const rw_limits *limits, rwda_error *err)
{
    uint32_t    width = 0, height = 0;
    uint32_t   *raster = NULL;
    rwda_status status = RWDA_OK;

    (void)TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    (void)TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    RW_TRY(rw_pixels_new(out, width, height, limits, err));
    raster = rw_new_array((size_t)width * height, sizeof *raster);
    if (raster == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "TIFF: %u x %u pixels", width, height);
        goto done;
    }
    if (!TIFFReadRGBAImageOriented(tiff, width, height, raster, ORIENTATION_TOPLEFT, 1)) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "TIFF: %.160s",
                         source->text[0] != '\0' ? source->text : "damaged data");
        goto done;
    }
    for (size_t i = 0; i < (size_t)width * height; i++) {
        out->rgb[3 * i]     = (uint8_t)TIFFGetR(raster[i]);
        out->rgb[3 * i + 1] = (uint8_t)TIFFGetG(raster[i]);
        out->rgb[3 * i + 2] = (uint8_t)TIFFGetB(raster[i]);
    }
    out->orientation = 1; /* the helper turns it, as Pillow does on load */
done:
    free(raster);
    return status;
}

rwda_status rw_codec_tiff(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    tiff_source      source  = { bytes, len, 0, "" };
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    TIFF            *tiff    = NULL;
    rwda_status      status;

    if (options == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "TIFF: no memory for a decoder");
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, &source);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, &source);
    tiff = TIFFClientOpenExt("image", "rm", &source, read_bytes, write_nothing, seek, close_nothing, size_of, NULL, NULL,
                             options);
    TIFFOpenOptionsFree(options);
    if (tiff == NULL)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "TIFF: %.160s",
                       source.text[0] != '\0' ? source.text : "damaged header");
    status = read_page(out, tiff, &source, limits, err);
    TIFFClose(tiff);
    return status;
}

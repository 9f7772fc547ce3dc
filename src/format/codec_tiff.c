/* codec_tiff.c - TIFF decoder: libtiff, first page
 *
 * Memory: 3 bytes a pixel, and a row of the file or a tile of at most TILE_MAX pixels; of YCbCr that is not JPEG, 4 bytes a pixel of a strip. */
#include "format/tiff_directory.h"
#include "format/tiff_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#define TILE_MAX (1 << 24) /* pixels; of 4096 x 4096 */

typedef struct {
    rw_tiff_page page;
    size_t       at;
    uint64_t     taken, takes; /* bytes that libtiff read, and may read: strips may lie over one another */
    bool         damaged;      /* libjpeg found invented pixels in order */
    char         text[200];
} tiff_source;

typedef struct {
    tiff_source     *source;
    TIFF            *tiff;
    const rw_limits *limits;
    rw_tiff_layout   layout;
    rw_pixels       *out;
    uint16_t         compression;
    bool             as_rgba; /* colours that libtiff itself converts: subsampled YCbCr, LogLuv */
    uint8_t         *buffer;
    rwda_error      *err;
} reading;

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t count)
{
    tiff_source *source = handle;
    size_t       taken  = source->taken <= source->takes ? rw_tiff_read(&source->page, to, source->at, (size_t)count) : 0;

    source->at += taken;
    source->taken += taken;
    return (tmsize_t)taken;
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
    uint64_t     base   = whence == SEEK_CUR ? source->at : whence == SEEK_END ? rw_tiff_size(&source->page) : 0;

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
    return rw_tiff_size(&((const tiff_source *)handle)->page);
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

/* Odd tags are no matter.  What libjpeg says of damage in its strips and tiles is. */
RW_PRINTF(4, 0) static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
{
    tiff_source *source = user;
    char         text[200];

    (void)tiff;
    if (module == NULL || strcmp(module, "JPEGLib") != 0)
        return 1;
    (void)vsnprintf(text, sizeof text, format, args);
    if ((strncmp(text, "Corrupt JPEG", 12) == 0 || strncmp(text, "Premature end", 13) == 0) &&
        strstr(text, "extraneous") == NULL) {
        source->damaged = true;
        memcpy(source->text, text, sizeof text);
    }
    return 1;
}

static rwda_status damage(const reading *r)
{
    if (r->source->taken > r->source->takes)
        return rw_fail(r->err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                       "TIFF: strips or tiles that lie over one another: %llu bytes were read, the file has %zu",
                       (unsigned long long)r->source->taken, r->source->page.len);
    return rw_fail(r->err, RWDA_EFORMAT, RWDA_NO_OFFSET, "TIFF: %.160s",
                   r->source->text[0] != '\0' ? r->source->text : "damaged data");
}

/* ---- What the samples mean ---------------------------------------------------------------------------------------------------------------- */

static rwda_status refuse(const reading *r, const char *what, int value, const char *instead)
{
    return rw_fail(r->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "TIFF: %s %d is not supported; save it as %s", what, value,
                   instead);
}

static int tag(const reading *r, uint32_t name)
{
    uint16_t value = 0;

    return TIFFGetFieldDefaulted(r->tiff, name, &value) ? value : 0;
}

static rwda_status read_colour(reading *r)
{
    static const struct {
        uint16_t       photometric;
        rw_tiff_colour colour;
        int            colours;
    } kinds[] = {
        { PHOTOMETRIC_MINISWHITE, RW_TIFF_WHITE_IS_ZERO, 1 },
        { PHOTOMETRIC_MINISBLACK, RW_TIFF_BLACK_IS_ZERO, 1 },
        { PHOTOMETRIC_RGB, RW_TIFF_RGB, 3 },
        { PHOTOMETRIC_PALETTE, RW_TIFF_PALETTE, 1 },
        { PHOTOMETRIC_SEPARATED, RW_TIFF_CMYK, 4 },
        { PHOTOMETRIC_CIELAB, RW_TIFF_CIELAB, 3 },
        { PHOTOMETRIC_ICCLAB, RW_TIFF_ICCLAB, 3 },
        { PHOTOMETRIC_YCBCR, RW_TIFF_YCBCR, 3 },
    };
    rw_tiff_layout *layout      = &r->layout;
    uint16_t        photometric = 0; /* where nothing is said, as Pillow */
    uint16_t        across = 2, down = 2;

    (void)TIFFGetField(r->tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    if (photometric == PHOTOMETRIC_YCBCR && r->compression == COMPRESSION_JPEG && !layout->separate) {
        (void)TIFFSetField(r->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        photometric = PHOTOMETRIC_RGB;
    }
    (void)TIFFGetFieldDefaulted(r->tiff, TIFFTAG_YCBCRSUBSAMPLING, &across, &down);
    r->as_rgba = (photometric == PHOTOMETRIC_YCBCR && (r->compression != COMPRESSION_NONE || across != 1 || down != 1)) ||
                 photometric == PHOTOMETRIC_LOGL || photometric == PHOTOMETRIC_LOGLUV;
    if (r->as_rgba)
        return RWDA_OK;
    for (size_t i = 0; i < RW_COUNTOF(kinds); i++)
        if (kinds[i].photometric == photometric) {
            layout->colour  = kinds[i].colour;
            layout->colours = kinds[i].colours;
        }
    if (layout->colours == 0)
        return refuse(r, "photometric interpretation", photometric, "RGB or grey");
    if (layout->samples < layout->colours)
        return rw_fail(r->err, RWDA_EFORMAT, RWDA_NO_OFFSET, "TIFF: %d samples a pixel, colours need %d", layout->samples,
                       layout->colours);
    if (layout->colour == RW_TIFF_CMYK && tag(r, TIFFTAG_INKSET) != INKSET_CMYK)
        return refuse(r, "a set of inks other than CMYK,", tag(r, TIFFTAG_INKSET), "RGB");
    return RWDA_OK;
}

static rwda_status read_palette(reading *r)
{
    rw_tiff_layout *layout  = &r->layout;
    uint16_t      **palette = layout->palette;
    bool            wide    = false;

    if (layout->bits > 8 || !TIFFGetField(r->tiff, TIFFTAG_COLORMAP, &palette[0], &palette[1], &palette[2]))
        return rw_fail(r->err, RWDA_EFORMAT, RWDA_NO_OFFSET, "TIFF: a palette of %d bits is missing or too large",
                       layout->bits);
    for (int i = 0; i < 1 << layout->bits; i++)
        wide = wide || palette[0][i] > 255 || palette[1][i] > 255 || palette[2][i] > 255;
    for (int i = 0; !wide && i < 1 << layout->bits; i++) /* some programs write 8 bits of the 16 */
        for (int c = 0; c < 3; c++)
            palette[c][i] = (uint16_t)(palette[c][i] << 8);
    return RWDA_OK;
}

static rwda_status read_layout(reading *r)
{
    rw_tiff_layout *layout = &r->layout;
    uint16_t        extra = 0, *kinds = NULL;
    int             format = tag(r, TIFFTAG_SAMPLEFORMAT);
    rwda_status     status = RWDA_OK;
    bool            is_wide;

    r->compression   = (uint16_t)tag(r, TIFFTAG_COMPRESSION);
    layout->format   = format == SAMPLEFORMAT_IEEEFP ? RW_TIFF_FLOAT
                       : format == SAMPLEFORMAT_INT  ? RW_TIFF_SIGNED
                                                     : RW_TIFF_UNSIGNED;
    layout->bits     = tag(r, TIFFTAG_BITSPERSAMPLE);
    layout->samples  = tag(r, TIFFTAG_SAMPLESPERPIXEL);
    layout->separate = tag(r, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE && layout->samples > 1;
    layout->least    = HUGE_VAL;
    layout->most     = -HUGE_VAL;
    if (!TIFFIsCODECConfigured(r->compression))
        return refuse(r, "compression", r->compression, "LZW or Deflate");
    if (layout->samples < 1 || layout->samples > RW_TIFF_SAMPLES_MAX)
        return refuse(r, "a number of samples a pixel of", layout->samples, "RGB or grey");
    if (format == SAMPLEFORMAT_COMPLEXINT || format == SAMPLEFORMAT_COMPLEXIEEEFP)
        return refuse(r, "the format of samples", format, "whole numbers of 8 or 16 bits");
    RW_TRY(read_colour(r));
    if (r->as_rgba)
        return RWDA_OK;
    is_wide = layout->bits == 32 || (layout->bits == 64 && layout->format == RW_TIFF_FLOAT);
    if (layout->format == RW_TIFF_FLOAT    ? layout->bits != 16 && !is_wide
        : layout->format == RW_TIFF_SIGNED ? layout->bits != 8 && layout->bits != 16 && !is_wide
                                           : layout->bits < 1 || (layout->bits > 16 && !is_wide))
        return refuse(r, "a sample's number of bits", layout->bits, "8 or 16 bits");
    if (layout->colour >= RW_TIFF_CIELAB && ((layout->bits != 8 && layout->bits != 16) || layout->format == RW_TIFF_FLOAT))
        return refuse(r, "CIELab with a sample's number of bits", layout->bits, "RGB");
    if (layout->colour == RW_TIFF_PALETTE)
        RW_TRY(read_palette(r));
    if (TIFFGetFieldDefaulted(r->tiff, TIFFTAG_EXTRASAMPLES, &extra, &kinds) && extra > 0 &&
        layout->samples > layout->colours)
        layout->associated = kinds[0] == EXTRASAMPLE_ASSOCALPHA && layout->colours <= 3 && layout->colour <= RW_TIFF_RGB;
done:
    return status;
}

/* ---- Rows ------------------------------------------------------------------------------------------------------------------------------ */

static int planes_of(const rw_tiff_layout *layout)
{
    return layout->separate ? layout->colours + layout->associated : 1;
}

static void put_row(reading *r, size_t x, size_t y, size_t n, const uint8_t *const *planes)
{
    rw_tiff_row(r->out->rgb + 3 * (y * (size_t)r->out->width + x), r->out, &r->layout, planes, n, r->limits->depth);
}

/* Of planes behind one another every row is read in each: libtiff goes back to a strip's start only. */
static rwda_status read_strips(reading *r)
{
    size_t         row = (size_t)TIFFScanlineSize64(r->tiff), height = (size_t)r->out->height, kept;
    int            n = planes_of(&r->layout);
    const uint8_t *planes[RW_TIFF_SAMPLES_MAX];

    kept      = n == 1 ? 1 : height;
    r->buffer = rw_new_array(kept * (size_t)n, row);
    if (row == 0 || r->buffer == NULL)
        return rw_fail(r->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "TIFF: %zu x %d rows of %zu bytes", kept, n, row);
    for (int plane = 0; plane < n; plane++)
        for (size_t y = 0; y < height; y++) {
            uint8_t *to = r->buffer + ((size_t)plane * kept + y % kept) * row;

            if (rw_is_cancelled(r->limits))
                return rw_cancelled(r->err);
            if (TIFFReadScanline(r->tiff, to, (uint32_t)y, (uint16_t)plane) < 0)
                return damage(r);
            planes[0] = to;
            if (n == 1)
                put_row(r, 0, y, (size_t)r->out->width, planes);
        }
    for (size_t y = 0; n > 1 && y < height; y++) {
        for (int plane = 0; plane < n; plane++)
            planes[plane] = r->buffer + ((size_t)plane * kept + y) * row;
        put_row(r, 0, y, (size_t)r->out->width, planes);
    }
    return RWDA_OK;
}

/* libtiff 4.5 refuses an uncompressed tile that has more bytes in the file than it needs. */
static bool read_tile(reading *r, uint8_t *to, tmsize_t size, size_t x, size_t y, int plane)
{
    uint32_t tile = TIFFComputeTile(r->tiff, (uint32_t)x, (uint32_t)y, 0, (uint16_t)plane);

    if (r->compression != COMPRESSION_NONE)
        return TIFFReadEncodedTile(r->tiff, tile, to, size) >= 0;
    if (TIFFReadRawTile(r->tiff, tile, to, size) != size)
        return false;
    if (tag(r, TIFFTAG_FILLORDER) == FILLORDER_LSB2MSB)
        TIFFReverseBits(to, size);
    if (TIFFIsByteSwapped(r->tiff) && r->layout.bits == 16)
        TIFFSwabArrayOfShort((uint16_t *)(void *)to, size / 2);
    if (TIFFIsByteSwapped(r->tiff) && r->layout.bits == 32)
        TIFFSwabArrayOfLong((uint32_t *)(void *)to, size / 4);
    if (TIFFIsByteSwapped(r->tiff) && r->layout.bits == 64)
        TIFFSwabArrayOfDouble((double *)(void *)to, size / 8);
    return true;
}

static rwda_status read_tiles(reading *r)
{
    size_t   width = (size_t)r->out->width, height = (size_t)r->out->height, size = (size_t)TIFFTileSize64(r->tiff);
    size_t   row        = (size_t)TIFFTileRowSize64(r->tiff);
    int      n          = planes_of(&r->layout);
    uint32_t tile_width = 0, tile_height = 0;

    (void)TIFFGetField(r->tiff, TIFFTAG_TILEWIDTH, &tile_width);
    (void)TIFFGetField(r->tiff, TIFFTAG_TILELENGTH, &tile_height);
    r->buffer = rw_new_array((size_t)n, size);
    if (r->buffer == NULL)
        return rw_fail(r->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "TIFF: tiles of %zu bytes", size);
    for (size_t top = 0; top < height; top += tile_height)
        for (size_t left = 0; left < width; left += tile_width) {
            size_t         columns = width - left < tile_width ? width - left : tile_width;
            size_t         rows    = height - top < tile_height ? height - top : tile_height;
            const uint8_t *planes[RW_TIFF_SAMPLES_MAX];

            if (rw_is_cancelled(r->limits))
                return rw_cancelled(r->err);
            for (int plane = 0; plane < n; plane++)
                if (!read_tile(r, r->buffer + (size_t)plane * size, (tmsize_t)size, left, top, plane))
                    return damage(r);
            for (size_t y = 0; y < rows; y++) {
                for (int plane = 0; plane < n; plane++)
                    planes[plane] = r->buffer + (size_t)plane * size + y * row;
                put_row(r, left, top + y, columns, planes);
            }
        }
    return RWDA_OK;
}

/* A strip or a row of tiles at a time, by libtiff's own conversion. */
static rwda_status read_rgba(reading *r)
{
    rw_pixels    *out = r->out;
    TIFFRGBAImage image;
    char          text[1024] = "";
    uint32_t      rows       = 0;
    rwda_status   status     = RWDA_OK;

    if (!TIFFRGBAImageOK(r->tiff, text) || !TIFFRGBAImageBegin(&image, r->tiff, 1, text))
        return rw_fail(r->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "TIFF: %.160s", text);
    image.orientation = image.req_orientation = ORIENTATION_TOPLEFT; /* turned later, with all others */
    (void)TIFFGetFieldDefaulted(r->tiff, TIFFIsTiled(r->tiff) ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP, &rows);
    if (rows == 0 || rows > (uint32_t)out->height)
        rows = (uint32_t)out->height;
    r->buffer = rw_new_array((size_t)out->width * rows, sizeof(uint32_t));
    if (r->buffer == NULL)
        status = rw_fail(r->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "TIFF: strips of %d x %u pixels", out->width, rows);
    for (uint32_t y = 0; status == RWDA_OK && y < (uint32_t)out->height; y += rows) {
        uint32_t        some   = rows < (uint32_t)out->height - y ? rows : (uint32_t)out->height - y;
        const uint32_t *raster = (const uint32_t *)(const void *)r->buffer;
        uint8_t        *rgb    = out->rgb + 3 * (size_t)y * (size_t)out->width;

        image.row_offset = (int)y;
        if (rw_is_cancelled(r->limits))
            status = rw_cancelled(r->err);
        else if (!TIFFRGBAImageGet(&image, (uint32_t *)(void *)r->buffer, (uint32_t)out->width, some))
            status = damage(r);
        for (size_t i = 0; status == RWDA_OK && i < (size_t)out->width * some; i++) {
            rgb[3 * i]     = (uint8_t)TIFFGetR(raster[i]);
            rgb[3 * i + 1] = (uint8_t)TIFFGetG(raster[i]);
            rgb[3 * i + 2] = (uint8_t)TIFFGetB(raster[i]);
        }
    }
    TIFFRGBAImageEnd(&image);
    return status;
}

/* However small the image is, libtiff takes memory for a tile. */
static rwda_status check_tiles(const reading *r)
{
    uint32_t width = 0, height = 0;

    if (!TIFFIsTiled(r->tiff))
        return RWDA_OK;
    (void)TIFFGetField(r->tiff, TIFFTAG_TILEWIDTH, &width);
    (void)TIFFGetField(r->tiff, TIFFTAG_TILELENGTH, &height);
    if (width == 0 || height == 0 || (uint64_t)width * height > TILE_MAX || TIFFTileSize64(r->tiff) == 0)
        return rw_fail(r->err, RWDA_ELIMIT, RWDA_NO_OFFSET, "TIFF: tiles of %u x %u pixels are over the limit of %d", width,
                       height, TILE_MAX);
    return RWDA_OK;
}

static rwda_status read_page(reading *r)
{
    uint32_t    width = 0, height = 0;
    rwda_status status = RWDA_OK;

    (void)TIFFGetField(r->tiff, TIFFTAG_IMAGEWIDTH, &width);
    (void)TIFFGetField(r->tiff, TIFFTAG_IMAGELENGTH, &height);
    RW_TRY(rw_pixels_new(r->out, width, height, r->limits, r->err));
    r->source->takes = RW_WORK * (r->source->page.len + 3 * (uint64_t)width * height);
    RW_TRY(read_layout(r));
    RW_TRY(check_tiles(r));
    r->out->bits       = r->as_rgba ? 8 : r->layout.bits;
    r->out->pages      = r->source->page.pages;
    r->source->text[0] = '\0'; /* what odd tags left */
    RW_TRY(r->as_rgba ? read_rgba(r) : TIFFIsTiled(r->tiff) ? read_tiles(r) : read_strips(r));
    if (r->source->text[0] != '\0') /* libtiff went on after damage */
        RW_TRY(damage(r));
    if (!r->as_rgba && r->layout.colour < RW_TIFF_CIELAB && r->layout.colour != RW_TIFF_PALETTE)
        RW_TRY(rw_tiff_check_range(&r->layout, r->limits->depth, r->err));
    RW_TRY(rw_pixels_turn(r->out, tag(r, TIFFTAG_ORIENTATION), r->err)); /* as Pillow does on load */
done:
    free(r->buffer);
    return status;
}

rwda_status rw_codec_tiff(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    tiff_source      source  = { .takes = UINT64_MAX };
    reading          r       = { .source = &source, .limits = limits, .out = out, .err = err };
    TIFFOpenOptions *options = NULL;
    rwda_status      status  = RWDA_OK;

    RW_TRY(rw_tiff_first_page(&source.page, bytes, len, err));
    options = TIFFOpenOptionsAlloc();
    if (options == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "TIFF: no memory for a decoder");
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, &source);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, &source);
    r.tiff =
        TIFFClientOpenExt("image", "rmD", &source, read_bytes, write_nothing, seek, close_nothing, size_of, NULL, NULL,
                          options); /* D: arrays of strips are read when they are needed, which is after the cap on pixels */
    TIFFOpenOptionsFree(options);
    if (r.tiff == NULL)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "TIFF: %.160s",
                       source.text[0] != '\0' ? source.text : "damaged header");
    status = read_page(&r);
    TIFFClose(r.tiff);
done:
    return status;
}

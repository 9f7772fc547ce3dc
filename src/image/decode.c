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

static bool is_gif(const uint8_t *b, size_t len)
{
    return len >= 6 && (memcmp(b, "GIF87a", 6) == 0 || memcmp(b, "GIF89a", 6) == 0);
}

static bool is_jpeg2000(const uint8_t *b, size_t len)
{
    return (len >= 4 && memcmp(b, "\xff\x4f\xff\x51", 4) == 0) ||
           (len >= 12 && memcmp(b, "\0\0\0\x0cjP  \r\n\x87\n", 12) == 0);
}

/* A file of boxes whose first one lists this brand: size, "ftyp", brand, version, brands. */
static bool has_brand(const uint8_t *b, size_t len, const char *brand)
{
    size_t size = len >= 16 && memcmp(b + 4, "ftyp", 4) == 0 ? (size_t)b[2] << 8 | b[3] : 0;

    for (size_t at = 8; at + 4 <= size && at + 4 <= len; at += at == 8 ? 8 : 4)
        if (memcmp(b + at, brand, 4) == 0)
            return true;
    return false;
}

static bool is_avif(const uint8_t *b, size_t len)
{
    return has_brand(b, len, "avif") || has_brand(b, len, "avis");
}

static bool is_heic(const uint8_t *b, size_t len)
{
    static const char *const brands[] = { "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1" };

    for (size_t i = 0; i < RW_COUNTOF(brands); i++)
        if (has_brand(b, len, brands[i]))
            return true;
    return false;
}

static bool is_bmp(const uint8_t *b, size_t len)
{
    return len >= 2 && memcmp(b, "BM", 2) == 0;
}

static bool is_pnm(const uint8_t *b, size_t len)
{
    return len >= 3 && b[0] == 'P' && b[1] >= '1' && b[1] <= '6' && (isspace(b[2]) || b[2] == '#');
}

#ifdef RWDA_HAVE_GIF
#define READS_GIF ", GIF"
#else
#define READS_GIF    ""
#define rw_codec_gif NULL
#endif
#ifdef RWDA_HAVE_AVIF
#define READS_AVIF ", AVIF"
#else
#define READS_AVIF    ""
#define rw_codec_avif NULL
#endif
#ifdef RWDA_HAVE_JPEG2000
#define READS_JPEG2000 ", JPEG 2000"
#else
#define READS_JPEG2000    ""
#define rw_codec_jpeg2000 NULL
#endif
#ifdef RWDA_HAVE_HEIC
#define READS_HEIC ", HEIC"
#else
#define READS_HEIC    ""
#define rw_codec_heic NULL
#endif

static const char read_here[] = "JPEG, PNG, WebP, TIFF, BMP, PNM" READS_GIF READS_JPEG2000 READS_AVIF READS_HEIC;

/* Every format that is known.  Names choose files in a directory; the codec is told by magic bytes: file names are not trusted.
 * decode NULL: its library was not there when this was built. */
typedef struct {
    const char *name, *library;
    bool (*recognise)(const uint8_t *bytes, size_t len);
    rw_codec_fn decode;
    const char *endings[7];
} image_format;

static const image_format formats[] = {
    { "JPEG", "libjpeg", is_jpeg, rw_codec_jpeg, { ".jpg", ".jpeg", ".jfif", ".jpe" } },
    { "PNG", "libpng", is_png, rw_codec_png, { ".png", ".apng" } },
    { "WebP", "libwebp", is_webp, rw_codec_webp, { ".webp" } },
    { "TIFF", "libtiff", is_tiff, rw_codec_tiff, { ".tif", ".tiff" } },
    { "BMP", "", is_bmp, rw_codec_bmp, { ".bmp", ".dib" } },
    { "PNM", "", is_pnm, rw_codec_pnm, { ".ppm", ".pgm", ".pbm", ".pnm" } },
    { "GIF", "giflib", is_gif, rw_codec_gif, { ".gif" } },
    { "JPEG 2000", "OpenJPEG", is_jpeg2000, rw_codec_jpeg2000, { ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx" } },
    { "AVIF", "libavif", is_avif, rw_codec_avif, { ".avif", ".avifs" } },
    { "HEIC", "libheif", is_heic, rw_codec_heic, { ".heic", ".heif", ".hif" } },
};

static const image_format *format_of(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < RW_COUNTOF(formats); i++)
        if (formats[i].recognise(bytes, len))
            return &formats[i];
    return NULL;
}

const char *rwda_image_formats(void)
{
    return read_here;
}

int rwda_image_recognised(const void *bytes, size_t len)
{
    return format_of(bytes, len) != NULL;
}

int rwda_image_named(const char *path)
{
    size_t len = strlen(path);

    for (size_t i = 0; i < RW_COUNTOF(formats); i++)
        for (const char *const *ending = formats[i].endings; *ending != NULL; ending++) {
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
    return rw_fail(err, RWDA_EFORMAT, 0, "is not an image of a known format (%s): its %zu bytes start with \"%s\"",
                   read_here, len, start);
}

/* The caller's handle, and what stands behind it. */
typedef struct {
    rwda_image      image; /* first: the handle is its address */
    rwda_image_info info;
} decoded;

/* Of 16 bits in the file the fewest that hold the largest sample, 8 at least. */
static int bits_of(int largest)
{
    int bits = 8;

    while (bits < 16 && largest >> bits != 0)
        bits++;
    return bits;
}

/* Which bits of a sample are used is known once all of them were read: then they are read again. */
static rwda_status run_codec(rw_pixels *out, rw_codec_fn codec, const uint8_t *bytes, size_t len,
                             const rwda_image_options *options, rwda_error *err)
{
    rw_limits   limits = { .max_pixels = options->max_pixels, .cancel = options->cancel, .user = options->user };
    rwda_status status;

    if (options->depth != RWDA_DEPTH_AUTO)
        limits.depth = options->depth;
    RW_TRY(codec(out, bytes, len, &limits, err));
    if (options->depth == RWDA_DEPTH_AUTO && out->bits == 16 && bits_of(out->largest) < 16) {
        limits.depth = bits_of(out->largest);
        free(out->rgb);
        *out   = (rw_pixels){ 0 };
        status = codec(out, bytes, len, &limits, err);
    }
done:
    return status;
}

static rwda_status check_options(const rwda_image_options *o, rwda_error *err)
{
    if ((unsigned)o->orientation > RWDA_ORIENTATION_STORED)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "orientation %d of rwda_image_options", (int)o->orientation);
    if (o->depth != 0 && o->depth != RWDA_DEPTH_AUTO && (o->depth < 8 || o->depth > 16))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "depth %d of rwda_image_options is not in 8..16", o->depth);
    return RWDA_OK;
}

rwda_status rwda_image_decode(rwda_image **out, const void *bytes, size_t len, const rwda_image_options *options,
                              rwda_error *err)
{
    rw_pixels           pixels = { 0 };
    decoded            *made   = NULL;
    rwda_status         status = RWDA_OK;
    rwda_image_options  limits;
    rwda_image_info     info;
    const image_format *format;

    *out = NULL;
    RW_TRY(rw_load_limits(&limits, options, len, err));
    RW_TRY(check_options(&limits, err));
    format = format_of(bytes, len);
    if (format == NULL)
        return refuse(bytes, len, err);
    if (format->decode == NULL)
        return rw_fail(err, RWDA_EUNSUPPORTED, 0,
                       "%s images need %s, which was not there when rwda was built; save it as PNG", format->name,
                       format->library);
    RW_TRY(run_codec(&pixels, format->decode, bytes, len, &limits, err));
    info = (rwda_image_info){ pixels.orientation, pixels.width, pixels.height, pixels.bits, pixels.largest, pixels.pages };
    if (limits.orientation == RWDA_ORIENTATION_TURNED)
        RW_TRY(rw_pixels_turn(&pixels, pixels.orientation, err));
    made = malloc(sizeof *made);
    if (made == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "image handle, %zu bytes", sizeof *made);
        goto done;
    }
    made->image = (rwda_image){ pixels.width, pixels.height, 3 * (size_t)pixels.width, pixels.rgb };
    made->info  = info;
    pixels.rgb  = NULL;
    *out        = &made->image;
done:
    free(pixels.rgb);
    return status;
}

const rwda_image_info *rwda_image_get_info(const rwda_image *image)
{
    return &((const decoded *)(const void *)image)->info;
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

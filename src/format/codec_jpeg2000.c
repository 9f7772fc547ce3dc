/* codec_jpeg2000.c - JPEG 2000 decoder: OpenJPEG, files (JP2) and bare code streams
 *
 * Memory: 3 bytes a pixel, and of OpenJPEG 8 for every sample of a pixel.  A tile is decoded in one go. */
#include "format/codec.h"

#include "format/jpeg2000_markers.h"

#include <openjpeg.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t   *bytes;
    size_t           len, at;
    const rw_limits *limits;
    bool             cancelled;
    char             text[200];
} j2k_source;

static OPJ_SIZE_T read_bytes(void *to, OPJ_SIZE_T count, void *user)
{
    j2k_source *source = user;
    size_t      left   = source->len - source->at;
    size_t      take   = count < left ? count : left;

    source->cancelled = source->cancelled || rw_is_cancelled(source->limits);
    if (take == 0 || source->cancelled)
        return (OPJ_SIZE_T)-1;
    memcpy(to, source->bytes + source->at, take);
    source->at += take;
    return take;
}

static OPJ_OFF_T skip(OPJ_OFF_T count, void *user)
{
    j2k_source *source = user;

    if (count < 0 || (uint64_t)count > source->len - source->at)
        return -1;
    source->at += (size_t)count;
    return count;
}

static OPJ_BOOL seek(OPJ_OFF_T at, void *user)
{
    j2k_source *source = user;

    if (at < 0 || (uint64_t)at > source->len)
        return OPJ_FALSE;
    source->at = (size_t)at;
    return OPJ_TRUE;
}

static void on_error(const char *message, void *user)
{
    j2k_source *source = user;

    if (source->text[0] == '\0') /* the first one is the cause */
        (void)snprintf(source->text, sizeof source->text, "%.*s", (int)strcspn(message, "\n"), message);
}

static rwda_status failed(const j2k_source *source, rwda_error *err)
{
    if (source->cancelled)
        return rw_cancelled(err);
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "JPEG 2000: %.160s",
                   source->text[0] != '\0' ? source->text : "damaged or truncated data");
}

/* Sample of a component at a pixel of the image, from 0 on. */
static int64_t sample(const opj_image_comp_t *c, uint32_t x, uint32_t y)
{
    uint32_t column = x / c->dx < c->w ? x / c->dx : c->w - 1, row = y / c->dy < c->h ? y / c->dy : c->h - 1;

    return (int64_t)c->data[(size_t)row * c->w + column] + (c->sgnd != 0 ? (int64_t)1 << (c->prec - 1) : 0);
}

/* 8 bits by shifting, as in Pillow: fewer are not spread over 0..255; of more colours are rounded, grey keeps its high byte. */
static int byte_of(rw_pixels *out, const opj_image_comp_t *c, int64_t value, bool grey, const rw_limits *limits)
{
    int bits = (int)c->prec;

    if (bits <= 8)
        return (int)((uint64_t)value << (8 - bits)) & 255;
    value = value < 0 ? 0 : value;
    if (value > out->largest)
        out->largest = (int)(value < INT32_MAX ? value : INT32_MAX);
    if (limits->depth > 0 && limits->depth < bits)
        value >>= limits->depth - 8;
    else
        value = (value + (grey ? 0 : (int64_t)1 << (bits - 9))) >> (bits - 8);
    return value < 255 ? (int)value : 255;
}

static void to_rgb(rw_pixels *out, const opj_image_t *image, const rw_limits *limits)
{
    int  colours    = image->numcomps < 3 ? 1 : image->color_space == OPJ_CLRSPC_CMYK ? 4 : 3;
    bool subsampled = colours == 3 && (image->comps[1].dx > 1 || image->comps[1].dy > 1);
    bool luma       = colours == 3 &&
                (image->color_space == OPJ_CLRSPC_SYCC || (image->color_space <= OPJ_CLRSPC_UNSPECIFIED && subsampled));
    uint8_t *rgb = out->rgb;

    for (uint32_t y = 0; y < (uint32_t)out->height; y++)
        for (uint32_t x = 0; x < (uint32_t)out->width; x++, rgb += 3) {
            int v[4] = { 0 };

            for (int c = 0; c < colours; c++)
                v[c] = byte_of(out, &image->comps[c], sample(&image->comps[c], x, y), colours == 1, limits);
            for (int c = 0; c < 3; c++)
                rgb[c] = colours == 4 ? rw_cmyk_to_rgb(255 - v[c], 255 - v[3]) : (uint8_t)v[colours == 1 ? 0 : c];
            if (luma)
                rw_ycbcr_to_rgb(rgb, v[0], v[1], v[2]);
        }
}

static rwda_status check_components(const opj_image_t *image, rwda_error *err)
{
    if (image->numcomps < 1 || image->numcomps > 4)
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "JPEG 2000: %u components; save it as RGB or grey",
                       image->numcomps);
    for (uint32_t c = 0; c < image->numcomps; c++)
        if (image->comps[c].prec < 1 || image->comps[c].prec > 31 || image->comps[c].dx < 1 || image->comps[c].dy < 1)
            return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "JPEG 2000: %u bits a sample, every %u x %u pixels",
                           image->comps[c].prec, image->comps[c].dx, image->comps[c].dy);
    return RWDA_OK;
}

rwda_status rw_codec_jpeg2000(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    j2k_source        source = { .bytes = bytes, .len = len, .limits = limits };
    opj_dparameters_t parameters;
    opj_codec_t      *codec  = opj_create_decompress(bytes[0] == 0xff ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
    opj_stream_t     *stream = opj_stream_create((OPJ_SIZE_T)1 << 16, OPJ_TRUE);
    opj_image_t      *image  = NULL;
    rwda_status       status = RWDA_OK;

    RW_TRY(rw_jpeg2000_check(bytes, len, err));
    if (codec == NULL || stream == NULL)
        RW_TRY(rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "JPEG 2000: no memory for a decoder"));
    opj_stream_set_read_function(stream, read_bytes);
    opj_stream_set_skip_function(stream, skip);
    opj_stream_set_seek_function(stream, seek);
    opj_stream_set_user_data(stream, &source, NULL);
    opj_stream_set_user_data_length(stream, len);
    opj_set_default_decoder_parameters(&parameters);
    (void)opj_set_error_handler(codec, on_error, &source);
    if (!opj_setup_decoder(codec, &parameters) || !opj_decoder_set_strict_mode(codec, OPJ_TRUE) ||
        !opj_read_header(stream, codec, &image))
        RW_TRY(failed(&source, err));
    RW_TRY(check_components(image, err));
    if (image->x1 <= image->x0 || image->y1 <= image->y0)
        RW_TRY(rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "JPEG 2000: no pixels"));
    RW_TRY(rw_pixels_new(out, image->x1 - image->x0, image->y1 - image->y0, limits, err));
    out->bits = (int)image->comps[0].prec;
    if (!opj_decode(codec, stream, image) || !opj_end_decompress(codec, stream))
        RW_TRY(failed(&source, err));
    RW_TRY(check_components(image, err)); /* a palette makes others */
    for (uint32_t c = 0; c < image->numcomps; c++)
        if (image->comps[c].data == NULL || image->comps[c].w == 0 || image->comps[c].h == 0)
            RW_TRY(rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "JPEG 2000: component %u has no samples", c));
    to_rgb(out, image, limits);
done:
    opj_image_destroy(image);
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    return status;
}

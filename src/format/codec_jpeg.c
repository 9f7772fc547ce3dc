/* codec_jpeg.c - JPEG decoder: libjpeg-turbo, slow integer DCT and smooth upsampling as in Pillow */
#include "format/codec.h"

#include "format/exif.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#define SCANS_MAX 500 /* progressive files need about ten; each costs time of its own, however small the image */

/* Memory: 3 bytes a pixel, and of files with several scans 2 for every sample of a pixel. */

typedef struct {
    struct jpeg_error_mgr    base;
    struct jpeg_progress_mgr progress;
    jmp_buf                  jump;
    const rw_limits         *limits;
    int                      orientation;
    rwda_status              status; /* of what the jump is for; the text is libjpeg's with RWDA_EFORMAT */
    char                     text[JMSG_LENGTH_MAX];
} jpeg_guard;

static void on_error(j_common_ptr info)
{
    jpeg_guard *guard = (jpeg_guard *)info->err;

    info->err->format_message(info, guard->text);
    guard->status = RWDA_EFORMAT;
    longjmp(guard->jump, 1);
}

/* libjpeg repairs damage and warns; an image with invented pixels must not get a score.  What leaves the pixels whole is let pass: bytes
 * that belong to nothing before a marker, fields that a sequential file does not use, and what JFIF and Adobe did not foresee. */
static void on_message(j_common_ptr info, int level)
{
    int code = info->err->msg_code;

    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_NOT_SEQUENTIAL && code != JWRN_JFIF_MAJOR &&
        code != JWRN_ADOBE_XFORM)
        on_error(info);
}

/* Called for every row of blocks of every scan. */
static void on_progress(j_common_ptr info)
{
    const struct jpeg_decompress_struct *decoder = (const struct jpeg_decompress_struct *)info;
    jpeg_guard                          *guard   = (jpeg_guard *)info->err;
    int64_t                              pixels  = (int64_t)decoder->image_width * decoder->image_height;

    if (decoder->input_scan_number > SCANS_MAX ||
        (decoder->input_scan_number > 1 && decoder->input_scan_number * pixels > RW_WORK * guard->limits->max_pixels))
        guard->status = RWDA_ELIMIT;
    else if (rw_is_cancelled(guard->limits))
        guard->status = RWDA_ECANCELLED;
    if (guard->status != RWDA_OK)
        longjmp(guard->jump, 1);
}

/* After a jump. */
static rwda_status failure(const jpeg_guard *guard, const struct jpeg_decompress_struct *decoder, rwda_error *err)
{
    if (guard->status == RWDA_ECANCELLED)
        return rw_cancelled(err);
    if (guard->status == RWDA_ELIMIT)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                       "JPEG: scan %d of %u x %u pixels; at most %d scans are read, and %d x %lld pixels in all of them",
                       decoder->input_scan_number, decoder->image_width, decoder->image_height, SCANS_MAX, RW_WORK,
                       (long long)guard->limits->max_pixels);
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "JPEG: %.200s", guard->text);
}

static uint8_t next_byte(j_decompress_ptr decoder)
{
    if (decoder->src->bytes_in_buffer == 0)
        (void)decoder->src->fill_input_buffer(decoder);
    decoder->src->bytes_in_buffer--;
    return *decoder->src->next_input_byte++;
}

/* APP1: the first EXIF is looked at where it lies, nothing is kept. */
static boolean on_app1(j_decompress_ptr decoder)
{
    jpeg_guard *guard  = (jpeg_guard *)decoder->err;
    size_t      length = (size_t)next_byte(decoder) << 8;

    length |= next_byte(decoder);
    if (length < 2)
        ERREXIT(decoder, JERR_BAD_LENGTH);
    length -= 2;
    if (guard->orientation == 0 && length <= decoder->src->bytes_in_buffer && length >= 6 &&
        memcmp(decoder->src->next_input_byte, "Exif\0\0", 6) == 0)
        guard->orientation = rw_exif_orientation(decoder->src->next_input_byte, length);
    decoder->src->skip_input_data(decoder, (long)length);
    return TRUE;
}

/* CMYK to RGB.  As Pillow does, with Adobe's marker or without: the samples are inverted, 255 is no ink. */
static void cmyk_row(uint8_t *rgb, const uint8_t *cmyk, int width)
{
    for (int x = 0; x < width; x++, cmyk += 4)
        for (int c = 0; c < 3; c++)
            *rgb++ = rw_cmyk_to_rgb(cmyk[c], cmyk[3]);
}

rwda_status rw_codec_jpeg(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    struct jpeg_decompress_struct decoder = { 0 }; /* destroying a zeroed one is fine */
    jpeg_guard                    guard;
    JSAMPARRAY                    line   = NULL;
    volatile rwda_status          status = RWDA_OK;

    decoder.err             = jpeg_std_error(&guard.base);
    guard.base.error_exit   = on_error;
    guard.base.emit_message = on_message;
    guard.text[0]           = '\0';
    guard.limits            = limits;
    guard.orientation       = 0;
    guard.status            = RWDA_OK;
    if (setjmp(guard.jump) != 0) {
        status = failure(&guard, &decoder, err);
        goto done;
    }
    jpeg_create_decompress(&decoder);
    guard.progress   = (struct jpeg_progress_mgr){ .progress_monitor = on_progress };
    decoder.progress = &guard.progress;
    jpeg_mem_src(&decoder, bytes, (unsigned long)len);
    jpeg_set_marker_processor(&decoder, JPEG_APP0 + 1, on_app1);
    (void)jpeg_read_header(&decoder, TRUE);
    status = rw_pixels_new(out, decoder.image_width, decoder.image_height, limits, err);
    if (status != RWDA_OK)
        goto done;
    out->orientation        = guard.orientation;
    decoder.out_color_space = decoder.num_components == 4 ? JCS_CMYK : JCS_RGB;
    (void)jpeg_start_decompress(&decoder);
    line = decoder.mem->alloc_sarray((j_common_ptr)&decoder, JPOOL_IMAGE, decoder.output_width * 4, 1);
    while (decoder.output_scanline < decoder.output_height) {
        uint8_t *row = out->rgb + (size_t)decoder.output_scanline * (size_t)out->width * 3;

        if (decoder.out_color_space == JCS_RGB) {
            (void)jpeg_read_scanlines(&decoder, &row, 1);
        } else {
            (void)jpeg_read_scanlines(&decoder, line, 1);
            cmyk_row(row, line[0], out->width);
        }
    }
    (void)jpeg_finish_decompress(&decoder);
done:
    jpeg_destroy_decompress(&decoder);
    return status;
}

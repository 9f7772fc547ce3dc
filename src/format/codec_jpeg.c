/* codec_jpeg.c - JPEG decoder: libjpeg-turbo, slow integer DCT and smooth upsampling as in Pillow */
#include "format/codec.h"

#include "format/exif.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#define SCANS_MAX 500 /* progressive files need about ten; thousands are an attack on time */

typedef struct {
    struct jpeg_error_mgr    base;
    struct jpeg_progress_mgr progress;
    jmp_buf                  jump;
    int                      orientation;
    char                     text[JMSG_LENGTH_MAX];
} jpeg_guard;

static void on_error(j_common_ptr info)
{
    jpeg_guard *guard = (jpeg_guard *)info->err;

    info->err->format_message(info, guard->text);
    longjmp(guard->jump, 1);
}

/* libjpeg repairs damage and warns; an image with invented pixels must not get a score. */
static void on_message(j_common_ptr info, int level)
{
    if (level < 0)
        on_error(info);
}

static void on_progress(j_common_ptr info)
{
    const struct jpeg_decompress_struct *decoder = (const struct jpeg_decompress_struct *)info;
    jpeg_guard                          *guard   = (jpeg_guard *)info->err;

    if (decoder->input_scan_number > SCANS_MAX) {
        (void)snprintf(guard->text, sizeof guard->text, "more than %d scans", SCANS_MAX);
        longjmp(guard->jump, 1);
    }
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

/* CMYK as Adobe stores it (inverted) to RGB, as Pillow does: 255 - clip(c + k). */
static void cmyk_row(uint8_t *rgb, const uint8_t *cmyk, int width, bool inverted)
{
    for (int x = 0; x < width; x++, cmyk += 4)
        for (int c = 0; c < 3; c++) {
            int ink   = inverted ? 255 - cmyk[c] : cmyk[c];
            int black = inverted ? 255 - cmyk[3] : cmyk[3];
            int mixed = (255 - ink) * (255 - black) + 128;

            *rgb++ = (uint8_t)((mixed + (mixed >> 8)) >> 8);
        }
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
    guard.orientation       = 0;
    if (setjmp(guard.jump) != 0) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "JPEG: %.200s", guard.text);
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
            cmyk_row(row, line[0], out->width, decoder.saw_Adobe_marker);
        }
    }
    (void)jpeg_finish_decompress(&decoder);
done:
    jpeg_destroy_decompress(&decoder);
    return status;
}

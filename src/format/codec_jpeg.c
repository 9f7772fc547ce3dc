/* codec_jpeg.c - JPEG decoder: libjpeg-turbo, slow integer DCT and smooth upsampling as in Pillow */
#include "format/codec.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#define SCANS_MAX 500 /* progressive files need about ten; thousands are an attack on time */

typedef struct {
    struct jpeg_error_mgr    base;
    struct jpeg_progress_mgr progress;
    jmp_buf                  jump;
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

rwda_status rw_codec_jpeg(rw_pixels *out, const uint8_t *bytes, size_t len, int64_t max_pixels, rwda_error *err)
{
    struct jpeg_decompress_struct decoder = { 0 }; /* destroying a zeroed one is fine */
    jpeg_guard                    guard;
    JSAMPARRAY                    line   = NULL;
    volatile rwda_status          status = RWDA_OK;

    decoder.err             = jpeg_std_error(&guard.base);
    guard.base.error_exit   = on_error;
    guard.base.emit_message = on_message;
    guard.text[0]           = '\0';
    if (setjmp(guard.jump) != 0) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "JPEG: %.200s", guard.text);
        goto done;
    }
    jpeg_create_decompress(&decoder);
    guard.progress   = (struct jpeg_progress_mgr){ .progress_monitor = on_progress };
    decoder.progress = &guard.progress;
    jpeg_mem_src(&decoder, bytes, (unsigned long)len);
    (void)jpeg_read_header(&decoder, TRUE);
    status = rw_pixels_new(out, decoder.image_width, decoder.image_height, max_pixels, err);
    if (status != RWDA_OK)
        goto done;
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

/* image_writer_jpeg.c - JPEG writer over libjpeg. */
#include "common/image_writer.h"
#include "common/text_stream.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h> /* after stdio.h */

#define SIDE_MAX 65500

typedef struct {
    struct jpeg_error_mgr base; /* first: libjpeg knows no more */
    jmp_buf               back;
} errors;

static void on_error(j_common_ptr info)
{
    longjmp(((errors *)(void *)info->err)->back, 1);
}

static bool encode(FILE *out, const uint8_t *pixels, size_t stride, int width, int height, int quality, bool optimize)
{
    struct jpeg_compress_struct encoder = { 0 };
    errors                      e;

    encoder.err       = jpeg_std_error(&e.base);
    e.base.error_exit = on_error;
    if (setjmp(e.back) != 0) {
        jpeg_destroy_compress(&encoder);
        return false;
    }
    jpeg_create_compress(&encoder);
    jpeg_stdio_dest(&encoder, out);
    encoder.image_width      = (JDIMENSION)width;
    encoder.image_height     = (JDIMENSION)height;
    encoder.input_components = 3;
    encoder.in_color_space   = JCS_RGB;
    jpeg_set_defaults(&encoder);
    jpeg_set_quality(&encoder, quality, TRUE);
    encoder.optimize_coding = optimize ? TRUE : FALSE;
    jpeg_start_compress(&encoder, TRUE);
    while (encoder.next_scanline < encoder.image_height) {
        JSAMPROW row =
            (JSAMPROW)(uintptr_t)(pixels + (size_t)encoder.next_scanline * stride); /* its interface knows no const */

        (void)jpeg_write_scanlines(&encoder, &row, 1);
    }
    jpeg_finish_compress(&encoder);
    jpeg_destroy_compress(&encoder);
    return true;
}

uint8_t *jpeg_write(size_t *len, const uint8_t *pixels, size_t stride, int width, int height, int quality, bool optimize)
{
    char *bytes = NULL;
    bool  fine  = width <= SIDE_MAX && height <= SIDE_MAX;
    FILE *out   = fine ? rw_text_stream(&bytes, len) : NULL; /* libjpeg's own loses its buffer when memory ends */

    fine = out != NULL && encode(out, pixels, stride, width, height, quality, optimize);
    if (out != NULL)
        fine = rw_text_stream_close(out) && fine;
    if (!fine) {
        free(bytes);
        bytes = NULL;
        *len  = 0;
    }
    return (uint8_t *)bytes;
}

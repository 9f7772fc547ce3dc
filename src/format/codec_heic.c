/* codec_heic.c - HEIC decoder: libheif, primary image, which libheif turns
 *
 * Memory: 6 bytes a pixel, and the planes of YUV: at most 6.  An image is decoded in one go. */
#include "format/codec.h"

#include "format/item_boxes.h"

#include <libheif/heif.h>
#include <string.h>

static rwda_status failed(struct heif_error error, rwda_error *err)
{
    rwda_status status = error.code == heif_error_Memory_allocation_error ? RWDA_ENOMEM
                         : error.code == heif_error_Unsupported_feature || error.code == heif_error_Unsupported_filetype
                             ? RWDA_EUNSUPPORTED
                             : RWDA_EFORMAT;

    return rw_fail(err, status, RWDA_NO_OFFSET, "HEIC: %.200s", error.message);
}

static rwda_status decode(rw_pixels *out, const struct heif_image_handle *handle, const rw_limits *limits, rwda_error *err)
{
    struct heif_image *image = NULL;
    struct heif_error  error;
    const uint8_t     *plane;
    int                stride = 0, width, height, bits = heif_image_handle_get_luma_bits_per_pixel(handle);
    rwda_status        status = RWDA_OK;

    RW_TRY(rw_pixels_new(out, (uint64_t)heif_image_handle_get_width(handle), (uint64_t)heif_image_handle_get_height(handle),
                         limits, err));
    out->bits        = bits > 0 ? bits : 8;
    out->orientation = 1;
    error            = heif_decode_image(handle, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, NULL);
    if (error.code != heif_error_Ok) {
        status = failed(error, err);
        goto done;
    }
    width  = heif_image_get_width(image, heif_channel_interleaved);
    height = heif_image_get_height(image, heif_channel_interleaved);
    plane  = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
    if (plane == NULL || width != out->width || height != out->height) {
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: an image of %d x %d pixels, announced as %d x %d", width,
                         height, out->width, out->height);
        goto done;
    }
    for (int y = 0; y < height; y++)
        memcpy(out->rgb + 3 * (size_t)y * (size_t)width, plane + (size_t)y * (size_t)stride, 3 * (size_t)width);
done:
    heif_image_release(image);
    return status;
}

rwda_status rw_codec_heic(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    struct heif_context      *context = heif_context_alloc();
    struct heif_image_handle *handle  = NULL;
    struct heif_error         error;
    rwda_status               status = RWDA_OK;
    int                       side   = 1;

    if (context == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "HEIC: no memory for a decoder");
    RW_TRY(rw_check_items(bytes, len, "HEIC", err));
    while (side < 1 << 20 && (int64_t)side * side < limits->max_pixels)
        side *= 2;
    heif_context_set_maximum_image_size_limit(context, side); /* of its square: up to twice as many as ours each way */
    heif_context_set_max_decoding_threads(context, 0);
    error = heif_context_read_from_memory_without_copy(context, bytes, len, NULL);
    if (error.code == heif_error_Ok)
        error = heif_context_get_primary_image_handle(context, &handle);
    if (error.code != heif_error_Ok)
        RW_TRY(failed(error, err));
    if (rw_is_cancelled(limits))
        RW_TRY(rw_cancelled(err));
    RW_TRY(decode(out, handle, limits, err));
    out->pages = heif_context_get_number_of_top_level_images(context);
    if (rw_is_cancelled(limits))
        RW_TRY(rw_cancelled(err));
done:
    heif_image_handle_release(handle);
    heif_context_free(context);
    return status;
}

/* codec_avif.c - AVIF decoder: libavif, first frame
 *
 * Memory: 3 bytes a pixel, 4 more with alpha, and the planes of YUV: at most 8.  A frame is decoded in one go. */
#include "format/codec.h"

#include "format/item_boxes.h"

#include <avif/avif.h>
#include <stdlib.h>

/* A turn to the left, then a mirror, as EXIF calls them. */
static int orientation_of(const avifImage *image)
{
    static const int turned[4] = { 1, 8, 3, 6 }, left_right[4] = { 2, 7, 4, 5 }, top_bottom[4] = { 4, 5, 2, 7 };
    int              angle = (image->transformFlags & AVIF_TRANSFORM_IROT) != 0 ? image->irot.angle & 3 : 0;

    if ((image->transformFlags & AVIF_TRANSFORM_IMIR) == 0)
        return turned[angle];
#if AVIF_VERSION >= 1000000
    return image->imir.axis != 0 ? left_right[angle] : top_bottom[angle];
#else
    return image->imir.mode != 0 ? left_right[angle] : top_bottom[angle];
#endif
}

static rwda_status failed(avifResult result, rwda_error *err)
{
    rwda_status status = result == AVIF_RESULT_OUT_OF_MEMORY     ? RWDA_ENOMEM
                         : result == AVIF_RESULT_NOT_IMPLEMENTED ? RWDA_EUNSUPPORTED
                                                                 : RWDA_EFORMAT;

    return rw_fail(err, status, RWDA_NO_OFFSET, "AVIF: %.160s", avifResultToString(result));
}

/* Alpha is decoded and dropped: asked for colours alone, libavif lays them over black. */
static avifResult to_rgb(rw_pixels *out, avifImage *image, bool alpha, uint8_t *rgba)
{
    avifRGBImage rgb;
    avifResult   result;
    size_t       n = (size_t)out->width * (size_t)out->height;

    avifRGBImageSetDefaults(&rgb, image);
    rgb.depth    = 8;
    rgb.format   = alpha ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
    rgb.pixels   = alpha ? rgba : out->rgb;
    rgb.rowBytes = (uint32_t)out->width * (alpha ? 4 : 3);
    result       = avifImageYUVToRGB(image, &rgb);
    for (size_t i = 0; alpha && result == AVIF_RESULT_OK && i < n; i++)
        for (size_t c = 0; c < 3; c++)
            out->rgb[3 * i + c] = rgba[4 * i + c];
    return result;
}

rwda_status rw_codec_avif(rw_pixels *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    avifDecoder *decoder = avifDecoderCreate();
    uint8_t     *rgba    = NULL;
    avifResult   result;
    rwda_status  status = RWDA_OK;

    if (decoder == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "AVIF: no memory for a decoder");
    decoder->maxThreads = 1;
    decoder->ignoreExif = AVIF_TRUE; /* its orientation counts for nothing: irot and imir say it */
    decoder->ignoreXMP  = AVIF_TRUE;
    decoder->imageSizeLimit =
        limits->max_pixels < AVIF_DEFAULT_IMAGE_SIZE_LIMIT ? (uint32_t)limits->max_pixels : AVIF_DEFAULT_IMAGE_SIZE_LIMIT;
    decoder->strictFlags &= ~(avifStrictFlags)(AVIF_STRICT_CLAP_VALID | AVIF_STRICT_PIXI_REQUIRED); /* as Pillow */
    RW_TRY(rw_check_items(bytes, len, "AVIF", err));
    result = avifDecoderSetIOMemory(decoder, bytes, len);
    if (result == AVIF_RESULT_OK)
        result = avifDecoderParse(decoder);
    if (result == AVIF_RESULT_OK) {
        RW_TRY(rw_pixels_new(out, decoder->image->width, decoder->image->height, limits, err));
        out->bits        = (int)decoder->image->depth;
        out->pages       = decoder->imageCount;
        out->orientation = orientation_of(decoder->image);
        if (decoder->alphaPresent && (rgba = malloc((size_t)out->width * (size_t)out->height * 4)) == NULL)
            RW_TRY(rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "AVIF: %d x %d pixels with alpha", out->width, out->height));
        if (rw_is_cancelled(limits))
            RW_TRY(rw_cancelled(err));
        result = avifDecoderNextImage(decoder);
    }
    if (result == AVIF_RESULT_OK && rw_is_cancelled(limits))
        RW_TRY(rw_cancelled(err));
    if (result == AVIF_RESULT_OK && ((int)decoder->image->width != out->width || (int)decoder->image->height != out->height))
        result = AVIF_RESULT_BMFF_PARSE_FAILED;
    if (result == AVIF_RESULT_OK)
        result = to_rgb(out, decoder->image, decoder->alphaPresent, rgba);
    if (result != AVIF_RESULT_OK)
        status = failed(result, err);
done:
    free(rgba);
    avifDecoderDestroy(decoder);
    return status;
}

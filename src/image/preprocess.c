#include "image/preprocess.h"

#include "image/crops.h"

#include <stdlib.h>

/* torchvision's int(round((length - side) / 2)), halves to even, or Hugging Face's (length - side) // 2. */
static int centre_offset(int length, int side, bool down)
{
    int twice = length - side;

    return down || twice % 2 == 0 ? twice / 2 : (twice / 2) + (twice / 2) % 2;
}

/* A box to side x side RGB: squash resizes both sides, shortest keeps the shape and cuts the centre out. */
static rwda_status box_to_square(uint8_t *rgb, const rw_preprocess_config *config, const rwda_image *image, rw_box box,
                                 bool squash, rwda_error *err)
{
    int     side    = config->side;
    int     shorter = box.width < box.height ? box.width : box.height;
    int     longer  = box.width < box.height ? box.height : box.width;
    int     edge    = squash || config->shortest == 0 ? side : config->shortest;
    int64_t length  = (int64_t)edge * longer / shorter; /* torchvision: int(size * long / short) */
    rw_box  window  = { 0, 0, side, side };
    int     width = edge, height = edge;

    if (!squash && length > 1000000)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "image of %d x %d is too elongated: %lld pixels after resizing",
                       box.width, box.height, (long long)length);
    if (!squash && box.width < box.height)
        height = (int)length;
    else if (!squash)
        width = (int)length;
    window.x = centre_offset(width, side, config->crop_floor);
    window.y = centre_offset(height, side, config->crop_floor);
    return rw_resize(rgb, window, width, height, image, box, config->filter, config->kernels, err);
}

rwda_status rw_preprocess_box(float *out, const rw_preprocess_config *config, const rwda_image *image, rw_box box,
                              bool squash, rwda_error *err)
{
    size_t      plane = (size_t)config->side * (size_t)config->side;
    uint8_t    *rgb   = rw_new_array(plane, 3);
    float       value[3][256]; /* lookup table: each of the 256 levels, normalised */
    rwda_status status;

    if (rgb == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a crop of %d x %d", config->side, config->side);
    status = box_to_square(rgb, config, image, box, squash, err);
    for (size_t c = 0; c < 3; c++)
        for (size_t level = 0; level < 256; level++)
            value[c][level] =
                ((config->scale > 0.0 ? (float)((double)level * config->scale) : (float)level / 255.0f) - config->mean[c]) /
                config->std[c];
    for (size_t p = 0; p < plane && status == RWDA_OK; p++)
        for (size_t c = 0; c < 3; c++)
            out[c * plane + p] = value[c][rgb[3 * p + c]];
    free(rgb);
    return status;
}

rwda_status rw_preprocess(float *out, const rw_preprocess_config *config, const rwda_image *image, rwda_resize resize,
                          rwda_crops crops, rwda_error *err)
{
    size_t      count, plane = (size_t)config->side * (size_t)config->side;
    rw_box     *boxes  = NULL;
    rwda_status status = RWDA_OK;

    RW_TRY(rw_crops_check(&count, image, resize, crops, err));
    boxes = rw_new_array(count, sizeof *boxes);
    if (boxes == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu crops of %d x %d", count, config->side, config->side);
    rw_crop_boxes(boxes, image->width, image->height, resize, crops);
    for (size_t i = 0; i < count; i++)
        RW_TRY(rw_preprocess_box(out + i * 3 * plane, config, image, boxes[i], resize != RWDA_RESIZE_SHORTEST, err));
done:
    free(boxes);
    return status;
}

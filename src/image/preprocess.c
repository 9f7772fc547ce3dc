/* preprocess.c - from photograph to [crops, 3, S, S]? */
#include "image/preprocess.h"

#include "image/crops.h"

#include <stdlib.h>

/* torchvision's int(round((length - side) / 2)), halves to even. */
static int centre_offset(int length, int side)
{
    int twice = length - side;

    return twice % 2 == 0 ? twice / 2 : (twice / 2) + (twice / 2) % 2;
}

/* A box to side x side RGB: squash resizes both sides, shortest keeps the shape and cuts the centre out. */
static rwda_status box_to_square(uint8_t *rgb, int side, const rwda_image *image, rw_box box, bool squash, rwda_error *err)
{
    int         shorter = box.width < box.height ? box.width : box.height;
    int         longer  = box.width < box.height ? box.height : box.width;
    int64_t     length  = (int64_t)side * longer / shorter; /* torchvision: int(size * long / short) */
    int         width, height;
    uint8_t    *whole;
    rwda_status status;

    if (squash || longer == shorter)
        return rw_resize_bicubic(rgb, side, side, image, box, err);
    if (length > 1000000)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "picture of %d x %d is too elongated: %lld pixels after resizing",
                       box.width, box.height, (long long)length);
    width  = box.width < box.height ? side : (int)length;
    height = box.width < box.height ? (int)length : side;
    whole  = rw_new_array((size_t)width * (size_t)height, 3);
    if (whole == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "resized picture of %d x %d", width, height);
    status = rw_resize_bicubic(whole, width, height, image, box, err);
    if (status == RWDA_OK) {
        int left = centre_offset(width, side), top = centre_offset(height, side);

        for (int y = 0; y < side; y++)
            for (int i = 0; i < 3 * side; i++)
                rgb[y * 3 * side + i] = whole[((size_t)(top + y) * (size_t)width + (size_t)left) * 3 + (size_t)i];
    }
    free(whole);
    return status;
}

rwda_status rw_preprocess_box(float *out, const rwda_image *image, rw_box box, int side, const float mean[3],
                              const float std[3], bool squash, rwda_error *err)
{
    size_t      plane = (size_t)side * (size_t)side;
    uint8_t    *rgb   = rw_new_array(plane, 3);
    rwda_status status;

    if (rgb == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a crop of %d x %d", side, side);
    status = box_to_square(rgb, side, image, box, squash, err);
    if (status == RWDA_OK)
        for (size_t c = 0; c < 3; c++)
            for (size_t p = 0; p < plane; p++)
                *out++ = ((float)rgb[3 * p + c] / 255.0f - mean[c]) / std[c];
    free(rgb);
    return status;
}

rwda_status rw_preprocess(float *out, const rwda_image *image, int side, const float mean[3], const float std[3],
                          rwda_resize resize, rwda_crops crops, rwda_error *err)
{
    size_t      count, plane = (size_t)side * (size_t)side;
    rw_box     *boxes  = NULL;
    rwda_status status = RWDA_OK;

    RW_TRY(rw_crops_check(&count, image, resize, crops, err));
    boxes = rw_new_array(count, sizeof *boxes);
    if (boxes == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu crops of %d x %d", count, side, side);
    rw_crop_boxes(boxes, image->width, image->height, resize, crops);
    for (size_t i = 0; i < count; i++)
        RW_TRY(
            rw_preprocess_box(out + i * 3 * plane, image, boxes[i], side, mean, std, resize != RWDA_RESIZE_SHORTEST, err));
done:
    free(boxes);
    return status;
}

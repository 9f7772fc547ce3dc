#include "image/crops.h"

/* n x n windows of `share` of each side, evenly spaced, the outer ones flush with the border. */
static const struct {
    int    n;
    double share;
} plans[] = {
    [RWDA_CROPS_ONE] = { 0, 0.0 },
    [RWDA_CROPS_5]   = { 2, 2.0 / 3.0 },
    [RWDA_CROPS_2X2] = { 2, 0.7 },
    [RWDA_CROPS_3X3] = { 3, 0.5 },
};

/* Square tiles along the longer side: side = the shorter one, stride 0.8 of it, the last flush with the end. */
static size_t tile_count(int width, int height)
{
    int side = width < height ? width : height, length = width < height ? height : width;
    int stride = side * 4 / 5 > 0 ? side * 4 / 5 : 1;

    return 1 + (size_t)((length - side + stride - 1) / stride);
}

size_t rwda_crop_count(int width, int height, rwda_resize resize, rwda_crops crops)
{
    size_t windows;

    if (width < 1 || height < 1 || (unsigned)resize > RWDA_RESIZE_TILES || (unsigned)crops > RWDA_CROPS_3X3)
        return 0;
    windows = (size_t)plans[crops].n * (size_t)plans[crops].n;
    return windows + (resize == RWDA_RESIZE_TILES ? tile_count(width, height) : 1);
}

rwda_status rw_crops_check(size_t *count, const rwda_image *image, rwda_resize resize, rwda_crops crops, rwda_error *err)
{
    *count = rwda_crop_count(image->width, image->height, resize, crops);
    if (*count == 0 || image->stride < 3 * (size_t)image->width)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "image of %d x %d pixels with rows of %zu bytes, resize %d, crops %d", image->width, image->height,
                       image->stride, (int)resize, (int)crops);
    if (*count > RWDA_CROPS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "image of %d x %d pixels gives %zu crops, at most %d are taken",
                       image->width, image->height, *count, RWDA_CROPS_MAX);
    return RWDA_OK;
}

void rw_crop_boxes(rw_box *boxes, int width, int height, rwda_resize resize, rwda_crops crops)
{
    int n = plans[crops].n;
    int w = (int)(width * plans[crops].share + 0.5), h = (int)(height * plans[crops].share + 0.5);

    if (resize == RWDA_RESIZE_TILES) {
        int side = width < height ? width : height, stride = side * 4 / 5 > 0 ? side * 4 / 5 : 1;

        for (size_t i = 0, tiles = tile_count(width, height); i < tiles; i++) {
            int end = (width < height ? height : width) - side;
            int at  = (int)i * stride < end ? (int)i * stride : end;

            *boxes++ = width < height ? (rw_box){ 0, at, side, side } : (rw_box){ at, 0, side, side };
        }
    } else {
        *boxes++ = (rw_box){ 0, 0, width, height };
    }
    w = w > 0 ? w : 1;
    h = h > 0 ? h : 1;
    for (int row = 0; row < n; row++)
        for (int column = 0; column < n; column++)
            *boxes++ = (rw_box){ (width - w) * column / (n - 1), (height - h) * row / (n - 1), w, h };
}

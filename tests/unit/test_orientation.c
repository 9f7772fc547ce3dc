/* test_orientation.c - are images turned as their files say, and samples of few bits scaled, where that is asked for? */
#include "base/file.h"
#include "rwda.h"
#include "tests/unit/check.h"

#define WIDTH  13
#define HEIGHT 9

static void read_image(uint8_t **bytes, size_t *len, const char *name)
{
    char       path[RW_PATH_MAX];
    rwda_error err;

    (void)snprintf(path, sizeof path, "%s/images/%s", RWDA_TEST_DIR, name);
    assert_ok(rw_file_read(bytes, len, path, 1 << 20, &err), err);
}

/* A JPEG with EXIF's orientation in a segment behind its first two bytes. */
static uint8_t *with_orientation(size_t *len, int orientation)
{
    const uint8_t exif[] = { 0xff, 0xe1, 0, 34, 'E', 'x',  'i',  'f', 0, 0, 'M', 'M', 0, '*', 0,
                             0,    0,    8, 0,  1,   0x01, 0x12, 0,   3, 0, 0,   0,   1, 0,   (uint8_t)orientation,
                             0,    0,    0, 0,  0,   0 };
    uint8_t      *plain, *out;
    size_t        n;

    read_image(&plain, &n, "q95.jpg");
    *len = n + sizeof exif;
    out  = malloc(*len);
    assert_non_null(out);
    memcpy(out, plain, 2);
    memcpy(out + 2, exif, sizeof exif);
    memcpy(out + 2 + sizeof exif, plain + 2, n - 2);
    free(plain);
    return out;
}

static rwda_image *decode(const void *bytes, size_t len, rwda_orientation orientation, int depth)
{
    rwda_image_options options = RWDA_IMAGE_OPTIONS_INIT;
    rwda_image        *image   = NULL;
    rwda_error         err     = { 0 };

    options.orientation = orientation;
    options.depth       = depth;
    assert_ok(rwda_image_decode(&image, bytes, len, &options, &err), err);
    return image;
}

static const uint8_t *pixel_at(const rwda_image *image, int x, int y)
{
    return image->pixels + (size_t)y * image->stride + 3 * (size_t)x;
}

/* Where pixel x, y of the stored image is seen; EXIF's definition: which side row 0 and column 0 are of. */
static void seen_at(int *x, int *y, int orientation)
{
    int left = *x, top = *y, right = WIDTH - 1 - *x, bottom = HEIGHT - 1 - *y;

    switch (orientation) {
    case 2: *x = right; break;              /* row 0 top, column 0 right */
    case 3: *x = right, *y = bottom; break; /* bottom, right */
    case 4: *y = bottom; break;             /* bottom, left */
    case 5: *x = top, *y = left; break;     /* left, top */
    case 6: *x = bottom, *y = left; break;  /* right, top */
    case 7: *x = bottom, *y = right; break; /* right, bottom */
    case 8: *x = top, *y = right; break;    /* left, bottom */
    default: break;
    }
}

static void every_orientation_is_undone(void **state)
{
    (void)state;
    for (int orientation = 0; orientation <= 9; orientation++) {
        size_t                 len;
        uint8_t               *bytes  = with_orientation(&len, orientation);
        rwda_image            *stored = decode(bytes, len, RWDA_ORIENTATION_STORED, 0);
        rwda_image            *turned = decode(bytes, len, RWDA_ORIENTATION_TURNED, 0);
        const rwda_image_info *info   = rwda_image_get_info(turned);
        bool                   side   = orientation >= 5 && orientation <= 8;

        assert_int_equal(stored->width, WIDTH);
        assert_int_equal(stored->height, HEIGHT);
        assert_int_equal(turned->width, side ? HEIGHT : WIDTH);
        assert_int_equal(turned->height, side ? WIDTH : HEIGHT);
        assert_int_equal(info->orientation, orientation <= 8 ? orientation : 0);
        assert_int_equal(info->stored_width, WIDTH);
        assert_int_equal(info->stored_height, HEIGHT);
        assert_int_equal(info->bits, 8);
        assert_int_equal(info->pages, 1);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                int across = x, down = y;

                seen_at(&across, &down, orientation);
                if (memcmp(pixel_at(turned, across, down), pixel_at(stored, x, y), 3) != 0)
                    fail_msg("orientation %d: pixel %d, %d", orientation, x, y);
            }
        rwda_image_free(stored);
        rwda_image_free(turned);
        free(bytes);
    }
}

static void few_bits_are_scaled(void **state)
{
    static const struct {
        int depth, shift;
    } cases[] = { { 0, 8 }, { 16, 8 }, { 12, 4 }, { 10, 2 }, { RWDA_DEPTH_AUTO, 2 } };
    uint8_t *bytes;
    size_t   len;

    (void)state;
    read_image(&bytes, &len, "dark10.png");
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rwda_image            *image = decode(bytes, len, RWDA_ORIENTATION_TURNED, cases[i].depth);
        const rwda_image_info *info  = rwda_image_get_info(image);

        assert_int_equal(info->bits, 16);
        assert_int_equal(info->largest, 12 * 18 * 1023 / 255);
        for (int x = 0; x < WIDTH; x++)
            assert_int_equal(pixel_at(image, x, 3)[1], (x * 18 * 1023 / 255) >> cases[i].shift);
        rwda_image_free(image);
    }
    free(bytes);
    read_image(&bytes, &len, "interlaced16.png"); /* all 16 are in use */
    for (int depth = RWDA_DEPTH_AUTO; depth <= 0; depth++) {
        rwda_image *image = decode(bytes, len, RWDA_ORIENTATION_TURNED, depth);

        assert_int_equal(pixel_at(image, 5, 4)[0], 5 * 18);
        rwda_image_free(image);
    }
    free(bytes);
}

static void options_out_of_range_are_refused(void **state)
{
    static const int depths[] = { -2, 1, 7, 17 };
    rwda_image      *image;
    rwda_error       err = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(depths); i++) {
        rwda_image_options options = RWDA_IMAGE_OPTIONS_INIT;

        options.depth = depths[i];
        assert_refused("depth", rwda_image_decode(&image, "", 0, &options, &err), RWDA_EINVAL, &err, "is not in 8..16");
    }
    for (int orientation = 2; orientation <= 3; orientation++) {
        rwda_image_options options = RWDA_IMAGE_OPTIONS_INIT;

        options.orientation = (rwda_orientation)orientation;
        assert_refused("orientation", rwda_image_decode(&image, "", 0, &options, &err), RWDA_EINVAL, &err, "orientation");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_orientation_is_undone),
        cmocka_unit_test(few_bits_are_scaled),
        cmocka_unit_test(options_out_of_range_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

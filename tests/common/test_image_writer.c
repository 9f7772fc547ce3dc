/* test_image_writer.c - do PNG files give back every pixel, and JPEG files nearly? */
#include "common/image_writer.h"

#include "tests/unit/check.h"

#define SIDE 61 /* no multiple of a block */

static uint8_t soft(size_t x, size_t y, size_t c)
{
    return (uint8_t)(x + y + 40 * c);
}

static rwda_image *decoded(uint8_t *bytes, size_t len)
{
    rwda_image *image = NULL;
    rwda_error  err   = { 0 };

    assert_non_null(bytes);
    assert_ok(rwda_image_decode(&image, bytes, len, NULL, &err), err);
    free(bytes);
    return image;
}

static void png_is_exact(void **state)
{
    static const png_mode modes[] = { PNG_GREY8, PNG_GREY16, PNG_RGB8, PNG_SRGB8 };
    uint16_t              deep[SIDE * 3];
    uint8_t               bytes[SIDE * 3 * 3];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(bytes); i++)
        bytes[i] = (uint8_t)(i * 89 + i / 7);
    for (size_t i = 0; i < RW_COUNTOF(deep); i++)
        deep[i] = (uint16_t)(i * 9973);
    for (size_t m = 0; m < RW_COUNTOF(modes); m++) {
        bool        grey  = modes[m] == PNG_GREY8 || modes[m] == PNG_GREY16;
        size_t      len   = 0;
        uint8_t    *png   = png_write(&len, modes[m] == PNG_GREY16 ? (const void *)deep : bytes, SIDE, 3, modes[m]);
        rwda_image *image = decoded(png, len);

        assert_true(image->width == SIDE && image->height == 3);
        for (size_t y = 0; y < 3; y++)
            for (size_t x = 0; x < SIDE; x++)
                for (size_t c = 0; c < 3; c++) {
                    size_t at = y * SIDE + x;

                    assert_int_equal(image->pixels[y * image->stride + 3 * x + c], !grey ? bytes[3 * at + c]
                                                                                   : modes[m] == PNG_GREY16 ? deep[at] >> 8
                                                                                                            : bytes[at]);
                }
        rwda_image_free(image);
    }
}

/* All 16 bits, as a plane. */
static void grey_16_keeps_every_bit(void **state)
{
    const uint16_t deep[] = { 0, 1, 255, 256, 0x1234, 65535 };
    rwda_plane    *plane  = NULL;
    rwda_error     err    = { 0 };
    size_t         len;
    uint8_t       *png = png_write(&len, deep, 3, 2, PNG_GREY16);

    (void)state;
    assert_non_null(png);
    assert_ok(rwda_plane_decode(&plane, png, len, NULL, &err), err);
    for (size_t i = 0; i < 6; i++)
        assert_true(plane->values[i] == (float)deep[i] / 65535.0f);
    rwda_plane_free(plane);
    free(png);
}

static void jpeg_is_close(void **state)
{
    enum { STRIDE = 3 * SIDE + 5 };
    uint8_t rgb[SIDE * STRIDE];
    size_t  plain = 0, optimised = 0;

    (void)state;
    memset(rgb, 255, sizeof rgb);
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++)
            for (size_t c = 0; c < 3; c++)
                rgb[y * STRIDE + 3 * x + c] = soft(x, y, c);
    for (int optimise = 0; optimise < 2; optimise++) {
        size_t      len   = 0;
        uint8_t    *jpeg  = jpeg_write(&len, rgb, STRIDE, SIDE, SIDE, 95, optimise);
        rwda_image *image = decoded(jpeg, len);

        assert_true(image->width == SIDE && image->height == SIDE);
        for (size_t y = 0; y < SIDE; y++)
            for (size_t x = 0; x < SIDE; x++)
                for (size_t c = 0; c < 3; c++)
                    assert_in_range(image->pixels[y * image->stride + 3 * x + c] + 12 - soft(x, y, c), 0, 24);
        rwda_image_free(image);
        *(optimise ? &optimised : &plain) = len;
    }
    assert_true(optimised < plain);
}

/* Files of many pieces, where buffers grow. */
static void large_files_are_whole(void **state)
{
    enum { LARGE = 700 };
    uint8_t    *noise          = malloc(LARGE * LARGE * 3), *bytes;
    uint32_t    state_of_noise = 1;
    rwda_image *image;
    size_t      len = 0;

    (void)state;
    assert_non_null(noise);
    for (size_t i = 0; i < LARGE * LARGE * 3; i++) {
        state_of_noise = state_of_noise * 1664525 + 1013904223;
        noise[i]       = (uint8_t)(state_of_noise >> 24);
    }
    bytes = png_write(&len, noise, LARGE, LARGE, PNG_RGB8);
    image = decoded(bytes, len);
    assert_true(len > LARGE * LARGE * 3);
    for (size_t y = 0; y < LARGE; y++)
        assert_memory_equal(image->pixels + y * image->stride, noise + y * LARGE * 3, LARGE * 3);
    rwda_image_free(image);
    bytes = jpeg_write(&len, noise, (size_t)LARGE * 3, LARGE, LARGE, 100, false);
    image = decoded(bytes, len);
    assert_true(len > 300000);
    assert_int_equal(image->height, LARGE);
    rwda_image_free(image);
    free(noise);
}

static void impossible_sides_are_refused(void **state)
{
    static const int sides[][2] = { { 0, 3 }, { 3, 0 }, { -1, 3 }, { 65501, 1 }, { 1, 65501 } };
    static uint8_t   row[3 * 65501];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(sides); i++) {
        size_t len = 5;

        assert_null(jpeg_write(&len, row, 3, sides[i][0], sides[i][1], 75, true));
        assert_int_equal(len, 0);
        if (sides[i][0] < 1 || sides[i][1] < 1)
            assert_null(png_write(&len, row, sides[i][0], sides[i][1], PNG_RGB8));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_is_exact),
        cmocka_unit_test(grey_16_keeps_every_bit),
        cmocka_unit_test(jpeg_is_close),
        cmocka_unit_test(large_files_are_whole),
        cmocka_unit_test(impossible_sides_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_thumbnail.c - how large are thumbnails, and are their pixels the averages of the image's? */
#include "report/thumbnail.h"

#include "tests/unit/check.h"

static void sizes_fit_the_square(void **state)
{
    static const int cases[][5] = {
        { 640, 480, 160, 160, 120 }, { 480, 640, 160, 120, 160 },         { 100, 50, 160, 100, 50 },
        { 160, 160, 160, 160, 160 }, { 100000, 3, 160, 160, 1 },          { 1, 99999, 10, 1, 10 },
        { 1, 1, 1, 1, 1 },           { 2147483647, 2147483647, 7, 7, 7 },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rwda_image image = { cases[i][0], cases[i][1], 0, NULL };
        int        width, height;

        thumbnail_size(&width, &height, &image, cases[i][2]);
        assert_int_equal(width, cases[i][3]);
        assert_int_equal(height, cases[i][4]);
    }
}

static void pixels_are_box_averages(void **state)
{
    enum { WIDTH = 6, HEIGHT = 4, STRIDE = 20, OUT = 3 * 3 + 4 };
    uint8_t    pixels[HEIGHT * STRIDE], out[2 * OUT];
    rwda_image image = { WIDTH, HEIGHT, STRIDE, pixels };

    (void)state;
    memset(pixels, 255, sizeof pixels);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++)
                pixels[y * STRIDE + 3 * x + c] = (uint8_t)(10 * y + x + 50 * c);
    memset(out, 7, sizeof out);
    thumbnail_shrink(out, OUT, 3, 2, &image);
    for (int y = 0; y < 2; y++) {
        for (int x = 0; x < 3; x++)
            for (int c = 0; c < 3; c++) /* of 2 x 2 pixels, rounded down */
                assert_int_equal(out[y * OUT + 3 * x + c], 10 * 2 * y + 5 + 2 * x + 50 * c);
        for (int x = 9; x < OUT; x++) /* between rows nothing is written */
            assert_int_equal(out[y * OUT + x], 7);
    }
}

/* More pixels are asked for than there are: each has one. */
static void enlarging_reads_no_pixel_outside(void **state)
{
    const uint8_t bytes[6]    = { 1, 2, 3, 4, 5, 6 };
    guarded       image_bytes = guarded_copy(bytes, sizeof bytes);
    rwda_image    image       = { 2, 1, 6, image_bytes.bytes };
    uint8_t       out[5 * 3 * 3];

    (void)state;
    thumbnail_shrink(out, 15, 5, 3, &image);
    for (int y = 0; y < 3; y++) {
        assert_memory_equal(out + 15 * y, bytes, 3);
        assert_memory_equal(out + 15 * y + 12, bytes + 3, 3);
    }
    guarded_free(&image_bytes);
}

static void files_decode_to_that_size(void **state)
{
    uint8_t    *pixels = malloc(300 * 200 * 3);
    rwda_image  image  = { 300, 200, 900, pixels };
    rwda_image *back   = NULL;
    rwda_error  err    = { 0 };
    size_t      len    = 0;
    uint8_t    *jpeg;

    (void)state;
    assert_non_null(pixels);
    memset(pixels, 100, 300 * 200 * 3);
    jpeg = thumbnail_jpeg(&len, &image, 60);
    assert_non_null(jpeg);
    assert_ok(rwda_image_decode(&back, jpeg, len, NULL, &err), err);
    assert_true(back->width == 60 && back->height == 40);
    assert_in_range(back->pixels[100], 97, 103);
    rwda_image_free(back);
    free(jpeg);
    free(pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_fit_the_square),
        cmocka_unit_test(pixels_are_box_averages),
        cmocka_unit_test(enlarging_reads_no_pixel_outside),
        cmocka_unit_test(files_decode_to_that_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

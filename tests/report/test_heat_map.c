/* test_heat_map.c - is the colour scale in order, is an overlay on one scale for all images, and are its PNG files right? */
#include "report/heat_map.h"

#include "common/image_writer.h"
#include "tests/unit/check.h"

#include <math.h>

/* CIE lightness of an sRGB colour. */
static double lightness(const uint8_t rgb[3])
{
    double y = 0.0;

    for (int c = 0; c < 3; c++) {
        double v = rgb[c] / 255.0;

        y += (const double[]){ 0.2126, 0.7152, 0.0722 }[c] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return y > 0.008856 ? 116 * cbrt(y) - 16 : 903.3 * y;
}

static void lightness_rises_evenly(void **state)
{
    uint8_t table[256][3];

    (void)state;
    heat_table(table);
    for (int i = 16; i < 256; i += 16) { /* steps large enough for bytes */
        double step = lightness(table[i]) - lightness(table[i - 16]);

        assert_true(step > 2.5 && step < 9.5);
    }
    assert_true(lightness(table[0]) < 10 && lightness(table[255]) > 85);
}

/* Equal values get equal colours over equal pixels, whatever else the map holds. */
static void nothing_is_stretched(void **state)
{
    uint8_t     pixels[4 * 3];
    rwda_image  image  = { 4, 1, 12, pixels };
    const float low[]  = { 0.2f, 0.2f, 0.2f, 0.2f };
    const float high[] = { 0.2f, 0.9f, NAN, 7.0f };
    const float ends[] = { 0.0f, 1.0f, 0.0f, 1.0f };
    uint8_t     a[12], b[12], c[12];

    (void)state;
    memset(pixels, 77, sizeof pixels);
    heat_overlay(a, &image, low, 1.0f, NULL, NULL);
    heat_overlay(b, &image, high, 1.0f, NULL, NULL);
    heat_overlay(c, &image, ends, 1.0f, NULL, NULL);
    assert_memory_equal(a, b, 3);
    assert_memory_equal(a, a + 9, 3);
    assert_memory_not_equal(b, b + 3, 3);
    assert_memory_equal(b + 6, c, 6); /* no number looks like 0, too much like 1 */
}

/* Two grey levels are half as far apart under the brightest colour, more under less. */
static void the_image_shows_through(void **state)
{
    uint8_t     pixels[]  = { 40, 40, 40, 140, 140, 140 }, out[6];
    rwda_image  image     = { 2, 1, 6, pixels };
    const float map[2][2] = { { 1.0f, 1.0f }, { 0.2f, 0.2f } };

    (void)state;
    heat_overlay(out, &image, map[0], 1.0f, NULL, NULL);
    for (int c = 0; c < 3; c++)
        assert_in_range(out[3 + c] - out[c], 49, 51);
    assert_true(out[0] > out[2] + 20); /* and the colour is there */
    heat_overlay(out, &image, map[1], 1.0f, NULL, NULL);
    for (int c = 0; c < 3; c++)
        assert_in_range(out[3 + c] - out[c], 89, 91);
}

static void outlines_and_outsides_show(void **state)
{
    uint8_t       pixels[9 * 3], out[9 * 3];
    rwda_image    image    = { 3, 3, 9, pixels };
    const float   map[9]   = { 0 };
    const uint8_t mask[9]  = { 0, 0, 0, 0, 255, 0, 0, 0, 0 };
    const uint8_t whole[9] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    const uint8_t part[9]  = { 1, 1, 1, 1, 1, 1, 1, 1, 0 };

    (void)state;
    memset(pixels, 200, sizeof pixels);
    heat_overlay(out, &image, map, 1.0f, part, mask);
    assert_true(out[12] == 255 && out[13] == 255 && out[14] == 255);
    assert_true(out[24] == out[25] && out[25] == out[26] && out[24] < 100);
    assert_true(out[0] == 200 && out[1] == 200 && out[2] == 200); /* 0 leaves the image as it is */
    heat_overlay(out, &image, map, 1.0f, NULL, whole);
    assert_true(out[0] != 255); /* the image's edge is no outline */
}

static void png_files_come_back(void **state)
{
    uint8_t     rgb[5 * 3 * 3];
    uint16_t    deep[] = { 0, 255, 256, 65535, 0x1234, 0xfedc };
    rwda_image *back   = NULL;
    rwda_error  err    = { 0 };
    size_t      len    = 0;
    uint8_t    *png;

    (void)state;
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * 37);
    png = png_write(&len, rgb, 5, 3, PNG_RGB8);
    assert_non_null(png);
    assert_ok(rwda_image_decode(&back, png, len, NULL, &err), err);
    assert_true(back->width == 5 && back->height == 3);
    for (size_t y = 0; y < 3; y++)
        assert_memory_equal(back->pixels + y * back->stride, rgb + y * 15, 15);
    rwda_image_free(back);
    free(png);
    png = png_write(&len, deep, 2, 3, PNG_GREY16);
    assert_non_null(png);
    assert_ok(rwda_image_decode(&back, png, len, NULL, &err), err);
    for (size_t i = 0; i < 6; i++) /* 16-bit grey keeps its high byte */
        assert_int_equal(back->pixels[i / 2 * back->stride + i % 2 * 3], deep[i] >> 8);
    rwda_image_free(back);
    free(png);
    png = png_write(&len, rgb, 4, 2, PNG_GREY8);
    assert_non_null(png);
    assert_ok(rwda_image_decode(&back, png, len, NULL, &err), err);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(back->pixels[i / 4 * back->stride + i % 4 * 3 + 1], rgb[i]);
    rwda_image_free(back);
    free(png);
    assert_null(png_write(&len, rgb, 0, 3, PNG_RGB8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lightness_rises_evenly),  cmocka_unit_test(nothing_is_stretched),
        cmocka_unit_test(the_image_shows_through), cmocka_unit_test(outlines_and_outsides_show),
        cmocka_unit_test(png_files_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

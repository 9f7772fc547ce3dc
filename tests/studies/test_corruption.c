/* test_corruption.c - do the robustness study's corruptions do what their names say, and nothing else? */
#include "studies/corruption.h"

#include "base/status.h"

#include "tests/unit/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE   24
#define STRIDE (3 * SIDE + 5) /* rows of an image may be longer than its pixels */

static uint8_t pixels[SIDE * STRIDE];

static rwda_image make(int width, int height)
{
    for (int i = 0; i < SIDE * STRIDE; i++)
        pixels[i] = (uint8_t)(20 + i * i % 211);
    return (rwda_image){ width, height, STRIDE, pixels };
}

static rwda_image *corrupted(const rwda_image *in, corruption_type type, double amount, size_t number)
{
    corruption  c   = { type, "", "", amount };
    rwda_image *out = corruption_apply(in, &c, number);

    assert_non_null(out);
    assert_int_equal(out->width, in->width);
    assert_int_equal(out->height, in->height);
    return out;
}

static int at(const rwda_image *image, int x, int y, int c)
{
    return image->pixels[(size_t)y * image->stride + 3 * (size_t)x + (size_t)c];
}

/* Mean and largest difference of two images of one size. */
static double mean_difference(const rwda_image *a, const rwda_image *b, int *most)
{
    double sum = 0;

    *most = 0;
    for (int y = 0; y < a->height; y++)
        for (int x = 0; x < a->width; x++)
            for (int c = 0; c < 3; c++) {
                int d = abs(at(a, x, y, c) - at(b, x, y, c));

                sum += d;
                *most = d > *most ? d : *most;
            }
    return sum / (3.0 * a->width * a->height);
}

static void nothing_changes_nothing(void **state)
{
    static const struct {
        corruption_type type;
        double          amount;
    } none[]           = { { CORRUPTION_BRIGHTNESS, 1 }, { CORRUPTION_NOISE, 0 },      { CORRUPTION_ROTATION, 0 },
                           { CORRUPTION_SCALE, 1 },      { CORRUPTION_BACKGROUND, 1 }, { CORRUPTION_BLUR, 0.001 } };
    rwda_image sizes[] = { make(SIDE, SIDE), make(SIDE, 7), make(1, 1), make(2, SIDE) };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(none); i++)
        for (size_t s = 0; s < RW_COUNTOF(sizes); s++) {
            rwda_image *out = corrupted(&sizes[s], none[i].type, none[i].amount, 3);
            int         most;

            (void)mean_difference(out, &sizes[s], &most);
            assert_int_equal(most, 0);
            free(out);
        }
}

static void a_quarter_turn_moves_every_pixel(void **state)
{
    rwda_image  in  = make(SIDE, SIDE);
    rwda_image *out = corrupted(&in, CORRUPTION_ROTATION, 90, 0);

    (void)state;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            for (int c = 0; c < 3; c++)
                assert_int_equal(at(out, x, y, c), at(&in, y, SIDE - 1 - x, c));
    free(out);
}

static void brightness_multiplies_and_clips(void **state)
{
    rwda_image  in  = make(SIDE, 5);
    rwda_image *out = corrupted(&in, CORRUPTION_BRIGHTNESS, 1.5, 0);

    (void)state;
    for (int x = 0; x < SIDE; x++) {
        int wanted = (int)(1.5 * at(&in, x, 2, 1) + 0.5);

        assert_int_equal(at(out, x, 2, 1), wanted > 255 ? 255 : wanted);
    }
    free(out);
}

static void a_blur_keeps_an_even_image_and_smooths_another(void **state)
{
    rwda_image  in = make(SIDE, SIDE);
    rwda_image *out;
    int         most;
    double      little, much;

    (void)state;
    out    = corrupted(&in, CORRUPTION_BLUR, 0.04, 0);
    little = mean_difference(out, &in, &most);
    free(out);
    out  = corrupted(&in, CORRUPTION_BLUR, 0.2, 0);
    much = mean_difference(out, &in, &most);
    free(out);
    assert_true(0 < little && little < much);
    memset(pixels, 77, sizeof pixels);
    out = corrupted(&in, CORRUPTION_BLUR, 0.2, 0);
    (void)mean_difference(out, &in, &most);
    assert_int_equal(most, 0);
    free(out);
}

static void noise_has_its_sigma_and_is_the_images_own(void **state)
{
    rwda_image  in = make(SIDE, SIDE);
    rwda_image *a, *b, *other;
    double      square = 0;
    int         most;

    (void)state;
    memset(pixels, 128, sizeof pixels);
    a     = corrupted(&in, CORRUPTION_NOISE, 10, 1);
    b     = corrupted(&in, CORRUPTION_NOISE, 10, 1);
    other = corrupted(&in, CORRUPTION_NOISE, 10, 2);
    (void)mean_difference(a, b, &most);
    assert_int_equal(most, 0);
    assert_true(mean_difference(a, other, &most) > 5);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            for (int c = 0; c < 3; c++)
                square += pow(at(a, x, y, c) - 128, 2) / (3.0 * SIDE * SIDE);
    assert_true(fabs(sqrt(square) - 10) < 1); /* 1,728 draws: four standard errors are 0.7 */
    free(a);
    free(b);
    free(other);
}

static void jpeg_loses_more_at_lower_quality(void **state)
{
    rwda_image  in   = make(SIDE, 17);
    rwda_image *high = corrupted(&in, CORRUPTION_JPEG, 95, 0), *low = corrupted(&in, CORRUPTION_JPEG, 10, 0);
    int         most;

    (void)state;
    assert_true(mean_difference(high, &in, &most) < mean_difference(low, &in, &most));
    free(high);
    free(low);
}

static void a_background_frames_the_image(void **state)
{
    rwda_image  in = make(SIDE, SIDE);
    rwda_image *out;

    (void)state;
    memset(pixels, 255, sizeof pixels);
    out = corrupted(&in, CORRUPTION_BACKGROUND, 0.5, 0);
    assert_int_equal(at(out, SIDE / 2, SIDE / 2, 0), 255);
    assert_int_not_equal(at(out, 0, 0, 0), 255);
    assert_int_not_equal(at(out, SIDE - 1, SIDE - 1, 0), 255);
    free(out);
}

static void every_row_of_the_study_works_on_small_images(void **state)
{
    rwda_image sizes[] = { make(1, 1), make(3, SIDE), make(SIDE, 2) };

    (void)state;
    for (size_t i = 0; i < n_corruptions; i++)
        for (size_t s = 0; s < RW_COUNTOF(sizes); s++) {
            rwda_image *out = corruption_apply(&sizes[s], &corruptions[i], s);

            assert_non_null(out);
            free(out);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_changes_nothing),
        cmocka_unit_test(a_quarter_turn_moves_every_pixel),
        cmocka_unit_test(brightness_multiplies_and_clips),
        cmocka_unit_test(a_blur_keeps_an_even_image_and_smooths_another),
        cmocka_unit_test(noise_has_its_sigma_and_is_the_images_own),
        cmocka_unit_test(jpeg_loses_more_at_lower_quality),
        cmocka_unit_test(a_background_frames_the_image),
        cmocka_unit_test(every_row_of_the_study_works_on_small_images),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

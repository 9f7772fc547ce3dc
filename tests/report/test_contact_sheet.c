/* test_contact_sheet.c - does the sheet show every image in its place, whatever it is called and however it is shaped? */
#include "report/contact_sheet.h"

#include "tests/unit/check.h"

#include <stdbool.h>

#define CELL   182 /* a frame and the gap beside it */
#define ROW    208
#define BORDER 16 /* gap and frame before a thumbnail */

static void add(contact_sheet *sheet, int width, int height, int colour, const char *label, float score)
{
    uint8_t   *pixels = malloc((size_t)width * (size_t)height * 3);
    rwda_image image  = { width, height, 3 * (size_t)width, pixels };

    assert_non_null(pixels);
    memset(pixels, colour, (size_t)width * (size_t)height * 3);
    contact_sheet_add(sheet, &image, label, score);
    free(pixels);
}

static rwda_image *drawn(contact_sheet *sheet)
{
    uint8_t    *png   = NULL;
    size_t      len   = 0;
    rwda_image *image = NULL;
    rwda_error  err   = { 0 };

    assert_ok(contact_sheet_png(&png, &len, sheet, &err), err);
    assert_ok(rwda_image_decode(&image, png, len, NULL, &err), err);
    free(png);
    return image;
}

static const uint8_t *pixel(const rwda_image *image, int x, int y)
{
    return image->pixels + (size_t)y * image->stride + 3 * (size_t)x;
}

static void images_stand_by_falling_score(void **state)
{
    static const float scores[] = { 0.1f, 0.9f, 0.5f, 0.3f, 0.7f, 0.2f, 0.4f, 0.8f };
    contact_sheet     *sheet    = contact_sheet_new(100);
    rwda_image        *image;

    (void)state;
    assert_non_null(sheet);
    for (int i = 0; i < 8; i++)
        add(sheet, 200, 200, (int)(scores[i] * 250), "a/b.png", scores[i]);
    image = drawn(sheet);
    assert_true(image->width == 10 + 6 * CELL && image->height == 10 + 2 * ROW);
    for (int i = 0; i < 8; i++) {
        static const float falling[] = { 0.9f, 0.8f, 0.7f, 0.5f, 0.4f, 0.3f, 0.2f, 0.1f };
        int                x = i % 6 * CELL, y = i / 6 * ROW;
        const uint8_t     *frame = pixel(image, x + 10, y + 10), *inside = pixel(image, x + BORDER + 80, y + BORDER + 80);

        assert_int_equal(inside[0], (int)(falling[i] * 250));
        if (i == 0)
            assert_true(frame[0] == 220 && frame[1] == 60); /* red */
        if (i == 7)
            assert_true(frame[0] == 70 && frame[1] == 170); /* green */
    }
    assert_true(pixel(image, 2 * CELL + 50, ROW + 50)[0] == 255); /* nobody stands there */
    rwda_image_free(image);
    contact_sheet_free(sheet);
}

static void any_label_score_and_shape_fits(void **state)
{
    static const char *const labels[]   = { "",
                                            "/",
                                            "x",
                                            "\xff\xfe<>",
                                            "no/slash/near/the/end/of/this_very_long_name_indeed.png",
                                            "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
                                            "gjpqy_gjpqy_gjpqy_gjpqy_gj",
                                            "dir/0123456789012345678901234567" };
    static const float       scores[]   = { 1e30f, -1e30f, 0.0f, 0.123456f, -0.0f, 1.0f, 3.4e38f, -3.4e38f };
    static const int         sides[][2] = { { 1, 1 }, { 1, 5000 }, { 5000, 1 }, { 160, 160 }, { 161, 159 }, { 7, 3 } };

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(sides); s++) {
        contact_sheet *sheet = contact_sheet_new(SIZE_MAX);
        rwda_image    *image;

        for (size_t i = 0; i < RW_COUNTOF(labels); i++)
            add(sheet, sides[s][0], sides[s][1], 9, labels[i], scores[i]);
        image = drawn(sheet);
        for (int y = 0; y < image->height; y++) /* nothing is drawn into the right border */
            assert_int_equal(pixel(image, image->width - 1, y)[0], 255);
        rwda_image_free(image);
        contact_sheet_free(sheet);
    }
}

/* Whether two sheets of one grey image are the same picture. */
static bool same_caption(const char *a, const char *b)
{
    uint8_t *png[2] = { NULL, NULL };
    size_t   len[2] = { 0, 0 };
    bool     same;

    for (int i = 0; i < 2; i++) {
        contact_sheet *sheet = contact_sheet_new(1);
        rwda_error     err   = { 0 };

        add(sheet, 4, 4, 9, i == 0 ? a : b, 0.5f);
        assert_ok(contact_sheet_png(&png[i], &len[i], sheet, &err), err);
        contact_sheet_free(sheet);
    }
    same = len[0] == len[1] && memcmp(png[0], png[1], len[0]) == 0;
    free(png[0]);
    free(png[1]);
    return same;
}

static void a_caption_is_folder_and_name(void **state)
{
    (void)state;
    assert_true(same_caption("samples/good/wood.jpg", "good/wood"));
    assert_true(same_caption("good/wood.old.png", "/x/good/wood.old.jpeg"));
    assert_false(same_caption("good/wood.jpg", "wood"));
    assert_true(same_caption("wood.jpg", "wood"));
    assert_true(same_caption("folder.of/name", "a/folder.of/name"));
    assert_true(same_caption("defect/a_name_of_twenty_seven_let.jpg", "a_name_of_twenty_seven_let"));
    assert_true(same_caption("defect/a_name_of_some_thirty_letters.jpg", "name_of_some_thirty_letters"));
    assert_false(same_caption("x/.hidden", "x/"));
}

static void the_first_images_are_shown(void **state)
{
    contact_sheet *sheet = contact_sheet_new(3);
    rwda_image    *image;

    (void)state;
    for (int i = 0; i < 10; i++)
        add(sheet, 4, 4, 10 * i, "x", 0.5f);
    image = drawn(sheet);
    assert_true(image->width == 10 + 3 * CELL && image->height == 10 + ROW);
    rwda_image_free(image);
    image = drawn(sheet); /* and again */
    rwda_image_free(image);
    contact_sheet_free(sheet);
    contact_sheet_free(NULL);
}

static void without_images_there_is_nothing_to_show(void **state)
{
    contact_sheet *sheet = contact_sheet_new(0);
    uint8_t       *png   = POISON;
    size_t         len;
    rwda_error     err = { 0 };

    (void)state;
    add(sheet, 4, 4, 1, "x", 0.5f);
    assert_refused("empty", contact_sheet_png(&png, &len, sheet, &err), RWDA_EINVAL, &err, "nothing to show");
    assert_null(png);
    contact_sheet_free(sheet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_stand_by_falling_score),
        cmocka_unit_test(any_label_score_and_shape_fits),
        cmocka_unit_test(a_caption_is_folder_and_name),
        cmocka_unit_test(the_first_images_are_shown),
        cmocka_unit_test(without_images_there_is_nothing_to_show),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

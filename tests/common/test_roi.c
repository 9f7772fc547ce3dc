/* test_roi.c - which pixels does a region of interest hold, and which texts are none? */
#include "common/roi.h"

#include "tests/common/scratch.h"

static int count(const uint8_t *inside, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++) {
        assert_true(inside[i] <= 1);
        sum += inside[i];
    }
    return sum;
}

static void rectangles_hold_the_centres_inside(void **state)
{
    uint8_t    inside[10 * 8];
    roi       *r;
    rwda_error err = { 0 };

    (void)state;
    assert_ok(roi_new(&r, "rect:2,1,3,4", NULL, &err), err);
    assert_ok(roi_fill(inside, r, 10, 8, &err), err);
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 10; x++)
            assert_int_equal(inside[10 * y + x], x >= 2 && x < 5 && y >= 1 && y < 5);
    roi_free(r);
    assert_ok(roi_new(&r, "rect:-5,-5,1e9,1e9", NULL, &err), err); /* larger than the image */
    assert_ok(roi_fill(inside, r, 10, 8, &err), err);
    assert_int_equal(count(inside, 80), 80);
    roi_free(r);
    assert_ok(roi_new(&r, "rect:3.4,0,0.2,1", NULL, &err), err);
    assert_ok(roi_fill(inside, r, 10, 8, &err), err);
    assert_int_equal(count(inside, 80), 1);
    assert_int_equal(inside[3], 1);
    roi_free(r);
}

static void polygons_follow_the_even_odd_rule(void **state)
{
    uint8_t    inside[10 * 10];
    roi       *r;
    rwda_error err = { 0 };

    (void)state;
    assert_ok(roi_new(&r, "polygon:0,0,10,0,0,10", NULL, &err), err);
    assert_ok(roi_fill(inside, r, 10, 10, &err), err);
    for (int y = 0; y < 10; y++)
        for (int x = 0; x < 10; x++)
            if (x + y != 9) /* on the edge either is fine */
                assert_int_equal(inside[10 * y + x], x + y < 9);
    roi_free(r);
    /* twice around the same square: nothing is left */
    assert_ok(roi_new(&r, "polygon:0,0,9,0,9,9,0,9,0,0,9,0,9,9,0,9", NULL, &err), err);
    assert_refused("even", roi_fill(inside, r, 10, 10, &err), RWDA_EINVAL, &err, "no pixel of the image's 10 x 10");
    roi_free(r);
}

static void masks_are_images(void **state)
{
    uint8_t    inside[6], pixels[] = "P6 3 2 255\n\0\0\0\0\0\1\0\0\0\377\0\0\0\0\0\0\1\0";
    char       text[RW_PATH_MAX + 8];
    roi       *r;
    rwda_error err = { 0 };

    (void)state;
    (void)snprintf(text, sizeof text, "mask:%s", make_file("mask.ppm", pixels, sizeof pixels - 1));
    assert_ok(roi_new(&r, text, NULL, &err), err);
    assert_ok(roi_fill(inside, r, 3, 2, &err), err);
    assert_memory_equal(inside, ((uint8_t[]){ 0, 1, 0, 1, 0, 1 }), 6);
    assert_refused("size", roi_fill(inside, r, 2, 3, &err), RWDA_EMISMATCH, &err,
                   "the region's mask has 3 x 2 pixels, the image 2 x 3");
    roi_free(r);
    (void)snprintf(text, sizeof text, "mask:%s", make_image("black.ppm", 3, 2, 0));
    assert_ok(roi_new(&r, text, NULL, &err), err);
    assert_refused("black", roi_fill(inside, r, 3, 2, &err), RWDA_EINVAL, &err, "no pixel");
    roi_free(r);
    roi_free(NULL);
}

static void other_texts_are_refused(void **state)
{
    static const char *const rects[] = { "rect:",           "rect:1,2,3",        "rect:1,2,3,4,5", "rect:1,2,0,4",
                                         "rect:1,2,3,-4",   "rect:1,2,nan,4",    "rect:1,2,inf,4", "rect:1,2,3,4 ",
                                         "rect:1;2;3;4",    "rect:1,2,3,",       "rect:2e9,0,1,1", "polygon:",
                                         "polygon:0,0,1,1", "polygon:0,0,1,1,2", "polygon:a" };
    static const char *const none[]  = { "", "rect", "1,2,3,4", "circle:1,2,3", "RECT:1,2,3,4", "mask" };
    char                    *corners = malloc(16384);
    size_t                   used    = (size_t)sprintf(corners, "polygon:0,0");
    roi                     *r       = POISON;
    rwda_error               err     = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(rects); i++) {
        assert_refused(rects[i], roi_new(&r, rects[i], NULL, &err), RWDA_EINVAL, &err,
                       "rect takes X,Y,WIDTH,HEIGHT, polygon 3 to");
        assert_null(r);
    }
    for (size_t i = 0; i < RW_COUNTOF(none); i++)
        assert_refused(none[i], roi_new(&r, none[i], NULL, &err), RWDA_EINVAL, &err, "is not one of rect:");
    assert_refused("mask", roi_new(&r, "mask:/no/such/file.png", NULL, &err), RWDA_ENOTFOUND, &err, "/no/such/file.png");
    assert_null(r);
    for (int i = 1; i < 1000; i++)
        used += (size_t)sprintf(corners + used, ",%d,%d", i % 7, i % 5);
    assert_ok(roi_new(&r, corners, NULL, &err), err);
    roi_free(r);
    (void)sprintf(corners + used, ",1,1");
    assert_refused("1001 corners", roi_new(&r, corners, NULL, &err), RWDA_EINVAL, &err, "3 to 1000 corners");
    free(corners);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rectangles_hold_the_centres_inside),
        cmocka_unit_test(polygons_follow_the_even_odd_rule),
        cmocka_unit_test(masks_are_images),
        cmocka_unit_test(other_texts_are_refused),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}

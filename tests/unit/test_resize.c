/* test_resize.c - is bicubic resizing Pillow's, and do crops lie where they should? */
#include "image/resize.h"

#include "base/random.h"
#include "image/crops.h"
#include "image/preprocess.h"
#include "tests/unit/check.h"

#include <math.h>

static const rw_kernels *kernels;

static int set_up(void **state)
{
    (void)state;
    return rw_kernels_find(&kernels, RWDA_CPU_AUTO, NULL) != RWDA_OK;
}

/* A grey image as RGB. */
static rwda_image grey_image(uint8_t *rgb, const uint8_t *grey, int width, int height)
{
    for (int i = 0; i < width * height; i++)
        rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = grey[i];
    return (rwda_image){ width, height, 3 * (size_t)width, rgb };
}

static void resize_grey(uint8_t *out, int out_width, int out_height, const uint8_t *grey, int width, int height,
                        rw_filter filter)
{
    uint8_t    rgb[900], wide[300];
    rwda_image image = grey_image(rgb, grey, width, height);
    rwda_error err   = { 0 };

    assert_ok(rw_resize(wide, (rw_box){ 0, 0, out_width, out_height }, out_width, out_height, &image,
                        (rw_box){ 0, 0, width, height }, filter, kernels, &err),
              err);
    for (int i = 0; i < out_width * out_height; i++) {
        assert_int_equal(wide[3 * i], wide[3 * i + 2]);
        out[i] = wide[3 * i];
    }
}

/* Pillow, Image.resize(..., BICUBIC or BILINEAR) on mode L: the same from every version. */
static void equals_pillow_on_a_row(void **state)
{
    static const uint8_t row[] = { 0, 50, 100, 150, 200, 250, 255, 128, 64, 32 };
    static const struct {
        rw_filter filter;
        int       width;
        uint8_t   want[16];
    } cases[] = {
        { RW_FILTER_BICUBIC, 4, { 40, 167, 226, 66 } },
        { RW_FILTER_BICUBIC, 7, { 13, 80, 154, 229, 246, 103, 38 } },
        { RW_FILTER_BICUBIC, 3, { 65, 213, 107 } },
        { RW_FILTER_BICUBIC, 16, { 0, 17, 53, 84, 116, 147, 178, 210, 243, 255, 251, 167, 102, 67, 41, 30 } },
        { RW_FILTER_BICUBIC, 10, { 0, 50, 100, 150, 200, 250, 255, 128, 64, 32 } },
        { RW_FILTER_BILINEAR, 4, { 50, 162, 214, 77 } },
        { RW_FILTER_BILINEAR, 7, { 17, 81, 153, 225, 233, 107, 43 } },
        { RW_FILTER_BILINEAR, 16, { 0, 22, 53, 84, 116, 147, 178, 209, 241, 252, 247, 168, 108, 68, 46, 32 } },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        uint8_t across[16], down[16];

        resize_grey(across, cases[i].width, 1, row, 10, 1, cases[i].filter);
        resize_grey(down, 1, cases[i].width, row, 1, 10, cases[i].filter);
        assert_memory_equal(across, cases[i].want, (size_t)cases[i].width);
        assert_memory_equal(down, cases[i].want, (size_t)cases[i].width);
    }
}

static void equals_pillow_on_a_square(void **state)
{
    static const uint8_t wide[] = { 131, 129, 136, 160, 163, 176 }, tall[] = { 98, 112, 173, 180, 154, 155 };
    uint8_t              grey[25], out[6];

    (void)state;
    for (int i = 0; i < 25; i++)
        grey[i] = (uint8_t)((37 * i * i + 11 * i) % 256);
    resize_grey(out, 3, 2, grey, 5, 5, RW_FILTER_BICUBIC);
    assert_memory_equal(out, wide, 6);
    resize_grey(out, 2, 3, grey, 5, 5, RW_FILTER_BICUBIC);
    assert_memory_equal(out, tall, 6);
}

/* tests/golden/resize.txt: one row a case, on both sides of the rule that orders the two passes (make_resize_goldens.py). */
static void orders_its_passes_as_pillow_does(void **state)
{
    FILE *golden = fopen(RWDA_TEST_DIR "/golden/resize.txt", "r");
    char  line[1024];
    int   cases = 0, size[4];

    (void)state;
    assert_non_null(golden);
    while (fgets(line, sizeof line, golden) != NULL) {
        uint8_t grey[300], out[100];
        char   *rest = line;

        if (line[0] == '#')
            continue;
        for (int i = 0; i < 4; i++)
            size[i] = (int)strtol(rest, &rest, 10);
        assert_true(size[0] * size[1] <= 300 && size[2] * size[3] <= 100);
        for (int i = 0; i < size[0] * size[1]; i++)
            grey[i] = (uint8_t)((37 * i * i + 11 * i) % 256);
        resize_grey(out, size[2], size[3], grey, size[0], size[1], RW_FILTER_BICUBIC);
        for (int i = 0; i < size[2] * size[3]; i++)
            if (out[i] != strtol(rest, &rest, 10))
                fail_msg("%d x %d to %d x %d: pixel %d is %d", size[0], size[1], size[2], size[3], i, out[i]);
        cases++;
    }
    (void)fclose(golden);
    assert_int_equal(cases, 15);
}

static void a_box_is_cut_out_before_resizing(void **state)
{
    uint8_t    rgb[8 * 8 * 3], cut[4 * 4 * 3], a[3 * 3 * 3], b[3 * 3 * 3];
    rwda_image whole = { 8, 8, 24, rgb }, part = { 4, 4, 12, cut };
    rwda_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * 31);
    for (int y = 0; y < 4; y++)
        memcpy(cut + 12 * y, rgb + 24 * (y + 3) + 3 * 2, 12);
    assert_ok(rw_resize(a, (rw_box){ 0, 0, 3, 3 }, 3, 3, &whole, (rw_box){ 2, 3, 4, 4 }, RW_FILTER_BICUBIC, kernels, &err),
              err);
    assert_ok(rw_resize(b, (rw_box){ 0, 0, 3, 3 }, 3, 3, &part, (rw_box){ 0, 0, 4, 4 }, RW_FILTER_BICUBIC, kernels, &err),
              err);
    assert_memory_equal(a, b, sizeof a);
}

/* Every kernel set, and a window alone or cut out of the whole, to the last bit; the image ends where its memory ends, so that a sanitizer
 * sees a read beyond it. */
static void tables_and_windows_change_no_bit(void **state)
{
    static const struct {
        int    width, height; /* of the image */
        rw_box box, window;
        int    to_width, to_height;
    } cases[] = {
        { 90, 70, { 0, 0, 90, 70 }, { 3, 2, 20, 21 }, 24, 24 },   { 90, 70, { 10, 5, 80, 65 }, { 0, 0, 33, 24 }, 33, 24 },
        { 1, 1, { 0, 0, 1, 1 }, { 1, 1, 7, 6 }, 8, 8 },           { 2, 40, { 0, 0, 2, 40 }, { 0, 30, 16, 50 }, 16, 320 },
        { 40, 2, { 0, 0, 40, 2 }, { 30, 0, 50, 16 }, 320, 16 },   { 24, 60, { 0, 0, 24, 60 }, { 2, 1, 20, 24 }, 24, 48 },
        { 60, 24, { 1, 0, 59, 24 }, { 1, 2, 24, 20 }, 48, 24 },   { 24, 24, { 0, 0, 24, 24 }, { 4, 5, 6, 7 }, 24, 24 },
        { 300, 31, { 0, 0, 300, 31 }, { 0, 0, 17, 19 }, 17, 19 }, { 5, 5, { 1, 1, 3, 3 }, { 0, 0, 4, 5 }, 4, 5 },
        { 3, 200, { 0, 0, 3, 200 }, { 0, 0, 2, 9 }, 2, 9 },       { 40, 200, { 0, 0, 40, 200 }, { 3, 5, 17, 12 }, 24, 24 },
        { 31, 90, { 1, 7, 30, 83 }, { 0, 0, 33, 20 }, 33, 20 },   { 50, 300, { 3, 0, 47, 300 }, { 40, 9, 7, 2 }, 47, 11 },
    };
    rw_random random = rw_random_init(4, 4);

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        size_t     bytes = 3 * (size_t)cases[i].width * (size_t)cases[i].height;
        size_t     row = 3 * (size_t)cases[i].to_width, part = 3 * (size_t)cases[i].window.width;
        rw_box     all = { 0, 0, cases[i].to_width, cases[i].to_height };
        uint8_t   *rgb = malloc(bytes), *want = malloc(row * (size_t)all.height), *out = malloc(row * (size_t)all.height);
        rwda_image image = { cases[i].width, cases[i].height, 3 * (size_t)cases[i].width, rgb };
        rwda_error err   = { 0 };

        assert_true(rgb != NULL && want != NULL && out != NULL);
        for (size_t p = 0; p < bytes; p++) /* hard edges: sums below 0 and above 255 */
            rgb[p] = (uint8_t)(rw_random_below(&random, 3) == 0 ? rw_random_below(&random, 256)
                                                                : 255 * rw_random_below(&random, 2));
        for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++) {
            const rw_kernels *set;

            if (rw_kernels_find(&set, (rwda_cpu)cpu, NULL) != RWDA_OK)
                continue;
            memset(out, 1, row * (size_t)all.height);
            assert_ok(rw_resize(cpu == RWDA_CPU_REF ? want : out, all, all.width, all.height, &image, cases[i].box,
                                RW_FILTER_BICUBIC, set, &err),
                      err);
            if (cpu != RWDA_CPU_REF)
                assert_memory_equal(out, want, row * (size_t)all.height);
            assert_ok(
                rw_resize(out, cases[i].window, all.width, all.height, &image, cases[i].box, RW_FILTER_BICUBIC, set, &err),
                err);
            for (size_t y = 0; y < (size_t)cases[i].window.height; y++)
                assert_memory_equal(out + y * part,
                                    want + (y + (size_t)cases[i].window.y) * row + 3 * (size_t)cases[i].window.x, part);
        }
        free(rgb);
        free(want);
        free(out);
    }
}

static void every_crop_lies_inside(void **state)
{
    static const int sizes[][2] = { { 1, 1 }, { 1, 9 }, { 2, 3 }, { 640, 480 }, { 481, 97 }, { 7, 1000 } };

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(sizes); s++)
        for (int resize = RWDA_RESIZE_SHORTEST; resize <= RWDA_RESIZE_TILES; resize++)
            for (int plan = RWDA_CROPS_ONE; plan <= RWDA_CROPS_3X3; plan++) {
                int     width = sizes[s][0], height = sizes[s][1];
                size_t  count = rwda_crops_count(width, height, (rwda_resize)resize, (rwda_crops)plan);
                rw_box *boxes = rw_new_array(count, sizeof *boxes);

                assert_non_null(boxes);
                rw_crop_boxes(boxes, width, height, (rwda_resize)resize, (rwda_crops)plan);
                for (size_t i = 0; i < count; i++) {
                    assert_true(boxes[i].x >= 0 && boxes[i].y >= 0 && boxes[i].width >= 1 && boxes[i].height >= 1);
                    assert_true(boxes[i].x + boxes[i].width <= width && boxes[i].y + boxes[i].height <= height);
                }
                free(boxes);
            }
}

static void tiles_cover_the_longer_side(void **state)
{
    rw_box boxes[8];
    size_t count = rwda_crops_count(1000, 300, RWDA_RESIZE_TILES, RWDA_CROPS_ONE);

    (void)state;
    assert_int_equal(count, 4);
    rw_crop_boxes(boxes, 1000, 300, RWDA_RESIZE_TILES, RWDA_CROPS_ONE);
    assert_int_equal(boxes[0].x, 0);
    assert_int_equal(boxes[3].x, 700);
    for (size_t i = 1; i < count; i++)
        assert_true(boxes[i].x <= boxes[i - 1].x + 300);
}

static void crops_that_are_none_or_too_many_are_refused(void **state)
{
    static const uint8_t pixel[3] = { 0 };
    rwda_image           image    = { 1, 5000, 3, pixel };
    size_t               count;
    rwda_error           err = { 0 };

    (void)state;
    assert_refused("a line of tiles", rw_crops_check(&count, &image, RWDA_RESIZE_TILES, RWDA_CROPS_ONE, &err), RWDA_ELIMIT,
                   &err, "image of 1 x 5000 pixels gives 5000 crops, at most 1024");
    assert_ok(rw_crops_check(&count, &image, RWDA_RESIZE_SQUASH, RWDA_CROPS_3X3, &err), err);
    assert_int_equal(count, 10);
    assert_int_equal(rw_crops_check(&count, &image, RWDA_RESIZE_SQUASH, (rwda_crops)4, &err), RWDA_EINVAL);
    assert_int_equal(rw_crops_check(&count, &image, (rwda_resize)-1, RWDA_CROPS_ONE, &err), RWDA_EINVAL);
    image.stride = 2;
    assert_int_equal(rw_crops_check(&count, &image, RWDA_RESIZE_SQUASH, RWDA_CROPS_ONE, &err), RWDA_EINVAL);
    assert_int_equal(rwda_crops_count(0, 10, RWDA_RESIZE_TILES, RWDA_CROPS_ONE), 0);
}

/* The centre crop's offset for an odd remainder: torchvision rounds halves to even. */
static void centre_crop_rounds_halves_to_even(void **state)
{
    static const struct {
        int width, offset;
    } cases[]                  = { { 8, 0 }, { 9, 0 }, { 10, 1 }, { 11, 2 }, { 13, 2 }, { 15, 4 } };
    static const float mean[3] = { 0, 0, 0 }, std[3] = { 1, 1, 1 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        uint8_t    rgb[15 * 8 * 3];
        float      out[3 * 8 * 8];
        rwda_image image = { cases[i].width, 8, 3 * (size_t)cases[i].width, rgb };
        rwda_error err   = { 0 };

        for (int p = 0; p < cases[i].width * 8; p++) /* a pixel's value is its column: no resizing takes place */
            rgb[3 * p] = rgb[3 * p + 1] = rgb[3 * p + 2] = (uint8_t)(p % cases[i].width);
        assert_ok(rw_preprocess(out, &(rw_preprocess_config){ 8, mean, std, kernels, RW_FILTER_BICUBIC }, &image,
                                RWDA_RESIZE_SHORTEST, RWDA_CROPS_ONE, &err),
                  err);
        assert_int_equal(lrintf(out[0] * 255.0f), cases[i].offset);
        assert_int_equal(lrintf(out[7] * 255.0f), cases[i].offset + 7);
    }
}

static void refuses_an_image_that_is_nearly_a_line(void **state)
{
    static uint8_t     line[3 * 20000];
    static const float mean[3] = { 0, 0, 0 }, std[3] = { 1, 1, 1 };
    rwda_image         image = { 20000, 1, sizeof line, line };
    rwda_error         err   = { 0 };
    float             *out   = rw_new_array(3 * 224 * 224, sizeof *out);

    (void)state;
    assert_non_null(out);
    assert_refused("line",
                   rw_preprocess(out, &(rw_preprocess_config){ 224, mean, std, kernels, RW_FILTER_BICUBIC }, &image,
                                 RWDA_RESIZE_SHORTEST, RWDA_CROPS_ONE, &err),
                   RWDA_ELIMIT, &err, "image of 20000 x 1 is too elongated");
    assert_ok(rw_preprocess(out, &(rw_preprocess_config){ 224, mean, std, kernels, RW_FILTER_BICUBIC }, &image,
                            RWDA_RESIZE_SQUASH, RWDA_CROPS_ONE, &err),
              err);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_pillow_on_a_row),
        cmocka_unit_test(equals_pillow_on_a_square),
        cmocka_unit_test(orders_its_passes_as_pillow_does),
        cmocka_unit_test(a_box_is_cut_out_before_resizing),
        cmocka_unit_test(tables_and_windows_change_no_bit),
        cmocka_unit_test(every_crop_lies_inside),
        cmocka_unit_test(tiles_cover_the_longer_side),
        cmocka_unit_test(crops_that_are_none_or_too_many_are_refused),
        cmocka_unit_test(centre_crop_rounds_halves_to_even),
        cmocka_unit_test(refuses_an_image_that_is_nearly_a_line),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}

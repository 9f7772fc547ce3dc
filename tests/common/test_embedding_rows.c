/* test_embedding_rows.c - does a group give the bytes of each image alone, and can one image spoil others? */
#include "common/embedding_rows.h"

#include "tests/common/demo.h"

#define IMAGES 8

static rwda_image *samples[IMAGES];

static const char *const names[IMAGES] = { "good/capsule.jpg",      "defect/capsule_dent.jpg", "good/grid.jpg",
                                           "good/hex_nut.jpg",      "good/cookie.jpg",         "defect/wood_hole.jpg",
                                           "defect/grid_stain.jpg", "good/zipper.jpg" };

static size_t dim(void)
{
    return (size_t)rwda_model_get_info(demo.model)->embed_dim;
}

/* The rows of one image, made by the library itself, lie at `row`. */
static void assert_alone(const rw_rows *rows, size_t row, const rwda_image *image, size_t count, rwda_resize resize,
                         rwda_crops crops)
{
    static struct { /* each is made once */
        const rwda_image *image;
        rwda_resize       resize;
        rwda_crops        crops;
        float             x[16 * 1024];
    } known[32];
    size_t     i   = 0;
    rwda_error err = { 0 };

    assert_int_equal(count, rwda_crops_count(image->width, image->height, resize, crops));
    assert_true(count * dim() <= RW_COUNTOF(known[0].x));
    while (known[i].image != NULL && (known[i].image != image || known[i].resize != resize || known[i].crops != crops))
        i++;
    assert_true(i + 1 < RW_COUNTOF(known));
    if (known[i].image == NULL) {
        known[i].image  = image;
        known[i].resize = resize;
        known[i].crops  = crops;
        assert_ok(rwda_session_embed_images(known[i].x, demo.session, &image, 1, resize, crops, &err), err);
    }
    assert_memory_equal(rows->x + row * dim(), known[i].x, count * dim() * sizeof known[i].x[0]);
}

static void a_group_equals_each_alone(void **state)
{
    enum { N = RW_GROUP_MAX + 9 }; /* more than go through together */
    rw_rows      rows = { .dim = dim() };
    rw_rows_item items[N];
    rwda_error   errors[N], err = { 0 };
    size_t       row = 0;

    (void)state;
    for (size_t i = 0; i < N; i++)
        items[i] = (rw_rows_item){ i % 3 == 1 ? samples[i % IMAGES] : NULL, 99, &errors[i] };
    assert_ok(rw_rows_embed(&rows, items, N, demo.session, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err), err);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(items[i].crops, i % 3 == 1);
        if (items[i].crops > 0)
            assert_alone(&rows, row, items[i].image, 1, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE);
        row += items[i].crops;
    }
    assert_int_equal(rows.count, row);
    assert_ok(rw_rows_embed(&rows, items, 4, demo.session, RWDA_RESIZE_SQUASH, RWDA_CROPS_5, &err), err);
    for (size_t i = 0; i < 4; i++) { /* behind those */
        assert_int_equal(items[i].crops, i == 1 ? 5 : 0);
        if (i == 1)
            assert_alone(&rows, row, items[i].image, 5, RWDA_RESIZE_SQUASH, RWDA_CROPS_5);
        row += items[i].crops;
    }
    assert_int_equal(rows.count, row);
    free(rows.x);
}

static void a_group_without_images_adds_nothing(void **state)
{
    rw_rows      rows  = { .dim = dim() };
    rw_rows_item items = { NULL, 7, NULL };
    rwda_error   err   = { 0 };

    (void)state;
    assert_ok(rw_rows_embed(&rows, NULL, 0, demo.session, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err), err);
    assert_ok(rw_rows_embed(&rows, &items, 1, demo.session, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err), err);
    assert_int_equal(items.crops, 0);
    assert_int_equal(rows.count, 0);
    free(rows.x);
}

/* An image without pixels, and one so long that room for its tiles would be more than there is memory. */
static void one_failing_image_spoils_no_other(void **state)
{
    static const uint8_t     pixels[3] = { 0 };
    const rwda_image         empty = { 0, 5, 0, pixels }, endless = { 2147483647, 1, (size_t)3 * 2147483647, pixels };
    const rwda_image        *bad[]   = { &empty, &endless };
    static const rwda_status codes[] = { RWDA_EINVAL, RWDA_ELIMIT };

    (void)state;
    for (size_t b = 0; b < RW_COUNTOF(bad); b++) {
        rw_rows      rows      = { .dim = dim() };
        rwda_error   errors[4] = { { 0 } }, err = { 0 };
        rw_rows_item items[4] = { { samples[0], 0, &errors[0] },
                                  { bad[b], 0, &errors[1] },
                                  { samples[1], 0, &errors[2] },
                                  { samples[2], 0, &errors[3] } };
        size_t       row      = 0;

        assert_ok(rw_rows_embed(&rows, items, 4, demo.session, RWDA_RESIZE_TILES, RWDA_CROPS_2X2, &err), err);
        assert_int_equal(items[1].crops, 0);
        assert_int_equal(errors[1].code, codes[b]);
        for (size_t i = 0; i < 4; i++) {
            if (i == 1)
                continue;
            assert_int_equal(errors[i].code, RWDA_OK);
            assert_alone(&rows, row, items[i].image, items[i].crops, RWDA_RESIZE_TILES, RWDA_CROPS_2X2);
            row += items[i].crops;
        }
        assert_int_equal(rows.count, row);
        assert_true(rows.capacity < 1000);
        free(rows.x);
    }
}

static void no_room_for_rows_adds_nothing(void **state)
{
    rw_rows      rows  = { .dim = SIZE_MAX / 8 };
    rwda_error   image = { 0 }, err = { 0 };
    rw_rows_item item = { samples[0], 9, &image };

    (void)state;
    assert_refused("rows", rw_rows_embed(&rows, &item, 1, demo.session, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, &err),
                   RWDA_ENOMEM, &err, "no memory for 1 embeddings");
    assert_int_equal(item.crops, 0);
    assert_int_equal(rows.count, 0);
    assert_null(rows.x);
    assert_false(rw_rows_reserve(&rows, SIZE_MAX));
}

static void a_mean_row_is_between_its_crops(void **state)
{
    const float x[] = { 1, -2, 0.5f, 3, 4, 0.25f };
    float       mean[3];

    (void)state;
    rw_mean_row(mean, x, 2, 3);
    assert_true(mean[0] == 2.0f && mean[1] == 1.0f && mean[2] == 0.375f);
    rw_mean_row(mean, x, 1, 3);
    assert_memory_equal(mean, x, sizeof mean); /* of one crop, that one to the bit */
}

static int set_up(void **state)
{
    int failed = demo_open(state);

    for (size_t i = 0; i < IMAGES; i++)
        samples[i] = demo_sample(names[i]);
    return failed;
}

static int tear_down(void **state)
{
    for (size_t i = 0; i < IMAGES; i++)
        rwda_image_free(samples[i]);
    return demo_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_equals_each_alone),         cmocka_unit_test(a_group_without_images_adds_nothing),
        cmocka_unit_test(one_failing_image_spoils_no_other), cmocka_unit_test(no_room_for_rows_adds_nothing),
        cmocka_unit_test(a_mean_row_is_between_its_crops),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* test_memory_images.c - which images come into a memory, and which of a batch the others are compared with? */
#include "common/memory_images.h"

#include "tests/common/demo.h"

#include <stdlib.h>

static size_t warnings;

static void warn(void *user, const char *message)
{
    (void)user;
    (void)message;
    warnings++;
}

static void test_images(void **state)
{
    static const rwda_events events = { .warn = warn };
    char  names[][512]           = { RWDA_TEST_DIR "/../samples/good/capsule.jpg", RWDA_TEST_DIR "/../samples/good/grid.jpg",
                                     RWDA_TEST_DIR "/../samples/good/capsule.jpg", "/no/such/image.jpg" };
    char *paths[]                = { names[0], names[1], names[2], names[3] };
    rw_image_source     *images  = rw_image_source_list(paths, RW_COUNTOF(paths));
    rw_image_reading     reading = RW_IMAGE_READING_INIT;
    rwda_memory_builder *builder = NULL;
    size_t               added, failed;
    rwda_error           err = { 0 };

    (void)state;
    assert_ok(rwda_memory_builder_new(&builder, demo.session, NULL, NULL, &err), err);
    assert_ok(memory_add_images(builder, images, &reading, 2, &added, &failed, &events, &err), err);
    assert_int_equal(added, 2);
    assert_int_equal(failed, 1);
    assert_int_equal(warnings, 2); /* the same pixels; no image */
    assert_int_equal(reading.images, 3);
    rw_image_source_free(images);
    rwda_memory_builder_free(builder);
}

static void test_batches(void **state)
{
    static const struct {
        size_t n, references, count;
    } rows[] = {
        { 0, 0, 0 }, { 3, 0, 3 }, { 1000, 0, 1000 }, { 1001, 0, 64 }, { 1001, 2, 2 }, { 10, 4, 4 }, { 10, 40, 10 }
    };
    char  *paths[1001];
    char   text[] = "x";
    char **chosen;
    size_t count;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(paths); i++)
        paths[i] = text + i % 2;
    for (size_t i = 0; i < RW_COUNTOF(rows); i++) {
        rw_image_source *images = memory_batch_source(&chosen, &count, paths, rows[i].n, rows[i].references);

        assert_non_null(images);
        assert_int_equal(count, rows[i].count);
        for (size_t k = 0; k < count; k++)
            assert_ptr_equal(chosen[k], paths[k * rows[i].n / count]);
        rw_image_source_free(images);
        free(chosen);
    }
}

static void test_storage(void **state)
{
    static const rwda_precision by_size[] = { RWDA_PRECISION_F32, RWDA_PRECISION_F16, RWDA_PRECISION_INT8 };
    rwda_memory_options         made      = RWDA_MEMORY_OPTIONS_INIT;
    rwda_error                  err       = { 0 };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(by_size); i++) {
        int64_t bytes;

        made.storage   = by_size[i];
        made.max_bytes = (int64_t)1 << 40;
        assert_ok(rwda_memory_bytes(&bytes, demo.model, &made, 100, &err), err);
        made.max_bytes = bytes;
        memory_choose_storage(&made, demo.model, 100);
        assert_int_equal(made.storage, by_size[i]);
    }
    made.max_bytes = 1; /* none fits: the smallest, and the builder says so */
    memory_choose_storage(&made, demo.model, 100);
    assert_int_equal(made.storage, RWDA_PRECISION_INT8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_images),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_storage),
    };

    return cmocka_run_group_tests(tests, demo_open, demo_close);
}

/* test_npy.c - are arrays written as NumPy reads them, and read back only when they are what was asked for? */
#include "common/npy.h"

#include "tests/common/scratch.h"

static void arrays_come_back(void **state)
{
    static const size_t shapes[][3] = { { 7, 0, 0 }, { 1, 1, 0 }, { 300, 7, 0 }, { 2, 3, 4 }, { 0, 5, 0 } };
    static const int    dims[]      = { 1, 2, 2, 3, 2 };
    float               data[2100], back[2100];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(data); i++)
        data[i] = 0.37f * (float)i - 5;
    for (size_t s = 0; s < RW_COUNTOF(dims); s++) {
        const char *path  = in_scratch("a.npy");
        size_t      count = 1;
        rwda_error  err   = { 0 };
        struct stat info;

        for (int d = 0; d < dims[s]; d++)
            count *= shapes[s][d];
        assert_ok(rw_npy_write(path, true, data, shapes[s], dims[s], &err), err);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(((size_t)info.st_size - 4 * count) % 64, 0);
        assert_true(rw_npy_load(back, count, path));
        assert_memory_equal(back, data, count * sizeof *data);
        for (size_t other = 0; other < 64; other++) /* a few more or less are another array */
            if (other != count)
                assert_false(rw_npy_load(back, other, path));
        if (count + 1 < RW_COUNTOF(back))
            assert_false(rw_npy_load(back, count + 1, path));
        assert_false(rw_npy_load(back, SIZE_MAX / 8, path));
        assert_false(rw_npy_load(back, SIZE_MAX, path));
    }
}

/* The library's own reader of planes knows the format too. */
static void planes_are_read_by_the_library(void **state)
{
    const float  data[6] = { 0, 0.25f, 0.5f, -1, 7, 1e-9f };
    const size_t shape[] = { 2, 3 };
    rwda_plane  *plane   = NULL;
    rwda_error   err     = { 0 };

    (void)state;
    assert_ok(rw_npy_write(in_scratch("p.npy"), false, data, shape, 2, &err), err);
    assert_ok(rwda_plane_load(&plane, in_scratch("p.npy"), NULL, &err), err);
    assert_true(plane->width == 3 && plane->height == 2);
    assert_memory_equal(plane->values, data, sizeof data);
    rwda_plane_free(plane);
    assert_refused("again", rw_npy_write(in_scratch("p.npy"), false, data, shape, 2, &err), RWDA_EEXIST, &err, "exists");
}

static void a_full_device_is_said(void **state)
{
    static const float data[1 << 16] = { 0 };
    const size_t       count         = RW_COUNTOF(data);
    rwda_error         err           = { 0 };

    (void)state;
    assert_refused("full", rw_npy_write("/dev/full", false, data, &count, 1, &err), RWDA_EIO, &err,
                   "/dev/full: cannot be written: No space left");
}

static void other_files_are_not_arrays(void **state)
{
    static const char zeros[256] = "";
    float             out[32];

    (void)state;
    assert_false(rw_npy_load(out, 1, in_scratch("none.npy")));
    assert_false(rw_npy_load(out, 1, scratch));
    assert_false(rw_npy_load(out, 1, make_text("short.npy", "\x93NUMPY")));
    assert_false(rw_npy_load(out, 0, make_text("empty.npy", "")));
    assert_false(rw_npy_load(out, 32, make_file("zeros.npy", zeros, sizeof zeros))); /* the right length alone */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_come_back),
        cmocka_unit_test(planes_are_read_by_the_library),
        cmocka_unit_test(a_full_device_is_said),
        cmocka_unit_test(other_files_are_not_arrays),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}

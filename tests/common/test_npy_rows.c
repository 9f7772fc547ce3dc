/* test_npy_rows.c - are rows that came one by one the same file as all at once? */
#include "common/npy.h"
#include "common/npy_rows.h"
#include "tests/common/scratch.h"

static void rows_are_a_whole_file(void **state)
{
    static const size_t counts[] = { 0, 1, 10, 100, 1000, 5000 };
    float               x[5000 * 3];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(x); i++)
        x[i] = (float)i * 0.5f;
    for (size_t k = 0; k < RW_COUNTOF(counts); k++) {
        rw_npy_rows rows;
        rwda_error  err = { 0 };
        uint8_t    *bytes[2];
        size_t      len[2], n = counts[k];

        assert_ok(rw_npy_rows_open(&rows, in_scratch("rows.npy"), true, 3, &err), err);
        for (size_t i = 0; i < n; i++)
            assert_ok(rw_npy_rows_add(&rows, x + 3 * i, &err), err);
        assert_ok(rw_npy_rows_close(&rows, true, &err), err);
        assert_ok(rw_npy_write(in_scratch("all.npy"), true, x, (size_t[]){ n, 3 }, 2, &err), err);
        assert_ok(rw_file_read(&bytes[0], &len[0], in_scratch("rows.npy"), 1 << 20, &err), err);
        assert_ok(rw_file_read(&bytes[1], &len[1], in_scratch("all.npy"), 1 << 20, &err), err);
        assert_int_equal(len[0], len[1]);
        assert_memory_equal(bytes[0], bytes[1], len[0]);
        free(bytes[0]);
        free(bytes[1]);
    }
}

static void what_is_not_kept_is_not_there(void **state)
{
    rw_npy_rows rows;
    rwda_error  err = { 0 };

    (void)state;
    assert_ok(rw_npy_rows_open(&rows, in_scratch("left.npy"), false, 2, &err), err);
    assert_ok(rw_npy_rows_add(&rows, (float[]){ 1.0f, 2.0f }, &err), err);
    assert_ok(rw_npy_rows_close(&rows, false, &err), err);
    assert_ok(rw_npy_rows_close(&rows, true, &err), err); /* closed already */
    assert_false(rw_path_exists(in_scratch("left.npy")));
    make_text("there.npy", "x");
    assert_refused("there", rw_npy_rows_open(&rows, in_scratch("there.npy"), false, 2, &err), RWDA_EEXIST, &err,
                   "there.npy");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rows_are_a_whole_file),
                                        cmocka_unit_test(what_is_not_kept_is_not_there) };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}

/* test_folder.c - what does a scan say of folders that it could not read? */
#include "watch/folder.h"

#include "tests/common/scratch.h"

#include <unistd.h>

static void look_through(watched_folder *f, double now)
{
    char path[RW_PATH_MAX];

    while (folder_next(path, f, true, now) != FOLDER_NOTHING)
        ;
    assert_true(folder_scanned(f));
}

static void test_a_folder_that_vanishes_is_unread(void **state)
{
    const folder_options options = { 1.0, 1.0 };
    char                 path[RW_PATH_MAX];
    watched_folder      *f;
    rwda_error           err;

    (void)state;
    assert_true(rw_path_format(path, "%s/in", scratch));
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(folder_open(&f, path, &options, NULL, &err), RWDA_OK);
    look_through(f, 1);
    assert_true(folder_is_there(f));
    assert_int_equal(folder_count(f).unread, 0);
    assert_int_equal(rmdir(path), 0);
    look_through(f, 1e6);
    assert_false(folder_is_there(f));
    assert_int_equal(folder_count(f).unread, 1);
    assert_int_equal(mkdir(path, 0777), 0);
    look_through(f, 2e6);
    assert_int_equal(folder_count(f).unread, 0);
    folder_close(f);
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_folder_that_vanishes_is_unread),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}

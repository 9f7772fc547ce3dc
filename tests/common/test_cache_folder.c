/* test_cache_folder.c - which folder is the cache, and what is made on the way to it? */
#include "common/cache_folder.h"

#include "tests/common/scratch.h"

#include <stdlib.h>

static void say(const char *cache, const char *home)
{
    assert_int_equal(cache != NULL ? setenv("XDG_CACHE_HOME", cache, 1) : unsetenv("XDG_CACHE_HOME"), 0);
    assert_int_equal(home != NULL ? setenv("HOME", home, 1) : unsetenv("HOME"), 0);
}

static void the_first_that_is_named_counts(void **state)
{
    char        path[RW_PATH_MAX];
    struct stat info;

    (void)state;
    say(in_scratch("xdg"), scratch);
    assert_true(rw_cache_folder(path, in_scratch("given/deeper")));
    assert_string_equal(path, in_scratch("given/deeper"));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_true(rw_cache_folder(path, NULL));
    assert_string_equal(path, in_scratch("xdg/rwda"));
    say("not/absolute", scratch);
    assert_true(rw_cache_folder(path, NULL));
    assert_string_equal(path, in_scratch(".cache/rwda"));
}

static void there_may_be_none(void **state)
{
    char path[RW_PATH_MAX];

    (void)state;
    say(NULL, in_scratch("no-home"));
    assert_false(rw_cache_folder(path, NULL));
    assert_int_not_equal(access(in_scratch("no-home"), F_OK), 0); /* it is somebody else's to make */
    say(NULL, NULL);
    assert_false(rw_cache_folder(path, NULL));
    assert_false(rw_cache_folder(path, make_text("file", "")));
    memset(path, 'x', sizeof path); /* without an end */
    assert_false(rw_cache_folder(path, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_is_named_counts),
        cmocka_unit_test(there_may_be_none),
    };

    return cmocka_run_group_tests(tests, scratch_new, scratch_free);
}

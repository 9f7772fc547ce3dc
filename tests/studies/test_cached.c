/* test_cached.c - do cached numbers come back exactly when what they depend on is the same? */
#include "studies/cached.h"

#include "tests/unit/check.h"

static char folder[] = "/tmp/rwda-cached-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void the_same_text_brings_the_same_numbers(void **state)
{
    const float numbers[] = { 1.5f, -2, 1e-20f };
    float       out[3]    = { 0 };

    (void)state;
    assert_false(cached_take(out, 3, folder, "a run", "seed 1\n"));
    cached_keep(folder, "a run", "seed 1\n", numbers, 3);
    assert_true(cached_take(out, 3, folder, "a run", "seed 1\n"));
    assert_memory_equal(out, numbers, sizeof numbers);
    assert_int_equal(access(in_folder("a_run.npy"), F_OK), 0);
}

static void another_text_or_count_brings_none(void **state)
{
    static const char *const others[]  = { "seed 2\n", "seed 1", "seed 1\n\n", "" };
    const float              numbers[] = { 1, 2, 3 };
    float                    out[4];

    (void)state;
    cached_keep(folder, "b", "seed 1\n", numbers, 3);
    for (size_t i = 0; i < RW_COUNTOF(others); i++)
        assert_false(cached_take(out, 3, folder, "b", others[i]));
    assert_false(cached_take(out, 4, folder, "b", "seed 1\n"));
    assert_false(cached_take(out, 3, folder, "c", "seed 1\n"));
    cached_keep(folder, "b", "seed 2\n", numbers, 2);
    assert_false(cached_take(out, 3, folder, "b", "seed 1\n"));
    assert_true(cached_take(out, 2, folder, "b", "seed 2\n"));
}

static void half_a_file_brings_none(void **state)
{
    const float numbers[100] = { 0 };
    float       out[100];

    (void)state;
    cached_keep(folder, "d", "text", numbers, 100);
    assert_int_equal(truncate(in_folder("d.npy"), 200), 0);
    assert_false(cached_take(out, 100, folder, "d", "text"));
    cached_keep(folder, "d", "text", numbers, 100);
    assert_true(cached_take(out, 100, folder, "d", "text"));
    assert_int_equal(unlink(in_folder("d.npy")), 0);
    assert_false(cached_take(out, 100, folder, "d", "text"));
}

static void names_stay_in_the_folder(void **state)
{
    const float one = 1;
    float       out;
    char        name[400];

    (void)state;
    cached_keep(folder, "../../out", "text", &one, 1);
    assert_int_equal(access(in_folder("______out.txt"), F_OK), 0);
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    cached_keep(folder, name, "text", &one, 1);
    assert_true(cached_take(&out, 1, folder, name, "text"));
}

static void a_folder_that_is_not_there_is_no_fault(void **state)
{
    const float one = 1;
    float       out;

    (void)state;
    cached_keep("/dev/null", "a", "text", &one, 1);
    assert_false(cached_take(&out, 1, "/dev/null", "a", "text"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_text_brings_the_same_numbers),
        cmocka_unit_test(another_text_or_count_brings_none),
        cmocka_unit_test(half_a_file_brings_none),
        cmocka_unit_test(names_stay_in_the_folder),
        cmocka_unit_test(a_folder_that_is_not_there_is_no_fault),
    };
    char command[128];
    int  failed;

    if (mkdtemp(folder) == NULL)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? failed : 1;
}

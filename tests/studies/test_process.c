/* test_process.c - is a program's output kept, its end told, its time and memory measured? */
#include "studies/process.h"

#include "base/file.h"
#include "tests/unit/check.h"

static char output[] = "/tmp/rwda-process-XXXXXX";

static rwda_status run(process_cost *cost, const char *script, rwda_error *err)
{
    const char *arguments[] = { "sh", "-c", script, NULL };

    return process_measure(cost, "/bin/sh", arguments, output, err);
}

static void output_and_code_are_the_programs(void **state)
{
    process_cost cost;
    uint8_t     *bytes;
    size_t       len;
    rwda_error   err;

    (void)state;
    assert_ok(run(&cost, "echo hello; exit 3", &err), err);
    assert_int_equal(cost.code, 3);
    assert_ok(rw_file_read(&bytes, &len, output, 100, &err), err);
    assert_string_equal((char *)bytes, "hello\n");
    free(bytes);
    assert_ok(run(&cost, "kill -9 $$", &err), err);
    assert_int_equal(cost.code, -1);
}

static void time_and_memory_are_measured(void **state)
{
    process_cost cost;
    rwda_error   err;

    (void)state;
    assert_ok(run(&cost, "sleep 0.2", &err), err);
    assert_int_equal(cost.code, 0);
    assert_true(cost.ms >= 200 && cost.ms < 60000);
    assert_true(cost.mib > 0.1);
}

static void what_cannot_start_is_named(void **state)
{
    const char  *arguments[] = { "none", NULL };
    process_cost cost;
    rwda_error   err;

    (void)state;
    assert_refused("program", process_measure(&cost, "/dev/null/program", arguments, output, &err), RWDA_EIO, &err,
                   "/dev/null/program: cannot be started");
    assert_int_equal(cost.code, -1);
    assert_refused("output", process_measure(&cost, "/bin/sh", arguments, "/dev/null/output", &err), RWDA_EIO, &err,
                   "cannot be started");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_code_are_the_programs),
        cmocka_unit_test(time_and_memory_are_measured),
        cmocka_unit_test(what_cannot_start_is_named),
    };
    int fd = mkstemp(output), failed;

    if (fd < 0)
        return 1;
    (void)close(fd);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return unlink(output) == 0 ? failed : 1;
}

/* test_settle.c - when is a file that is being written finished? */
#include "watch/settle.h"

#include "tests/unit/check.h"

static const rw_file_stamp empty = { 7, 0, 100, 100 }, small = { 7, 10, 200, 200 }, grown = { 7, 20, 300, 300 };

static bool looks(settle *s, const char *path, const rw_file_stamp *stamp, double now)
{
    int tries;

    return settle_look(s, path, stamp, &tries, now);
}

static void test_found_waits_for_quiet(void **state)
{
    settle *s = settle_new(2000, 60000);

    (void)state;
    assert_true(settle_tell(s, "a", SETTLE_FOUND, &small, 0));
    assert_null(settle_next(s, 1999));
    assert_string_equal(settle_next(s, 2000), "a");
    assert_true(looks(s, "a", &small, 2000));
    assert_int_equal(settle_waiting(s), 0);
    settle_free(s);
}

static void test_a_change_begins_anew(void **state)
{
    settle *s = settle_new(2000, 60000);

    (void)state;
    assert_true(settle_tell(s, "a", SETTLE_FOUND, &small, 0));
    assert_false(looks(s, "a", &grown, 2000));
    assert_false(looks(s, "a", &grown, 3999));
    assert_true(looks(s, "a", &grown, 4000));
    assert_true(settle_tell(s, "b", SETTLE_CHANGED, &small, 0)); /* events tell of changes that a stamp may not show */
    assert_true(settle_tell(s, "b", SETTLE_CHANGED, &small, 1500));
    assert_false(looks(s, "b", &small, 2000));
    assert_true(looks(s, "b", &small, 3500));
    settle_free(s);
}

static void test_scans_do_not_begin_anew(void **state)
{
    settle *s = settle_new(2000, 60000);

    (void)state;
    assert_true(settle_tell(s, "a", SETTLE_FOUND, &small, 0));
    assert_true(settle_tell(s, "a", SETTLE_FOUND, &small, 1900));
    assert_true(looks(s, "a", &small, 2000));
    settle_free(s);
}

static void test_closed_is_soon_finished(void **state)
{
    settle *s = settle_new(2000, 60000);

    (void)state;
    assert_true(settle_tell(s, "a", SETTLE_CLOSED, &small, 0));
    assert_false(looks(s, "a", &small, SETTLE_CLOSED_MS - 1));
    assert_true(looks(s, "a", &small, SETTLE_CLOSED_MS));
    assert_true(settle_tell(s, "opened again", SETTLE_CLOSED, &small, 0));
    assert_true(settle_tell(s, "opened again", SETTLE_CHANGED, &grown, 100));
    assert_false(looks(s, "opened again", &grown, 1000));
    assert_true(looks(s, "opened again", &grown, 2100));
    assert_true(settle_tell(s, "empty", SETTLE_CLOSED, &empty, 0)); /* made, and not written yet */
    assert_false(looks(s, "empty", &empty, 1000));
    assert_true(looks(s, "empty", &empty, 2000));
    settle_free(s);
}

static void test_gone_is_forgotten(void **state)
{
    settle *s = settle_new(2000, 60000);

    (void)state;
    assert_true(settle_tell(s, "a", SETTLE_FOUND, &small, 0));
    assert_true(settle_tell(s, "b", SETTLE_FOUND, &small, 0));
    assert_true(settle_tell(s, "c", SETTLE_FOUND, &small, 0));
    settle_forget(s, "a");
    settle_forget(s, "never seen");
    assert_false(looks(s, "b", NULL, 2000));
    assert_int_equal(settle_waiting(s), 1);
    assert_false(settle_has(s, "b"));
    assert_string_equal(settle_next(s, 2000), "c");
    settle_free(s);
}

static void test_put_off_counts_tries_until_a_change(void **state)
{
    settle *s = settle_new(2000, 60000);
    int     tries;

    (void)state;
    assert_true(settle_put_off(s, "a", &small, 3, 0, 8000));
    assert_null(settle_next(s, 7999));
    assert_true(settle_tell(s, "a", SETTLE_FOUND, &small, 5000)); /* a scan in between */
    assert_null(settle_next(s, 7999));
    assert_true(settle_look(s, "a", &small, &tries, 8000));
    assert_int_equal(tries, 3);
    assert_true(settle_put_off(s, "a", &small, 3, 0, 8000));
    assert_false(settle_look(s, "a", &grown, &tries, 8000));
    assert_true(settle_look(s, "a", &grown, &tries, 10000));
    assert_int_equal(tries, 0);
    settle_free(s);
}

static void test_every_file_gets_its_turn(void **state)
{
    settle *s = settle_new(1000, 60000);
    char    name[32];
    size_t  finished = 0;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        assert_true(settle_tell(s, name, SETTLE_FOUND, i % 2 == 0 ? &small : &grown, 0));
    }
    for (const char *path; (path = settle_next(s, 1000)) != NULL;) { /* every second one is still being written */
        (void)snprintf(name, sizeof name, "%s", path);
        finished += looks(s, name, &small, 1000);
    }
    assert_int_equal(finished, 2500);
    assert_int_equal(settle_waiting(s), 2500);
    settle_free(s);
}

static void test_stuck_is_said_once(void **state)
{
    settle *s = settle_new(2000, 60000);

    (void)state;
    for (double now = 0; now < 60000; now += 1000)
        assert_true(settle_tell(s, "a", SETTLE_CHANGED, &small, now));
    assert_null(settle_stuck(s, 59999));
    assert_string_equal(settle_stuck(s, 60000), "a");
    assert_null(settle_stuck(s, 70000));
    settle_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_waits_for_quiet),    cmocka_unit_test(test_a_change_begins_anew),
        cmocka_unit_test(test_scans_do_not_begin_anew),  cmocka_unit_test(test_closed_is_soon_finished),
        cmocka_unit_test(test_gone_is_forgotten),        cmocka_unit_test(test_put_off_counts_tries_until_a_change),
        cmocka_unit_test(test_every_file_gets_its_turn), cmocka_unit_test(test_stuck_is_said_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

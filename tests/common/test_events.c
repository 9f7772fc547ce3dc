/* test_events.c - does what is told arrive, and is silence fine? */
#include "common/events.h"

#include "tests/unit/check.h"

static char   heard[3][9000];
static size_t seen[2];

static int on_progress(void *user, const char *stage, size_t done, size_t total)
{
    (void)snprintf(heard[0], sizeof heard[0], "%s", stage);
    seen[0] = done;
    seen[1] = total;
    return *(int *)user;
}

static void on_note(void *user, const char *message)
{
    assert_non_null(user);
    (void)snprintf(heard[1], sizeof heard[1], "%s", message);
}

static void on_warn(void *user, const char *message)
{
    assert_non_null(user);
    (void)snprintf(heard[2], sizeof heard[2], "%s", message);
}

static void all_is_heard(void **state)
{
    int               answer = 7;
    const rwda_events events = { on_progress, on_note, on_warn, &answer };

    (void)state;
    assert_int_equal(rw_progress(&events, "images", 3, 0), 7);
    assert_string_equal(heard[0], "images");
    assert_true(seen[0] == 3 && seen[1] == 0);
    rw_note(&events, "%s%d", "a%n", 1);
    rw_warn(&events, "%5.2f|", 0.5);
    assert_string_equal(heard[1], "a%n1");
    assert_string_equal(heard[2], " 0.50|");
}

static void long_messages_are_cut(void **state)
{
    static char       long_text[20000];
    int               answer = 0;
    const rwda_events events = { NULL, on_note, NULL, &answer };

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    rw_note(&events, "%s", long_text);
    assert_int_equal(strlen(heard[1]), 8191);
}

static void silence_is_fine(void **state)
{
    const rwda_events none = { NULL, NULL, NULL, NULL };

    (void)state;
    assert_int_equal(rw_progress(NULL, "x", 1, 2), 0);
    assert_int_equal(rw_progress(&none, "x", 1, 2), 0);
    heard[1][0] = heard[2][0] = '\0';
    rw_note(NULL, "%d", 1);
    rw_note(&none, "%d", 1);
    rw_warn(NULL, "%d", 1);
    rw_warn(&none, "%d", 1);
    assert_string_equal(heard[1], "");
    assert_string_equal(heard[2], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_heard),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(silence_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_connections.c - is a connection shut when it takes longer than it may, and only then? */
#include "serve/connections.h"

#include "tests/unit/check.h"

#include <poll.h>
#include <sys/socket.h>

static bool is_shut(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0; /* else: nothing to read yet */
}

static void only_the_slow_are_shut(void **state)
{
    service_limits limits = { .connections = 8, .request_s = 0, .idle_s = 0 };
    connections   *list   = connections_new(&limits);
    connection    *c[3];
    int            pairs[3][2];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        c[i] = connections_add(list, pairs[i][0]);
    }
    assert_int_equal(connections_count(list), 3);
    connections_step(list, c[1], CONNECTION_BUSY);
    connections_step(list, c[2], CONNECTION_WAITING);
    limits.request_s = limits.idle_s = 60;
    (void)poll(NULL, 0, 5);
    assert_int_equal(connections_reap(list, false), 3);
    for (size_t i = 0; i < 3; i++)
        assert_false(is_shut(pairs[i][1]));
    limits.request_s = 0; /* 5 ms are too many now */
    assert_int_equal(connections_reap(list, false), 3);
    assert_false(is_shut(pairs[0][1]));
    assert_true(is_shut(pairs[1][1]));
    limits.idle_s = 0;
    (void)connections_reap(list, false);
    assert_true(is_shut(pairs[0][1]));
    assert_false(is_shut(pairs[2][1])); /* it waits for us */
    for (size_t i = 0; i < 3; i++) {
        connections_remove(list, c[(i + 1) % 3]);
        assert_int_equal(connections_count(list), 2 - (int)i);
        (void)close(pairs[i][0]);
        (void)close(pairs[i][1]);
    }
    connections_free(list);
}

/* Three quarters of the places taken, or a hurry: idle connections get a second instead of a minute. */
static void in_a_hurry_idle_ones_get_a_second(void **state)
{
    service_limits limits = { .connections = 2, .request_s = 60, .idle_s = 60 };
    connections   *list   = connections_new(&limits);
    connection    *c[2];
    int            pairs[2][2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        c[i] = connections_add(list, pairs[i][0]);
    }
    (void)poll(NULL, 0, 1100);
    connections_step(list, c[1], CONNECTION_IDLE);
    limits.connections = 100;
    (void)connections_reap(list, false);
    assert_false(is_shut(pairs[0][1]));
    limits.connections = 2;
    (void)connections_reap(list, false);
    assert_true(is_shut(pairs[0][1]));
    (void)connections_reap(list, true);
    assert_false(is_shut(pairs[1][1])); /* its second has just begun */
    for (size_t i = 0; i < 2; i++) {
        connections_remove(list, c[i]);
        (void)close(pairs[i][0]);
        (void)close(pairs[i][1]);
    }
    connections_free(list);
}

/* No memory for one: it is not watched. */
static void none_is_fine(void **state)
{
    service_limits limits = { .connections = 2 };
    connections   *list   = connections_new(&limits);

    (void)state;
    connections_step(list, NULL, CONNECTION_BUSY);
    connections_remove(list, NULL);
    assert_int_equal(connections_reap(list, true), 0);
    connections_free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_slow_are_shut),
        cmocka_unit_test(in_a_hurry_idle_ones_get_a_second),
        cmocka_unit_test(none_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

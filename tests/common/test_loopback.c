/* test_loopback.c - which addresses are this machine's own? */
#include "common/loopback.h"

#include "tests/unit/check.h"

#include <arpa/inet.h>

static void test_hosts(void **state)
{
    static const char *const own[]    = { "localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]", "[0:0:0:0:0:0:0:1]" };
    static const char *const others[] = { "",
                                          "example.org",
                                          "localhost.example.org",
                                          "127.0.0.1.example.org",
                                          "127.1.2.3.4",
                                          "127.x",
                                          "128.0.0.1",
                                          "[127.0.0.1]",
                                          "[::1",
                                          "[]",
                                          "::2",
                                          "[::]",
                                          "0.0.0.0",
                                          "::1%lo" };
    char                     longest[300];

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(own); i++)
        if (!rw_is_loopback_host(own[i]))
            fail_msg("\"%s\" was not taken", own[i]);
    for (size_t i = 0; i < RW_COUNTOF(others); i++)
        if (rw_is_loopback_host(others[i]))
            fail_msg("\"%s\" was taken", others[i]);
    memset(longest, ':', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(rw_is_loopback_host(longest));
}

static void test_addresses(void **state)
{
    struct sockaddr_in  v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    struct sockaddr     of = { .sa_family = AF_UNIX };

    (void)state;
    v4.sin_addr.s_addr = htonl(0x7f010203);
    assert_true(rw_is_loopback((const struct sockaddr *)&v4));
    v4.sin_addr.s_addr = htonl(0x80000001);
    assert_false(rw_is_loopback((const struct sockaddr *)&v4));
    assert_true(rw_is_loopback((const struct sockaddr *)&v6));
    v6.sin6_addr.s6_addr[0] = 0x20;
    assert_false(rw_is_loopback((const struct sockaddr *)&v6));
    assert_false(rw_is_loopback(&of));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

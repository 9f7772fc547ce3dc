/* loopback.h - is this host this machine itself?                                                       layer: watch */
#ifndef WATCH_LOOPBACK_H
#define WATCH_LOOPBACK_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* host: a name, or an address without brackets. */
static inline bool is_loopback(const char *host)
{
    struct in_addr  four;
    struct in6_addr six;

    if (strcmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

#endif

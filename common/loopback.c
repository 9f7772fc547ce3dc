#include "common/loopback.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

static bool is_loopback_v4(struct in_addr address)
{
    return ntohl(address.s_addr) >> 24 == 127;
}

bool rw_is_loopback(const struct sockaddr *address)
{
    union {
        const struct sockaddr     *any;
        const struct sockaddr_in  *v4;
        const struct sockaddr_in6 *v6;
    } a = { address };

    if (address->sa_family == AF_INET)
        return is_loopback_v4(a.v4->sin_addr);
    return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a.v6->sin6_addr);
}

bool rw_is_loopback_host(const char *host)
{
    char            bare[INET6_ADDRSTRLEN];
    struct in_addr  v4;
    struct in6_addr v6;
    size_t          len = strlen(host);

    if (strcmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return is_loopback_v4(v4);
    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }
    if (len >= sizeof bare)
        return false;
    memcpy(bare, host, len);
    bare[len] = '\0';
    return inet_pton(AF_INET6, bare, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

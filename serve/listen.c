#include "serve/listen.h"

#include "common/loopback.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST_MAX 256
#define BACKLOG  512 /* connections that the kernel holds for us */

static bool is_port(const char *text)
{
    size_t n = strlen(text);

    return n >= 1 && n <= 5 && strspn(text, "0123456789") == n && strtol(text, NULL, 10) <= 65535;
}

/* "[::1]:0" -> "::1", and the port, in the text. */
static bool split(char host[HOST_MAX], const char **port, const char *address)
{
    const char *colon = strrchr(address, ':');
    size_t      n     = colon != NULL ? (size_t)(colon - address) : 0;

    if (n == 0 || n >= HOST_MAX || !is_port(colon + 1))
        return false;
    if (address[0] == '[' && address[n - 1] == ']') {
        address++;
        n -= 2;
    }
    memcpy(host, address, n);
    host[n] = '\0';
    *port   = colon + 1;
    return true;
}

/* "http://HOST:PORT" of a bound socket. */
static bool describe(char url[300], int fd)
{
    struct sockaddr_storage bound;
    socklen_t               len = sizeof bound;
    char                    host[HOST_MAX], port[16];

    if (getsockname(fd, (struct sockaddr *)&bound, &len) != 0 ||
        getnameinfo((struct sockaddr *)&bound, len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) !=
            0)
        return false;
    (void)snprintf(url, 300, bound.ss_family == AF_INET6 ? "http://[%s]:%s" : "http://%s:%s", host, port);
    return true;
}

/* A socket, or -1 with errno. */
static int bind_socket(const struct addrinfo *at, char url[300])
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1, fault;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 && bind(fd, at->ai_addr, at->ai_addrlen) == 0 &&
        listen(fd, BACKLOG) == 0 && describe(url, fd))
        return fd;
    fault = errno;
    (void)close(fd);
    errno = fault;
    return -1;
}

rwda_status listen_open(listener *out, const char *address, bool guarded, rwda_error *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *found = NULL;
    char            host[HOST_MAX];
    const char     *port;
    int             fault;
    rwda_status     status = RWDA_OK;

    *out = (listener){ .socket = -1 };
    if (!split(host, &port, address))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "--listen: \"%.300s\" is not an ADDRESS:PORT such as 127.0.0.1:8080", address);
    fault = getaddrinfo(host, port, &hints, &found);
    if (fault != 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--listen: %.300s: %s", address, gai_strerror(fault));
    out->local = rw_is_loopback(found->ai_addr);
    if (!out->local && !guarded)
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                         "--listen %.300s: others could use this service: give --token-file FILE, or --allow-anyone if that "
                         "is meant",
                         address);
    else if ((out->socket = bind_socket(found, out->url)) < 0)
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "--listen: %.300s: %s", address, strerror(errno));
    freeaddrinfo(found);
    return status;
}

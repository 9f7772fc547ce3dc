/* loopback.h - is this address this machine's own?                                                 layer: common */
#ifndef RW_LOOPBACK_H
#define RW_LOOPBACK_H

#include <stdbool.h>

struct sockaddr;
bool rw_is_loopback(const struct sockaddr *address);
/* The same of a URL's host: an address, IPv6 with brackets or without; of names localhost alone. */
bool rw_is_loopback_host(const char *host);

#endif

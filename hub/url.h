/* url.h - parts of an address, as libcurl reads them.                                                 layer: hub */
#ifndef RW_HUB_URL_H
#define RW_HUB_URL_H

#include "common/loopback.h"

#include <curl/curl.h>
#include <stddef.h>
#include <strings.h>

/* *out is the caller's to curl_free(); NULL where there is none. */
static inline bool rw_url_part(char **out, CURLU *url, CURLUPart part)
{
    *out = NULL;
    return curl_url_get(url, part, out, CURLU_DEFAULT_PORT) == CURLUE_OK;
}

static inline bool rw_url_is_scheme(CURLU *url, const char *name)
{
    char *scheme;
    bool  is = rw_url_part(&scheme, url, CURLUPART_SCHEME) && strcasecmp(scheme, name) == 0;

    curl_free(scheme);
    return is;
}

static inline bool rw_url_has(CURLU *url, CURLUPart part)
{
    char *value;
    bool  has = curl_url_get(url, part, &value, 0) == CURLUE_OK;

    if (has)
        curl_free(value);
    return has;
}

static inline bool rw_url_is_loopback(CURLU *url)
{
    char *host;
    bool  is = rw_url_part(&host, url, CURLUPART_HOST) && rw_is_loopback_host(host);

    curl_free(host);
    return is;
}

#endif

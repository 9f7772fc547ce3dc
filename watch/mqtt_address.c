/* mqtt_address.c - mqtt[s]://HOST[:PORT]/TOPIC in its parts. */
#include "watch/mqtt.h"

#include "common/loopback.h"

#include <stdlib.h>
#include <string.h>

static rwda_status refuse(const char *url, const char *why, rwda_error *err)
{
    return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--mqtt: \"%.200s\": %s", url, why);
}

rwda_status mqtt_address_read(mqtt_address *out, const char *url, bool plain, rwda_error *err)
{
    const char *rest = NULL, *slash, *end;
    size_t      len;
    char       *after;

    *out = (mqtt_address){ .tls = strncmp(url, "mqtts://", 8) == 0 };
    if (out->tls || strncmp(url, "mqtt://", 7) == 0)
        rest = url + (out->tls ? 8 : 7);
    slash = rest != NULL ? strchr(rest, '/') : NULL;
    if (slash == NULL || slash[1] == '\0')
        return refuse(url, "not of the form mqtt[s]://HOST[:PORT]/TOPIC", err);
    out->topic = slash + 1;
    if (strpbrk(out->topic, "+#") != NULL)
        return refuse(url, "a topic to publish to has no + and no #", err);
    if (memchr(rest, '@', (size_t)(slash - rest)) != NULL)
        return refuse(url, "a name in the address is not taken; see --mqtt-user", err);
    end = rest[0] == '[' ? strchr(rest, ']') : rest + strcspn(rest, ":/");
    rest += rest[0] == '[';
    len = end != NULL && end < slash + 1 ? (size_t)(end - rest) : 0;
    if (len == 0 || len >= sizeof out->host)
        return refuse(url, "no host", err);
    memcpy(out->host, rest, len);
    end += *end == ']';
    out->port = out->tls ? 8883 : 1883;
    if (*end == ':') {
        long port = strtol(end + 1, &after, 10);

        if (after != slash || after == end + 1 || port < 1 || port > 65535)
            return refuse(url, "no port of 1..65535", err);
        out->port = (int)port;
    } else if (end != slash)
        return refuse(url, "no host", err);
    if (!out->tls && !plain && !rw_is_loopback_host(out->host))
        return refuse(url, "could be read on the way; mqtts, or --allow-plain", err);
    return RWDA_OK;
}

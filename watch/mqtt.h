/* mqtt.h - records as MQTT messages of quality 1 (libmosquitto).                                       layer: watch */
#ifndef WATCH_MQTT_H
#define WATCH_MQTT_H

#include "watch/sender.h"

typedef struct {
    const char *url;           /* mqtt[s]://HOST[:PORT]/TOPIC; NULL: none */
    const char *user;          /* NULL: none */
    const char *password_file; /* its first line; NULL: see password */
    const char *password;      /* NULL: none */
    const char *ca;            /* certificates to believe, of mqtts; NULL: the system's */
    const char *cert, *key;    /* this client's; NULL: none */
    bool        plain;         /* mqtt to other machines is fine */
} mqtt_options;

/* A delivery is what the broker has acknowledged.  RWDA_EINVAL: an option; RWDA_EUNSUPPORTED: this build has no MQTT. */
rwda_status mqtt_new(sender **out, const mqtt_options *options, rwda_error *err);

bool mqtt_built(void);

/* Parts of the address; topic points into url. */
typedef struct {
    char        host[256];
    int         port;
    bool        tls;
    const char *topic;
} mqtt_address;
rwda_status mqtt_address_read(mqtt_address *out, const char *url, bool plain, rwda_error *err);

#endif

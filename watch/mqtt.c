#include "watch/mqtt.h"

#include "base/file.h"
#include "common/clock.h"

#include <mosquitto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIMEOUT_MS   15000.0
#define KEEP_ALIVE_S 30
#define ACKS         64 /* remembered: an acknowledgement may come before mosquitto_publish() returns */

/* libmosquitto's own thread connects, and connects again; ours waits for what it says. */
typedef struct {
    sender            base;
    struct mosquitto *client;
    mqtt_address      address;
    char             *url; /* where its topic points into */
    bool              started;
    pthread_mutex_t   mutex; /* guards what follows */
    pthread_cond_t    news;
    bool              connected;
    int               refused; /* what the broker said last; 0: nothing */
    int               acks[ACKS];
} mqtt;

static void on_connect(struct mosquitto *client, void *user, int code)
{
    mqtt *m = user;

    (void)client;
    pthread_mutex_lock(&m->mutex);
    m->connected = code == 0;
    m->refused   = code;
    pthread_cond_broadcast(&m->news);
    pthread_mutex_unlock(&m->mutex);
}

static void on_disconnect(struct mosquitto *client, void *user, int code)
{
    mqtt *m = user;

    (void)client;
    (void)code;
    pthread_mutex_lock(&m->mutex);
    m->connected = false;
    pthread_cond_broadcast(&m->news);
    pthread_mutex_unlock(&m->mutex);
}

static void on_publish(struct mosquitto *client, void *user, int number)
{
    mqtt *m = user;

    (void)client;
    pthread_mutex_lock(&m->mutex);
    m->acks[number % ACKS] = number;
    pthread_cond_broadcast(&m->news);
    pthread_mutex_unlock(&m->mutex);
}

/* A tenth of a second, or until there is news.  The mutex is held. */
static void wait_a_little(mqtt *m)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 100000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_cond_timedwait(&m->news, &m->mutex, &until);
}

static rwda_status start(mqtt *m, rwda_error *err)
{
    int code;

    if (m->started)
        return RWDA_OK;
    code = mosquitto_connect_async(m->client, m->address.host, m->address.port, KEEP_ALIVE_S);
    if (code == MOSQ_ERR_SUCCESS)
        code = mosquitto_loop_start(m->client);
    m->started = code == MOSQ_ERR_SUCCESS;
    return m->started ? RWDA_OK
                      : rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.200s:%d: %s", m->address.host, m->address.port,
                                mosquitto_strerror(code));
}

static rwda_status mqtt_send(sender *self, const char *id, const char *body, const atomic_bool *stop,
                             sender_failure *failure, rwda_error *err)
{
    mqtt       *m            = (mqtt *)self;
    double      end          = rw_now_ms() + TIMEOUT_MS;
    int         number       = 0, code;
    bool        acknowledged = false;
    rwda_status status       = start(m, err);

    (void)id; /* it stands in the record */
    *failure = (sender_failure){ true, 0 };
    if (status != RWDA_OK)
        return status;
    pthread_mutex_lock(&m->mutex);
    while (!m->connected && !*stop && rw_now_ms() < end)
        wait_a_little(m);
    if (!m->connected) {
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.200s:%d: %s", m->address.host, m->address.port,
                         m->refused != 0 ? mosquitto_connack_string(m->refused) : "no connection to the broker");
        goto done;
    }
    memset(m->acks, 0, sizeof m->acks);
    pthread_mutex_unlock(&m->mutex);
    code = mosquitto_publish(m->client, &number, m->address.topic, (int)strlen(body), body, 1, false);
    pthread_mutex_lock(&m->mutex);
    if (code != MOSQ_ERR_SUCCESS) {
        failure->down = code != MOSQ_ERR_PAYLOAD_SIZE && code != MOSQ_ERR_OVERSIZE_PACKET;
        status        = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.200s:%d: %s", m->address.host, m->address.port,
                                mosquitto_strerror(code));
        goto done;
    }
    while (!(acknowledged = m->acks[number % ACKS] == number) && !*stop && rw_now_ms() < end)
        wait_a_little(m);
    if (!acknowledged)
        status = rw_fail(err, RWDA_EIO, RWDA_NO_OFFSET, "%.200s:%d: the broker does not acknowledge", m->address.host,
                         m->address.port);
done:
    pthread_mutex_unlock(&m->mutex);
    return status;
}

static void mqtt_free(sender *self)
{
    mqtt *m = (mqtt *)self;

    if (m->started) {
        (void)mosquitto_disconnect(m->client);
        (void)mosquitto_loop_stop(m->client, true);
    }
    mosquitto_destroy(m->client);
    (void)mosquitto_lib_cleanup();
    pthread_cond_destroy(&m->news);
    pthread_mutex_destroy(&m->mutex);
    free(m->url);
    free(m);
}

static rwda_status set_password(mqtt *m, const mqtt_options *o, rwda_error *err)
{
    uint8_t    *bytes    = NULL;
    const char *password = o->password;
    size_t      len;
    rwda_status status = RWDA_OK;

    if (o->user == NULL)
        return o->password_file == NULL ? RWDA_OK
                                        : rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--mqtt-password needs --mqtt-user");
    if (o->password_file != NULL) {
        RW_TRY(rw_file_read(&bytes, &len, o->password_file, 4096, err));
        bytes[strcspn((char *)bytes, "\r\n")] = '\0';
        password                              = (char *)bytes;
    }
    if (mosquitto_username_pw_set(m->client, o->user, password) != MOSQ_ERR_SUCCESS)
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--mqtt-user: \"%.100s\" is no name that MQTT takes", o->user);
done:
    free(bytes);
    return status;
}

static rwda_status set_tls(mqtt *m, const mqtt_options *o, rwda_error *err)
{
    int code;

    if (!m->address.tls)
        return o->ca == NULL && o->cert == NULL && o->key == NULL
                   ? RWDA_OK
                   : rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--mqtt-ca, --mqtt-cert and --mqtt-key are of mqtts://");
    code = o->ca == NULL ? mosquitto_int_option(m->client, MOSQ_OPT_TLS_USE_OS_CERTS, 1) : MOSQ_ERR_SUCCESS;
    if (code == MOSQ_ERR_SUCCESS)
        code = mosquitto_tls_set(m->client, o->ca, o->ca == NULL ? "/etc/ssl/certs" : NULL, o->cert, o->key, NULL);
    return code == MOSQ_ERR_SUCCESS
               ? RWDA_OK
               : rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                         "--mqtt-ca, --mqtt-cert, --mqtt-key: cannot be used (%s); certificate and key go together",
                         mosquitto_strerror(code));
}

rwda_status mqtt_new(sender **out, const mqtt_options *o, rwda_error *err)
{
    mqtt       *m      = calloc(1, sizeof *m);
    rwda_status status = RWDA_OK;

    *out = NULL;
    if (m == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a connection");
    (void)mosquitto_lib_init();
    pthread_mutex_init(&m->mutex, NULL);
    pthread_cond_init(&m->news, NULL);
    m->base   = (sender){ mqtt_send, mqtt_free };
    m->client = mosquitto_new(NULL, true, m);
    m->url    = strdup(o->url);
    if (m->client == NULL || m->url == NULL)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a connection");
    RW_TRY(status);
    RW_TRY(mqtt_address_read(&m->address, m->url, o->plain, err));
    if (mosquitto_pub_topic_check(m->address.topic) != MOSQ_ERR_SUCCESS)
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "--mqtt: \"%.200s\" is no topic", m->address.topic);
    RW_TRY(status);
    RW_TRY(set_password(m, o, err));
    RW_TRY(set_tls(m, o, err));
    mosquitto_connect_callback_set(m->client, on_connect);
    mosquitto_disconnect_callback_set(m->client, on_disconnect);
    mosquitto_publish_callback_set(m->client, on_publish);
    (void)mosquitto_int_option(m->client, MOSQ_OPT_TCP_NODELAY, 1);
    (void)mosquitto_reconnect_delay_set(m->client, 1, 30, true);
    *out = &m->base;
    m    = NULL;
done:
    if (m != NULL)
        mqtt_free(&m->base);
    return status;
}

bool mqtt_built(void)
{
    return true;
}

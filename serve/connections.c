#include "serve/connections.h"

#include "common/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

struct connection {
    int              fd;
    double           since_ms; /* of the last step forward */
    connection_state state;
    connection      *next, **place;
};

struct connections {
    const service_limits *limits;
    pthread_mutex_t       mutex;
    connection           *first;
    int                   count;
};

connections *connections_new(const service_limits *limits)
{
    connections *list = calloc(1, sizeof *list);

    if (list != NULL) {
        list->limits = limits;
        pthread_mutex_init(&list->mutex, NULL);
    }
    return list;
}

void connections_free(connections *list)
{
    if (list == NULL)
        return;
    pthread_mutex_destroy(&list->mutex);
    free(list);
}

connection *connections_add(connections *list, int fd)
{
    connection *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->fd       = fd;
    c->since_ms = rw_now_ms();
    pthread_mutex_lock(&list->mutex);
    c->next  = list->first;
    c->place = &list->first;
    if (c->next != NULL)
        c->next->place = &c->next;
    list->first = c;
    list->count++;
    pthread_mutex_unlock(&list->mutex);
    return c;
}

void connections_remove(connections *list, connection *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&list->mutex);
    *c->place = c->next;
    if (c->next != NULL)
        c->next->place = c->place;
    list->count--;
    pthread_mutex_unlock(&list->mutex);
    free(c);
}

void connections_step(connections *list, connection *c, connection_state state)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&list->mutex);
    c->since_ms = rw_now_ms();
    c->state    = state;
    pthread_mutex_unlock(&list->mutex);
}

int connections_count(connections *list)
{
    int count;

    pthread_mutex_lock(&list->mutex);
    count = list->count;
    pthread_mutex_unlock(&list->mutex);
    return count;
}

static bool is_too_slow(const connection *c, const service_limits *limits, bool hurry)
{
    double seconds = (rw_now_ms() - c->since_ms) / 1e3;

    switch (c->state) {
    case CONNECTION_IDLE: return seconds > (hurry ? 1 : limits->idle_s);
    case CONNECTION_BUSY: return seconds > limits->request_s;
    default: return false;
    }
}

int connections_reap(connections *list, bool hurry)
{
    int open;

    pthread_mutex_lock(&list->mutex);
    hurry = hurry || 4 * list->count > 3 * list->limits->connections;
    for (connection *c = list->first; c != NULL; c = c->next)
        if (is_too_slow(c, list->limits, hurry))
            (void)shutdown(c->fd, SHUT_RDWR);
    open = list->count;
    pthread_mutex_unlock(&list->mutex);
    return open;
}

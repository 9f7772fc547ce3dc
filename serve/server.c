#include "serve/server.h"

#include "common/clock.h"
#include "serve/batcher.h"
#include "serve/connections.h"
#include "serve/exchange.h"
#include "serve/log.h"
#include "serve/making.h"
#include "serve/queue.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void wait_ms(int ms)
{
    struct timespec t = { ms / 1000, 1000000L * (ms % 1000) };

    (void)nanosleep(&t, NULL);
}

static struct MHD_Daemon *start_daemon(service_context *service, int socket)
{
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0, NULL, NULL,
                            exchange_on_request, service, MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)service->limits.connections, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                            MHD_OPTION_NOTIFY_COMPLETED, exchange_on_completed, service, MHD_OPTION_URI_LOG_CALLBACK,
                            exchange_on_uri, service, MHD_OPTION_NOTIFY_CONNECTION, exchange_on_connection, service,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768, MHD_OPTION_END);
}

/* Looks a few times a second for connections that are too slow. */
static void wait_for_signal(service_context *service)
{
    const struct timespec tick = { 0, 200000000L };
    sigset_t              signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    while (sigtimedwait(&signals, NULL, &tick) <= 0)
        (void)connections_reap(service->connections, false);
}

/* No connection that the kernel took for us is dropped: those still in its queue are handed over before the socket closes. */
static void stop_listening(struct MHD_Daemon *daemon, int socket)
{
    struct sockaddr_storage from;
    socklen_t               len = sizeof from;
    int                     one;

    (void)MHD_quiesce_daemon(daemon);
    while ((one = accept4(socket, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        (void)MHD_add_connection(daemon, one, (struct sockaddr *)&from, len);
        len = sizeof from;
    }
    (void)close(socket);
}

static void drain(service_context *service, struct MHD_Daemon *daemon, int socket)
{
    double end = rw_now_ms() + 1e3 * service->limits.drain_s;

    service->draining = true;
    stop_listening(daemon, socket);
    while (connections_reap(service->connections, true) > 0 && rw_now_ms() < end)
        wait_ms(20);
}

rwda_status server_run(service_context *service, int socket, rwda_error *err)
{
    struct MHD_Daemon *daemon;
    pthread_t          engine, maker;
    bool               making = queue_start(service->queue) && pthread_create(&maker, NULL, making_main, service) == 0;
    rwda_status        status = RWDA_OK;

    if (!making || pthread_create(&engine, NULL, batcher_main, service) != 0) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "threads cannot be started: %s", strerror(errno));
        queue_stop(service->queue);
        if (making)
            pthread_join(maker, NULL);
        (void)close(socket);
        return status;
    }
    daemon = start_daemon(service, socket);
    if (daemon == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "the HTTP server cannot be started: %s", strerror(errno));
        (void)close(socket);
    } else {
        wait_for_signal(service);
        log_event("info", "draining", NULL);
        drain(service, daemon, socket);
    }
    queue_stop(service->queue); /* requests left when the time is over are answered 503; every connection is resumed */
    pthread_join(engine, NULL);
    pthread_join(maker, NULL);
    if (daemon != NULL) {
        wait_ms(connections_count(service->connections) > 0 ? 100 : 0);
        MHD_stop_daemon(daemon);
        log_event("info", "stopped", NULL);
    }
    return status;
}

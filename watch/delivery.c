#include "watch/delivery.h"

#include "common/clock.h"
#include "common/events.h"
#include "watch/backoff.h"

#include <pthread.h>
#include <stdlib.h>

#define GROUP 16 /* sent before the ledger notes it: these may be sent again after kill -9 */

struct delivery {
    sender            *by;
    ledger_sink        sink;
    ledger            *ledger;
    int                tries;
    const rwda_events *events;
    pthread_t          thread;
    atomic_bool        stop; /* now */
    atomic_ullong      sent, failed_tries;
    int                down; /* tries in a row that found the receiver away; of the thread alone, as the next */
    int64_t            up_again;
    pthread_mutex_t    mutex; /* guards what follows */
    pthread_cond_t     news;
    bool               woken, finishing, all, ended;
    rwda_status        status;
    rwda_error         err;
};

/* One record; the ledger's status. */
static rwda_status deliver(delivery *d, const ledger_message *m, uint64_t *done, size_t *n_done, rwda_error *err)
{
    char           id[LEDGER_ID];
    sender_failure failure;
    rwda_error     why;
    int64_t        wait;

    ledger_id(id, d->ledger, m->number);
    if (d->by->send(d->by, id, m->body, &d->stop, &failure, &why) == RWDA_OK) {
        done[(*n_done)++] = m->number;
        d->down           = 0;
        d->sent++;
        return RWDA_OK;
    }
    if (d->stop)
        return RWDA_OK;
    d->failed_tries++;
    d->down = failure.down ? d->down + 1 : 0;
    if (d->down == 1)
        rw_warn(d->events, "%s: %.300s; it is tried again", ledger_sink_name(d->sink), why.message);
    if (m->tries + 1 >= d->tries) {
        rw_warn(d->events, "%s: record %s is given up after %d tries: %.300s", ledger_sink_name(d->sink), id, m->tries + 1,
                why.message);
        return ledger_give_up(d->ledger, d->sink, m->number, why.message, err);
    }
    wait = backoff_ms(failure.down && d->down > m->tries ? d->down : m->tries + 1);
    if (wait < INT64_C(1000) * failure.wait_s)
        wait = INT64_C(1000) * failure.wait_s;
    if (d->down > 1 || failure.wait_s > 0) /* once may be chance */
        d->up_again = rw_unix_ms() + wait;
    return ledger_put_off(d->ledger, d->sink, m->number, rw_unix_ms() + wait, err);
}

/* Those that are due; *next: when there are more. */
static rwda_status deliver_due(delivery *d, int64_t *next, rwda_error *err)
{
    ledger_message group[GROUP];
    uint64_t       done[GROUP];
    size_t         n = 0, n_done = 0;
    rwda_status    status = ledger_due(group, &n, next, d->ledger, d->sink, GROUP, err), noted;

    for (size_t i = 0; i < n; i++) {
        if (status == RWDA_OK && !d->stop && d->up_again <= rw_unix_ms())
            status = deliver(d, &group[i], done, &n_done, err);
        ledger_message_free(&group[i]);
    }
    noted = ledger_delivered(d->ledger, d->sink, done, n_done, status == RWDA_OK ? err : NULL);
    if (d->up_again > *next)
        *next = d->up_again;
    return status != RWDA_OK ? status : noted;
}

/* false: the thread ends. */
static bool wait_for_more(delivery *d, int64_t next)
{
    int64_t         now = rw_unix_ms();
    struct timespec until;
    bool            more;

    pthread_mutex_lock(&d->mutex);
    if (next > now + 1000)
        next = now + 1000; /* the clock may be set */
    until = (struct timespec){ next / 1000, 1000000L * (long)(next % 1000) };
    if (!d->woken && !d->finishing && next > now)
        (void)pthread_cond_timedwait(&d->news, &d->mutex, &until);
    d->woken = false;
    more     = !d->stop;
    pthread_mutex_unlock(&d->mutex);
    return more;
}

static void pause_ms(long ms)
{
    const struct timespec t = { 0, ms * 1000000L };

    (void)nanosleep(&t, NULL);
}

static void *delivery_main(void *argument)
{
    delivery   *d = argument;
    rwda_error  err;
    int64_t     next;
    bool        more   = true, finishing, all;
    rwda_status status = RWDA_OK;

    while (more && status == RWDA_OK) {
        pthread_mutex_lock(&d->mutex); /* before the ledger is asked: what was added before is seen */
        finishing = d->finishing;
        all       = d->all;
        pthread_mutex_unlock(&d->mutex);
        status = deliver_due(d, &next, &err);
        more   = wait_for_more(d, next);
        if (finishing && (next == INT64_MAX || (!all && next > rw_unix_ms())))
            more = false;
        else if (finishing && next > rw_unix_ms())
            pause_ms(50);
    }
    pthread_mutex_lock(&d->mutex);
    d->status = status;
    if (status != RWDA_OK)
        d->err = err;
    d->ended = true;
    pthread_cond_broadcast(&d->news);
    pthread_mutex_unlock(&d->mutex);
    return NULL;
}

rwda_status delivery_start(delivery **out, sender *by, ledger_sink sink, ledger *l, int tries, const rwda_events *events,
                           rwda_error *err)
{
    delivery *d = calloc(1, sizeof *d);

    *out = NULL;
    if (d == NULL) {
        by->free(by);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for deliveries");
    }
    d->by     = by;
    d->sink   = sink;
    d->ledger = l;
    d->tries  = tries;
    d->events = events;
    pthread_mutex_init(&d->mutex, NULL);
    pthread_cond_init(&d->news, NULL);
    if (pthread_create(&d->thread, NULL, delivery_main, d) != 0) {
        delivery_free(d);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a thread for deliveries cannot be started");
    }
    *out = d;
    return RWDA_OK;
}

void delivery_wake(delivery *d)
{
    if (d == NULL)
        return;
    pthread_mutex_lock(&d->mutex);
    d->woken = true;
    pthread_cond_broadcast(&d->news);
    pthread_mutex_unlock(&d->mutex);
}

void delivery_finish(delivery *d, bool all, double seconds)
{
    int64_t         end   = rw_unix_ms() + (int64_t)(1e3 * seconds);
    struct timespec until = { end / 1000, 1000000L * (long)(end % 1000) };

    if (d == NULL)
        return;
    pthread_mutex_lock(&d->mutex);
    d->finishing = true;
    d->all       = all;
    pthread_cond_broadcast(&d->news);
    while (!d->ended && pthread_cond_timedwait(&d->news, &d->mutex, &until) == 0)
        continue;
    d->stop = true;
    pthread_cond_broadcast(&d->news);
    pthread_mutex_unlock(&d->mutex);
    (void)pthread_join(d->thread, NULL);
}

void delivery_free(delivery *d)
{
    if (d == NULL)
        return;
    d->by->free(d->by);
    pthread_cond_destroy(&d->news);
    pthread_mutex_destroy(&d->mutex);
    free(d);
}

unsigned long long delivery_sent(const delivery *d)
{
    return d != NULL ? d->sent : 0;
}

unsigned long long delivery_failed_tries(const delivery *d)
{
    return d != NULL ? d->failed_tries : 0;
}

rwda_status delivery_status(delivery *d, rwda_error *err)
{
    rwda_status status;

    if (d == NULL)
        return RWDA_OK;
    pthread_mutex_lock(&d->mutex);
    status = d->status;
    if (status != RWDA_OK && err != NULL)
        *err = d->err;
    pthread_mutex_unlock(&d->mutex);
    return status;
}

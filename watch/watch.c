#include "watch/watch.h"

#include "base/file.h"
#include "base/memory.h"
#include "common/clock.h"
#include "common/events.h"
#include "common/image_walk.h"
#include "common/score_record.h"
#include "watch/backoff.h"
#include "watch/batch.h"
#include "watch/delivery.h"
#include "watch/folder.h"
#include "watch/metrics_file.h"
#include "watch/record_lines.h"
#include "watch/settle.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define READ_TRIES   6 /* of a file, within half a minute */
#define STUCK_MS     600000.0
#define METRICS_MS   15000.0
#define PLACE_GROUP  16
#define READY_MOST   1024   /* finished files that are held; a scan waits for the others */
#define WAITING_MOST 100000 /* the same of files that are not finished */
#define NEWS_AT_ONCE 4096

struct watch {
    watch_options      options;
    const rwda_events *events;
    char               folder[PATH_MAX]; /* without a slash at its end, as it was given: paths in records begin with it */
    char               real[PATH_MAX];   /* where it lies */
    char               ledger_path[RW_PATH_MAX];
    ledger            *ledger;
    watched_folder    *changes;
    settle            *settle;
    sender            *senders[SINKS];
    delivery          *deliveries[SINKS];
    batch_item         ready[READY_MOST]; /* finished */
    size_t             n_ready;
    batch              batch;
    drift_watch        drift;
    atomic_bool        stop;
    int                wake; /* an eventfd */
    double             next_metrics, started;
    unsigned long long written, placed, place_failures;
    bool               said_metrics;
};

/* ---- Opening ------------------------------------------------------------------------------------------------------------------ */

/* $XDG_STATE_HOME/rwda/watch-<of the folder>.sqlite, or below ~/.local/state. */
static rwda_status default_ledger(watch *w, rwda_error *err)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char        sum[65];
    bool        fits;

    rw_sha256_hex(sum, w->real, strlen(w->real));
    if (state != NULL && state[0] == '/')
        fits = rw_path_format(w->ledger_path, "%s/rwda/watch-%.16s.sqlite", state, sum);
    else
        fits = home != NULL && home[0] == '/' &&
               rw_path_format(w->ledger_path, "%s/.local/state/rwda/watch-%.16s.sqlite", home, sum);
    if (!fits)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "--ledger: needed where neither XDG_STATE_HOME nor HOME says where");
    return rw_path_make_folders(w->ledger_path, err);
}

static rwda_status open_folder(watch *w, rwda_error *err)
{
    size_t len = strlen(w->options.folder);

    while (len > 1 && w->options.folder[len - 1] == '/')
        len--;
    if (!rw_path_format(w->folder, "%.*s", (int)len, w->options.folder))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: too long for a path", w->options.folder);
    if (!rw_is_directory(w->folder))
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.300s: %s", w->folder,
                       rw_path_exists(w->folder) ? "is not a folder" : "no such folder");
    if (realpath(w->folder, w->real) == NULL)
        return rw_fail_errno(err, w->folder, "cannot be watched");
    return RWDA_OK;
}

static rwda_status open_senders(watch *w, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    if (w->options.webhook.url != NULL)
        RW_TRY(webhook_new(&w->senders[SINK_WEBHOOK], &w->options.webhook, err));
    if (w->options.mqtt.url != NULL)
        RW_TRY(mqtt_new(&w->senders[SINK_MQTT], &w->options.mqtt, err));
done:
    return status;
}

static bool places_any(const place_options *o)
{
    return o->normal != NULL || o->review != NULL || o->anomalous != NULL || o->failed != NULL;
}

/* What an earlier run has left. */
static rwda_status look_back(watch *w, rwda_error *err)
{
    static const char *const options[SINKS] = { "-o", "--move-...", "--webhook", "--mqtt" };
    ledger_counts            counts;
    size_t                   deliveries, files, known;
    rwda_status              status = RWDA_OK;

    if (w->options.retry_failed) {
        RW_TRY(ledger_retry_failed(w->ledger, &deliveries, &files, err));
        rw_note(w->events, "%zu deliveries that were given up wait again, %zu files that failed are read again", deliveries,
                files);
    }
    RW_TRY(ledger_count_files(&known, w->ledger, err));
    if (known > 0)
        rw_note(w->events, "%.300s: %zu files of this folder are known, and not scored again", w->ledger_path, known);
    status = record_lines_recover(w->options.output, w->ledger, err);
    if (status == RWDA_ENOTFOUND) /* its folder: the caller looks for what was asked wrongly */
        status = rw_fail_prefix(err, RWDA_EIO, "-o");
    RW_TRY(status);
    RW_TRY(ledger_count(&counts, w->ledger, err));
    for (int sink = 0; sink < SINKS; sink++) {
        bool given = sink == SINK_OUTPUT || (sink == SINK_PLACE ? places_any(&w->options.places) : w->senders[sink] != NULL);

        if (counts.waiting[sink] > 0 && !given)
            rw_warn(w->events, "%zu deliveries of an earlier run wait, which need %s", counts.waiting[sink], options[sink]);
        if (counts.failed[sink] > 0)
            rw_warn(w->events, "%zu deliveries to %s were given up; --retry-failed tries them again", counts.failed[sink],
                    ledger_sink_name((ledger_sink)sink));
    }
done:
    return status;
}

rwda_status watch_open(watch **out, const watch_options *options, const rwda_events *events, rwda_error *err)
{
    watch         *w      = calloc(1, sizeof *w);
    folder_options folder = { options->poll_s, options->rescan_s };
    rwda_status    status = RWDA_OK;

    *out = NULL;
    if (w == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory");
    w->options = *options;
    w->events  = events;
    w->started = (double)rw_unix_ms() / 1e3;
    w->wake    = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (w->wake < 0)
        RW_TRY(rw_fail_errno(err, options->folder, "cannot be watched"));
    w->settle = settle_new(1e3 * options->settle_s, STUCK_MS);
    if (w->settle == NULL)
        RW_TRY(rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory"));
    RW_TRY(open_folder(w, err));
    RW_TRY(place_check(&options->places, w->real, err));
    RW_TRY(open_senders(w, err));
    if (options->ledger == NULL)
        RW_TRY(default_ledger(w, err));
    else if (!rw_path_format(w->ledger_path, "%s", options->ledger))
        RW_TRY(rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: too long for a path", options->ledger));
    RW_TRY(folder_open(&w->changes, w->folder, &folder, events, err));
    RW_TRY(ledger_open(&w->ledger, w->ledger_path, w->real, err));
    RW_TRY(look_back(w, err));
    *out = w;
    w    = NULL;
done:
    watch_close(w);
    return status;
}

void watch_close(watch *w)
{
    if (w == NULL)
        return;
    for (int sink = 0; sink < SINKS; sink++)
        if (w->senders[sink] != NULL)
            w->senders[sink]->free(w->senders[sink]);
    while (w->n_ready > 0)
        free(w->ready[--w->n_ready].path);
    drift_watch_close(&w->drift);
    json_decref(w->batch.described);
    settle_free(w->settle);
    folder_close(w->changes);
    ledger_close(w->ledger);
    if (w->wake >= 0)
        (void)close(w->wake);
    free(w);
}

void watch_stop(watch *w)
{
    uint64_t one    = 1;
    int      before = errno;

    w->stop = true;
    (void)!write(w->wake, &one, sizeof one);
    errno = before;
}

/* ---- From news to finished files ------------------------------------------------------------------------------------------- */

static rwda_status no_memory(rwda_error *err)
{
    return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the names of files");
}

static const char *below(const watch *w, const char *path)
{
    size_t len = strlen(w->folder);

    return path + len + (w->folder[len - 1] != '/');
}

/* Each file once: a batch does not know yet what it is about to write into the ledger. */
static rwda_status add_ready(watch *w, const char *path, const rw_file_stamp *stamp, int tries, rwda_error *err)
{
    char *copy;

    for (size_t i = 0; i < w->n_ready; i++)
        if (strcmp(w->ready[i].path, below(w, path)) == 0) {
            w->ready[i].stamp = *stamp;
            w->ready[i].tries = tries;
            return RWDA_OK;
        }
    copy = rw_string_copy(below(w, path));
    if (copy == NULL)
        return no_memory(err);
    w->ready[w->n_ready++] = (batch_item){ .path = copy, .stamp = *stamp, .tries = tries };
    return RWDA_OK;
}

/* A file that a scan has found: most are known. */
static rwda_status take_found(watch *w, const char *path, double now, rwda_error *err)
{
    rw_file_stamp stamp;
    bool          known  = false;
    rwda_status   status = RWDA_OK;

    if (!rw_file_stamp_of(&stamp, path))
        goto done;
    RW_TRY(ledger_knows(&known, w->ledger, below(w, path), &stamp, err));
    if (known)
        goto done;
    /* No program can set ctime: a file that nothing was done to for that long is finished.  A network's clock is another one. */
    if (!folder_count(w->changes).polls && stamp.changed / 1000000 <= rw_unix_ms() - (int64_t)(1e3 * w->options.settle_s) &&
        stamp.size > 0 && !settle_has(w->settle, path))
        return add_ready(w, path, &stamp, 0, err);
    if (!settle_tell(w->settle, path, SETTLE_FOUND, &stamp, now))
        status = no_memory(err);
done:
    return status;
}

static rwda_status take_heard(watch *w, const char *path, settle_news news, double now, rwda_error *err)
{
    rw_file_stamp stamp;

    if (!rw_file_stamp_of(&stamp, path)) {
        settle_forget(w->settle, path);
        return RWDA_OK;
    }
    return settle_tell(w->settle, path, news, &stamp, now) ? RWDA_OK : no_memory(err);
}

/* What has happened since the last call.  *more: it did not come to the end. */
static rwda_status hear(watch *w, bool *more, double now, rwda_error *err)
{
    char        path[RW_PATH_MAX];
    folder_news news;
    rwda_status status = RWDA_OK;

    *more = true;
    for (int i = 0; i < NEWS_AT_ONCE && *more && status == RWDA_OK; i++) {
        news  = folder_next(path, w->changes, w->n_ready < READY_MOST / 2 && settle_waiting(w->settle) < WAITING_MOST, now);
        *more = news != FOLDER_NOTHING;
        if (news == FOLDER_FOUND)
            status = take_found(w, path, now, err);
        else if (news == FOLDER_CHANGED || news == FOLDER_CLOSED)
            status = take_heard(w, path, news == FOLDER_CLOSED ? SETTLE_CLOSED : SETTLE_CHANGED, now, err);
        else if (news == FOLDER_GONE)
            settle_forget(w->settle, path);
    }
    return status;
}

/* Files that are finished now become ready. */
static rwda_status look(watch *w, double now, rwda_error *err)
{
    const char *next;
    char        path[RW_PATH_MAX];
    rwda_status status = RWDA_OK;

    while (w->n_ready < READY_MOST && (next = settle_next(w->settle, now)) != NULL) {
        rw_file_stamp stamp;
        int           tries;
        bool          known = false, there;

        (void)rw_path_format(path, "%s", next);
        there = rw_file_stamp_of(&stamp, path);
        if (!settle_look(w->settle, path, there ? &stamp : NULL, &tries, now) || !rw_path_is_image(path))
            continue;
        RW_TRY(ledger_knows(&known, w->ledger, below(w, path), &stamp, err));
        if (!known)
            RW_TRY(add_ready(w, path, &stamp, tries, err));
    }
    for (const char *stuck; (stuck = settle_stuck(w->settle, now)) != NULL;)
        rw_warn(w->events, "%.300s: is written to for %g minutes; it is scored when that ends", stuck, STUCK_MS / 60000.0);
done:
    return status;
}

/* ---- From finished files to records ---------------------------------------------------------------------------------------- */

static rwda_status write_output(watch *w, rwda_error *err)
{
    return record_lines_write(w->options.output, w->ledger, err);
}

static rwda_status on_added(void *user, rwda_error *err)
{
    watch *w = user;

    delivery_wake(w->deliveries[SINK_WEBHOOK]);
    delivery_wake(w->deliveries[SINK_MQTT]);
    return write_output(w, err);
}

static rwda_status take_outcome(watch *w, batch_item *item, double now, rwda_error *err)
{
    char          path[RW_PATH_MAX];
    rw_file_stamp stamp;

    if (item->outcome != BATCH_CHANGED && item->outcome != BATCH_UNREADABLE)
        return RWDA_OK;
    (void)rw_path_format(path, "%s/%s", w->folder, item->path);
    if (item->outcome == BATCH_CHANGED)
        return !rw_file_stamp_of(&stamp, path) || settle_tell(w->settle, path, SETTLE_CHANGED, &stamp, now) ? RWDA_OK
                                                                                                            : no_memory(err);
    item->tries++;
    if (item->tries >= READ_TRIES || item->err.code == RWDA_ELIMIT)
        return batch_give_up(&w->batch, item, err);
    if (item->tries == 1)
        rw_warn(w->events, "%s; it is tried again", item->err.message);
    return settle_put_off(w->settle, path, &item->stamp, item->tries, now, now + (double)backoff_ms(item->tries))
               ? RWDA_OK
               : no_memory(err);
}

static rwda_status score_ready(watch *w, rwda_error *err)
{
    size_t      n      = w->n_ready < BATCH_MOST ? w->n_ready : BATCH_MOST;
    rwda_status status = RWDA_OK;

    if (n == 0)
        return RWDA_OK;
    status = batch_run(&w->batch, w->ready, n, err);
    for (size_t i = 0; i < n; i++) {
        if (status == RWDA_OK && !w->stop)
            status = take_outcome(w, &w->ready[i], rw_now_ms(), err);
        free(w->ready[i].path);
    }
    memmove(w->ready, w->ready + n, (w->n_ready - n) * sizeof *w->ready);
    w->n_ready -= n;
    return status;
}

/* ---- Placing ---------------------------------------------------------------------------------------------------------------- */

static rwda_status place_one(watch *w, const ledger_message *m, rwda_error *err)
{
    rwda_error  why;
    bool        left;
    uint64_t    number = m->number;
    rwda_status placed, status = RWDA_OK;

    if (place_of(&w->options.places, m->label) == NULL) /* of an earlier run, which had other options */
        return ledger_delivered(w->ledger, SINK_PLACE, &number, 1, err);
    placed = place_file(&left, &w->options.places, w->real, m, &why);
    if (left)
        RW_TRY(ledger_moved(w->ledger, m, err));
    if (placed == RWDA_OK) {
        w->placed++;
        return ledger_delivered(w->ledger, SINK_PLACE, &number, 1, err);
    }
    if (placed == RWDA_EUNSUPPORTED) { /* as it is meant to be: no failure */
        rw_warn(w->events, "%s", why.message);
        return ledger_delivered(w->ledger, SINK_PLACE, &number, 1, err);
    }
    w->place_failures++;
    if (placed == RWDA_ENOTFOUND || placed == RWDA_EEXIST || m->tries + 1 >= w->options.tries) {
        rw_warn(w->events, "%s; it is not placed", why.message);
        return ledger_give_up(w->ledger, SINK_PLACE, m->number, why.message, err);
    }
    if (m->tries == 0)
        rw_warn(w->events, "%s; it is tried again", why.message);
    status = ledger_put_off(w->ledger, SINK_PLACE, m->number, rw_unix_ms() + backoff_ms(m->tries + 1), err);
done:
    return status;
}

/* Files of records that are due; *more: perhaps there are others. */
static rwda_status place_due(watch *w, bool *more, rwda_error *err)
{
    ledger_message group[PLACE_GROUP];
    size_t         n = 0;
    int64_t        next;
    rwda_status    status;

    *more = false;
    if (!places_any(&w->options.places))
        return RWDA_OK;
    status = ledger_due(group, &n, &next, w->ledger, SINK_PLACE, PLACE_GROUP, err);
    for (size_t i = 0; i < n; i++) {
        if (status == RWDA_OK)
            status = place_one(w, &group[i], err);
        ledger_message_free(&group[i]);
    }
    *more = n == PLACE_GROUP;
    return status;
}

static rwda_status place_all(watch *w, rwda_error *err)
{
    bool        more   = true;
    rwda_status status = RWDA_OK;

    while (more && status == RWDA_OK)
        status = place_due(w, &more, err);
    return status;
}

/* ---- Metrics ---------------------------------------------------------------------------------------------------------------- */

/* A file of metrics that cannot be written is no reason to stop. */
static rwda_status write_metrics(watch *w, double now, rwda_error *err)
{
    watch_metrics metrics = { .totals    = w->batch.totals,
                              .folder    = folder_count(w->changes),
                              .drift     = &w->drift.state,
                              .unsettled = settle_waiting(w->settle),
                              .there     = folder_is_there(w->changes),
                              .started   = w->started };
    rwda_error    why;
    rwda_status   status = RWDA_OK;

    if (w->options.metrics == NULL || now < w->next_metrics)
        return RWDA_OK;
    w->next_metrics = now + METRICS_MS;
    RW_TRY(ledger_count(&metrics.deliveries, w->ledger, err));
    metrics.sent[SINK_OUTPUT]        = metrics.totals.scored + metrics.totals.failed;
    metrics.sent[SINK_PLACE]         = w->placed;
    metrics.failed_tries[SINK_PLACE] = w->place_failures;
    for (int sink = SINK_WEBHOOK; sink < SINKS; sink++) {
        metrics.sent[sink]         = delivery_sent(w->deliveries[sink]);
        metrics.failed_tries[sink] = delivery_failed_tries(w->deliveries[sink]);
    }
    if (watch_metrics_write(w->options.metrics, &metrics, &why) != RWDA_OK && !w->said_metrics) {
        rw_warn(w->events, "%s; metrics are tried again every %g s", why.message, METRICS_MS / 1e3);
        w->said_metrics = true;
    }
done:
    return status;
}

/* ---- The run ------------------------------------------------------------------------------------------------------------------ */

static rwda_status begin(watch *w, scoring *s, const decision *d, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    w->batch = (batch){ .scoring   = s,
                        .decision  = d,
                        .drift     = &w->drift,
                        .described = score_record_scoring(s->scorer),
                        .ledger    = w->ledger,
                        .folder    = w->folder,
                        .places    = &w->options.places,
                        .sinks     = 1U << SINK_OUTPUT,
                        .events    = w->events,
                        .stop      = &w->stop,
                        .added     = on_added,
                        .user      = w };
    if (w->batch.described == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a record");
    if (!w->options.no_drift)
        RW_TRY(drift_watch_open(&w->drift, d, (size_t)rwda_model_get_info(s->model)->embed_dim, err));
    for (int sink = 0; sink < SINKS; sink++)
        if (w->senders[sink] != NULL) {
            sender *given = w->senders[sink];

            w->senders[sink] = NULL;
            w->batch.sinks |= 1U << sink;
            RW_TRY(
                delivery_start(&w->deliveries[sink], given, (ledger_sink)sink, w->ledger, w->options.tries, w->events, err));
        }
done:
    return status;
}

static rwda_status check_deliveries(watch *w, rwda_error *err)
{
    rwda_status status = delivery_status(w->deliveries[SINK_WEBHOOK], err);

    return status == RWDA_OK ? delivery_status(w->deliveries[SINK_MQTT], err) : status;
}

static void wait_for_news(watch *w)
{
    struct pollfd fds[2] = { { w->wake, POLLIN, 0 }, { folder_fd(w->changes), POLLIN, 0 } };

    (void)poll(fds, fds[1].fd >= 0 ? 2 : 1, settle_waiting(w->settle) > 0 ? 50 : 500);
}

rwda_status watch_run(watch *w, scoring *s, const decision *d, rwda_error *err)
{
    bool        more, placing, ended = false;
    double      give_up = 0;
    rwda_status status  = RWDA_OK;

    RW_TRY(begin(w, s, d, err));
    RW_TRY(write_output(w, err));
    while (!w->stop && !ended) {
        double now = rw_now_ms();

        RW_TRY(hear(w, &more, now, err));
        RW_TRY(look(w, now, err));
        RW_TRY(score_ready(w, err));
        RW_TRY(place_due(w, &placing, err));
        RW_TRY(write_metrics(w, now, err));
        RW_TRY(check_deliveries(w, err));
        if (w->options.once && folder_scanned(w->changes) && !more && w->n_ready == 0) {
            if (give_up == 0) /* for files that do not settle */
                give_up = now + 1e3 * (w->options.settle_s + w->options.drain_s);
            ended = settle_waiting(w->settle) == 0 || now >= give_up;
        }
        if (!more && w->n_ready == 0 && !placing && !ended)
            wait_for_news(w);
    }
    RW_TRY(place_all(w, err));
done:
    for (int sink = 0; sink < SINKS; sink++)
        delivery_finish(w->deliveries[sink], w->options.once && !w->stop, status == RWDA_OK ? w->options.drain_s : 0.0);
    w->next_metrics = 0;
    if (status == RWDA_OK)
        status = write_metrics(w, rw_now_ms(), err);
    for (int sink = 0; sink < SINKS; sink++) {
        delivery_free(w->deliveries[sink]);
        w->deliveries[sink] = NULL;
    }
    rw_image_reading_warn(&s->reading, w->events);
    return status;
}

watch_summary watch_summarise(watch *w)
{
    watch_summary summary = { w->batch.totals.scored,    w->batch.totals.failed,         0, 0,
                              settle_waiting(w->settle), folder_count(w->changes).unread };
    ledger_counts counts;

    if (ledger_count(&counts, w->ledger, NULL) == RWDA_OK)
        for (int sink = 0; sink < SINKS; sink++) {
            summary.waiting += counts.waiting[sink];
            summary.given_up += counts.failed[sink];
        }
    return summary;
}

const char *watch_built(void)
{
    if (webhook_built())
        return mqtt_built() ? "to files, webhooks, MQTT" : "to files, webhooks; no MQTT (built without)";
    return mqtt_built() ? "to files, MQTT; no webhooks (built without)" : "to files; no webhooks, no MQTT (built without)";
}

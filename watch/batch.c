#include "watch/batch.h"

#include "base/file.h"
#include "base/memory.h"
#include "common/clock.h"
#include "common/embedding_rows.h"
#include "common/events.h"
#include "common/json_watch.h"
#include "common/paths.h"
#include "common/score_record.h"
#include "common/text.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

/* The items as a source of images: each is read once, and what is scored is what was hashed. */
typedef struct {
    rw_image_source source;
    batch          *batch;
    batch_item     *items;
    size_t          n, at;
} item_source;

typedef struct {
    batch         *batch;
    batch_item    *items;
    ledger_message results[BATCH_MOST + 1]; /* one more: drift */
    size_t         n;
    rwda_status    status;
    rwda_error    *err;
} item_sink;

/* ---- Reading ---------------------------------------------------------------------------------------------------------------- */

static rwda_status read_bytes(rw_image_entry *out, batch_item *item, const char *path, size_t limit)
{
    rw_file     file   = RW_FILE_CLOSED;
    rwda_status status = RWDA_OK;

    RW_TRY(rw_file_open(&file, path, &item->err));
    if (!rw_file_stamp_same(&file.stamp, &item->stamp))
        RW_TRY(rw_fail(&item->err, RWDA_EIO, RWDA_NO_OFFSET, "%.300s: was written to since it was found", path));
    RW_TRY(rw_file_get_all(&out->bytes, &out->len, &file, path, limit, &item->err));
    rw_sha256_hex(item->sha256, out->bytes, out->len);
done:
    rw_file_close(&file);
    return status;
}

/* The item as an entry, or its outcome.  The ledger's status. */
static rwda_status read_item(rw_image_entry *out, item_source *s, batch_item *item, rwda_error *err)
{
    char          path[RW_PATH_MAX];
    rw_file_stamp now;
    bool          known  = false;
    rwda_status   status = RWDA_OK;

    *out = (rw_image_entry){ NULL };
    if (!rw_path_format(path, "%s/%s", s->batch->folder, item->path)) {
        item->outcome = BATCH_GONE; /* it was found under a path that fits */
        return RWDA_OK;
    }
    if (read_bytes(out, item, path, (size_t)s->batch->scoring->reading.options.max_bytes) != RWDA_OK) {
        if (!rw_file_stamp_of(&now, path))
            item->outcome = BATCH_GONE;
        else
            item->outcome = rw_file_stamp_same(&now, &item->stamp) ? BATCH_UNREADABLE : BATCH_CHANGED;
        goto done;
    }
    RW_TRY(ledger_knows_content(&known, s->batch->ledger, item->path, &item->stamp, item->sha256, err));
    if (known)
        item->outcome = BATCH_KNOWN;
    else if ((out->name = rw_string_copy(path)) == NULL) {
        item->outcome = BATCH_UNREADABLE;
        (void)rw_fail(&item->err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its path", path);
    }
done:
    if (out->name == NULL)
        rw_image_entry_clear(out);
    return status;
}

static rwda_status next_item(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    item_source *s      = (item_source *)source;
    rwda_status  status = RWDA_OK;

    *out = (rw_image_entry){ NULL };
    while (status == RWDA_OK && out->name == NULL && s->at < s->n && !source->stop && !*s->batch->stop) {
        status     = read_item(out, s, &s->items[s->at], err);
        out->order = s->at++;
    }
    return status;
}

static void keep_source(rw_image_source *source)
{
    (void)source;
}

/* ---- Records ---------------------------------------------------------------------------------------------------------------- */

/* Takes a record (NULL: no memory) and makes a message of it. */
static rwda_status make_message(ledger_message *m, batch *b, const batch_item *item, const char *label, const char *reason,
                                json_t *record, rwda_error *err)
{
    char id[LEDGER_ID], now[RW_UTC_TEXT];

    *m = (ledger_message){ .number = ledger_number(b->ledger), .sinks = b->sinks };
    ledger_id(id, b->ledger, m->number);
    rw_utc_text(now, rw_unix_ms());
    if (record != NULL) {
        (void)json_object_set_new(record, "id", json_string(id));
        (void)json_object_set_new(record, "time", json_string(now));
        if (item != NULL)
            (void)json_object_set_new(record, "sha256", item->sha256[0] != '\0' ? json_string(item->sha256) : json_null());
        m->body = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(9));
    }
    json_decref(record);
    if (item != NULL) {
        m->path   = rw_string_copy(item->path);
        m->stamp  = item->stamp;
        m->reason = reason != NULL ? rw_string_copy(reason) : NULL;
        memcpy(m->sha256, item->sha256, sizeof m->sha256);
    }
    (void)snprintf(m->label, sizeof m->label, "%s", label != NULL ? label : "");
    if (place_of(b->places, m->label) != NULL)
        m->sinks |= 1U << SINK_PLACE;
    if (m->body != NULL && !rw_json_lost() && (item == NULL || m->path != NULL) && (reason == NULL || m->reason != NULL))
        return RWDA_OK;
    ledger_message_free(m);
    return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for a record");
}

static rwda_status flush(item_sink *s, rwda_error *err)
{
    rwda_status status = s->n > 0 ? ledger_add(s->batch->ledger, s->results, s->n, err) : RWDA_OK;

    while (s->n > 0)
        ledger_message_free(&s->results[--s->n]);
    return status == RWDA_OK ? s->batch->added(s->batch->user, err) : status;
}

/* The alarm, for those who are not at the machine. */
static rwda_status add_drift(item_sink *s, rwda_error *err)
{
    batch                  *b     = s->batch;
    const rwda_drift_state *state = &b->drift->state;
    char                    sentence[DRIFT_SENTENCE];
    json_t                 *record;
    rwda_status             status = RWDA_OK;

    drift_sentence(sentence, state);
    rw_warn(b->events, "%s (--no-drift: no such test)", sentence);
    if ((b->sinks & ~(1U << SINK_OUTPUT)) == 0)
        return RWDA_OK;
    record = json_pack("{s:s, s:s, s:s, s:I, s:I, s:f, s:f}", "schema", "rwda.drift/1", "message", sentence, "change",
                       rwda_drift_change_name(state->change), "since_image", (json_int_t)state->since_image, "alarm_image",
                       (json_int_t)state->alarm_image, "evidence", state->evidence, "limit", state->limit);
    RW_TRY(make_message(&s->results[s->n], b, NULL, NULL, NULL, record, err));
    s->results[s->n++].sinks &= ~(1U << SINK_OUTPUT);
done:
    return status;
}

static void count_label(batch_totals *t, const char *label)
{
    t->scored++;
    t->last = (double)rw_unix_ms() / 1e3;
    if (label == NULL)
        return;
    t->normal += strcmp(label, "normal") == 0;
    t->review += strcmp(label, "review") == 0;
    t->anomalous += strcmp(label, "anomalous") == 0;
}

static int on_scored(void *user, const rw_decoded *image, const scoring_result *scored)
{
    item_sink           *s      = user;
    batch               *b      = s->batch;
    batch_item          *item   = &s->items[image->order];
    const rwda_score    *score  = &scored->score;
    double               value  = (double)score->score;
    const char          *label  = decision_label(b->decision, value);
    const rwda_detector *d      = b->scoring->detector;
    score_record         record = { .name      = image->name,
                                    .width     = image->image->width,
                                    .height    = image->image->height,
                                    .score     = score,
                                    .label     = label,
                                    .threshold = b->decision->threshold,
                                    .p_value   = decision_p_value(b->decision, value),
                                    .detector  = d != NULL ? rwda_detector_sha256(d) : NULL,
                                    .model     = rwda_model_get_info(b->scoring->model)->sha256,
                                    .scoring   = b->described,
                                    .decode_ms = image->decode_ms,
                                    .encode_ms = scored->encode_ms };

    if (s->status != RWDA_OK) /* of an image before it, in on_failed() */
        return 1;
    s->status = make_message(&s->results[s->n], b, item, label, NULL, score_record_json(&record), s->err);
    if (s->status == RWDA_OK) {
        s->n++;
        item->outcome = BATCH_DONE;
        count_label(&b->totals, label);
        if (drift_watch_add(b->drift, value, scored->x, score->crops))
            s->status = add_drift(s, s->err);
    }
    if (s->status == RWDA_OK && s->n >= RW_GROUP)
        s->status = flush(s, s->err);
    return s->status != RWDA_OK;
}

static void on_failed(void *user, const rw_decoded *image)
{
    item_sink  *s    = user;
    batch_item *item = &s->items[image->order];

    item->err     = image->err;
    item->outcome = BATCH_UNREADABLE;
    if (item->err.code == RWDA_ENOMEM || s->status != RWDA_OK) /* another time */
        return;
    s->status = make_message(&s->results[s->n], s->batch, item, "failed", item->err.message,
                             score_record_failure(image->name, &image->err, NULL), s->err);
    if (s->status != RWDA_OK)
        return;
    s->n++;
    item->outcome = BATCH_DONE;
    s->batch->totals.failed++;
    rw_warn(s->batch->events, "%s", item->err.message);
    if (s->n >= RW_GROUP)
        s->status = flush(s, s->err);
}

rwda_status batch_run(batch *b, batch_item *items, size_t n, rwda_error *err)
{
    item_source  source = { { .next = next_item, .free = keep_source, .total = n }, b, items, n, 0 };
    item_sink    sink   = { .batch = b, .items = items, .err = err };
    scoring_sink calls  = { on_scored, on_failed, &sink };
    int          ended  = 0;
    rwda_status  status = scoring_run(&ended, b->scoring, &source.source, &calls, NULL, err);

    if (sink.status != RWDA_OK)
        status = sink.status;
    if (sink.status == RWDA_OK) { /* what was scored before the source failed counts */
        rwda_status flushed = flush(&sink, status == RWDA_OK ? err : NULL);

        status = status == RWDA_OK ? flushed : status;
    }
    while (sink.n > 0)
        ledger_message_free(&sink.results[--sink.n]);
    return status;
}

rwda_status batch_give_up(batch *b, const batch_item *item, rwda_error *err)
{
    item_sink   s = { .batch = b, .err = err };
    char        path[RW_PATH_MAX];
    rwda_status status = RWDA_OK;

    (void)rw_path_format(path, "%s/%s", b->folder, item->path);
    RW_TRY(make_message(&s.results[0], b, item, "failed", item->err.message, score_record_failure(path, &item->err, NULL),
                        err));
    s.n = 1;
    b->totals.failed++;
    rw_warn(b->events, "%s; given up after %d tries", item->err.message, item->tries);
    status = flush(&s, err);
done:
    return status;
}

/* image_stream.c - ring of decoded images, filled by worker threads.
 *
 * It has `ahead` slots.  A worker takes the next entry under the source's mutex, which numbers it, waits until slot number % ahead has
 * been emptied, decodes into it; the consumer empties slots in order. */
#include "common/image_stream.h"

#include "common/clock.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct {
    rw_decoded result;
    bool       ready;
} slot;

struct rw_image_stream {
    rw_image_source  *source;
    rw_image_reading *reading; /* its counts are the consumer's */
    size_t            ahead;
    slot             *slots;
    pthread_t        *threads;
    int               started;
    pthread_mutex_t   source_mutex;       /* guards the source and `numbered`: reading a name may take long */
    size_t            numbered;           /* entries taken from the source */
    pthread_mutex_t   mutex;              /* guards what follows */
    size_t            next_out;           /* the number handed out next */
    size_t            count;              /* entries in all, once `ended` */
    size_t            given;              /* entries that workers have taken */
    bool              ended, stop, waits; /* waits: the source, for input */
    rwda_status       status;             /* of the source, once `ended` */
    rwda_error        err;
    pthread_cond_t    emptied, filled;
};

void rw_decoded_free(rw_decoded *decoded)
{
    free(decoded->name);
    rwda_image_free(decoded->image);
    json_decref(decoded->given);
    *decoded = (rw_decoded){ 0 };
}

/* From within rw_image_source_next(), in a worker. */
static void on_wait(void *stream)
{
    rw_image_stream *s = stream;

    pthread_mutex_lock(&s->mutex);
    s->waits = true;
    pthread_cond_broadcast(&s->filled);
    pthread_mutex_unlock(&s->mutex);
}

/* The next entry and its number; false: the source has ended, or failed. */
static bool take_entry(rw_image_stream *s, rw_image_entry *entry, size_t *number)
{
    rwda_error  err    = { RWDA_OK, RWDA_NO_OFFSET, "" };
    rwda_status status = RWDA_OK;
    bool        ended;

    pthread_mutex_lock(&s->source_mutex);
    pthread_mutex_lock(&s->mutex);
    ended = s->ended || s->stop;
    pthread_mutex_unlock(&s->mutex);
    entry->name = NULL;
    if (!ended) {
        status  = rw_image_source_next(s->source, entry, &err);
        *number = s->numbered;
        s->numbered += entry->name != NULL;
    }
    pthread_mutex_lock(&s->mutex);
    s->waits = false;
    s->given = s->numbered;
    if (!ended && entry->name == NULL) {
        s->ended  = true;
        s->count  = s->numbered;
        s->status = status;
        s->err    = err;
        pthread_cond_broadcast(&s->filled);
    }
    pthread_mutex_unlock(&s->mutex);
    pthread_mutex_unlock(&s->source_mutex);
    return entry->name != NULL;
}

static rw_decoded decode(const rw_image_stream *s, const rw_image_entry *entry)
{
    rw_decoded                result  = { entry->name, NULL, entry->refused, rw_now_ms(), entry->order, entry->given };
    const rwda_image_options *options = s->reading != NULL ? &s->reading->options : NULL;

    if (result.err.code == RWDA_OK && entry->bytes == NULL)
        (void)rwda_image_load(&result.image, entry->name, options, &result.err);
    else if (result.err.code == RWDA_OK &&
             rwda_image_decode(&result.image, entry->bytes, entry->len, options, &result.err) != RWDA_OK)
        (void)rw_fail_prefix(&result.err, result.err.code, entry->name); /* as loading does */
    free(entry->bytes);
    result.decode_ms = rw_now_ms() - result.decode_ms;
    return result;
}

static void *decode_main(void *argument)
{
    rw_image_stream *s = argument;
    rw_image_entry   entry;
    size_t           number = 0;

    while (take_entry(s, &entry, &number)) {
        rw_decoded result;
        bool       stop;

        pthread_mutex_lock(&s->mutex);
        while (number >= s->next_out + s->ahead && !s->stop)
            pthread_cond_wait(&s->emptied, &s->mutex);
        stop = s->stop;
        pthread_mutex_unlock(&s->mutex);
        if (stop) {
            rw_image_entry_clear(&entry);
            break;
        }
        result = decode(s, &entry);
        pthread_mutex_lock(&s->mutex);
        s->slots[number % s->ahead] = (slot){ result, true };
        pthread_cond_broadcast(&s->filled);
        pthread_mutex_unlock(&s->mutex);
    }
    return NULL;
}

rw_image_stream *rw_image_stream_new(rw_image_source *source, rw_image_reading *reading, int threads, size_t ahead)
{
    rw_image_stream *s = source != NULL ? calloc(1, sizeof *s) : NULL;

    if (s == NULL)
        return NULL;
    s->source  = source;
    s->reading = reading;
    s->ahead   = ahead;
    pthread_mutex_init(&s->source_mutex, NULL);
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->emptied, NULL);
    pthread_cond_init(&s->filled, NULL);
    rw_image_source_on_wait(source, on_wait, s);
    s->slots   = calloc(ahead, sizeof *s->slots);
    s->threads = calloc((size_t)threads, sizeof *s->threads);
    for (int i = 0; s->slots != NULL && s->threads != NULL && i < threads; i++)
        if (pthread_create(&s->threads[s->started], NULL, decode_main, s) == 0)
            s->started++;
    if (s->started == 0) {
        rw_image_stream_free(s);
        return NULL;
    }
    return s;
}

rwda_status rw_image_stream_next(rw_image_stream *s, rw_decoded *out, rwda_error *err)
{
    rwda_status status = RWDA_OK;
    slot       *from   = &s->slots[s->next_out % s->ahead];

    *out = (rw_decoded){ 0 };
    pthread_mutex_lock(&s->mutex);
    while (!from->ready && !(s->ended && s->next_out >= s->count))
        pthread_cond_wait(&s->filled, &s->mutex);
    if (from->ready) {
        *out  = from->result;
        *from = (slot){ 0 };
        s->next_out++;
        pthread_cond_broadcast(&s->emptied);
    } else {
        status = s->status;
        if (status != RWDA_OK && err != NULL)
            *err = s->err;
    }
    pthread_mutex_unlock(&s->mutex);
    if (out->image != NULL && s->reading != NULL)
        rw_image_reading_count(s->reading, out->image, out->name);
    return status;
}

bool rw_image_stream_pauses(rw_image_stream *s)
{
    const slot *from = &s->slots[s->next_out % s->ahead];
    bool        pauses;

    pthread_mutex_lock(&s->mutex);
    while (!from->ready && !(s->ended && s->next_out >= s->count) && !(s->waits && s->next_out >= s->given))
        pthread_cond_wait(&s->filled, &s->mutex);
    pauses = !from->ready && !s->ended;
    pthread_mutex_unlock(&s->mutex);
    return pauses;
}

rwda_status rw_image_stream_group(rw_image_stream *s, rw_decoded *group, size_t max, size_t *n, bool *more, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    *n    = 0;
    *more = true;
    while (*more && *n < max && (*n == 0 || !rw_image_stream_pauses(s))) {
        status = rw_image_stream_next(s, &group[*n], err);
        *more  = status == RWDA_OK && group[*n].name != NULL;
        *n += *more;
    }
    return status;
}

void rw_image_stream_free(rw_image_stream *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->mutex);
    s->stop = true;
    rw_image_source_stop(s->source);
    pthread_cond_broadcast(&s->emptied);
    pthread_mutex_unlock(&s->mutex);
    for (int i = 0; i < s->started; i++)
        pthread_join(s->threads[i], NULL);
    rw_image_source_on_wait(s->source, NULL, NULL);
    for (size_t i = 0; s->slots != NULL && i < s->ahead; i++)
        rw_decoded_free(&s->slots[i].result);
    pthread_cond_destroy(&s->filled);
    pthread_cond_destroy(&s->emptied);
    pthread_mutex_destroy(&s->mutex);
    pthread_mutex_destroy(&s->source_mutex);
    free(s->slots);
    free(s->threads);
    free(s);
}

/* queue.c - what waits for a worker, and what waits for the engine?
 *
 * Requests wait to be parsed, their pictures to be decoded (both by workers, pictures first), decoded pictures for the engine thread.
 * Memory is bounded by the number of requests, the bytes of their bodies (body.c) and the pixels that wait decoded. */
#include "serve.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../pipeline.h"

#define DECODED_MAX ((int64_t)96 << 20) /* pixels that wait for the engine before decoding pauses */

typedef struct {
    item *first, **last;
} item_list;

struct queue {
    server         *server;
    request        *first, **last; /* to be parsed */
    item_list       encoded, decoded;
    int             accepted; /* requests not answered yet */
    size_t          upcoming; /* requests and pictures on their way to `decoded` */
    size_t          ready;    /* length of `decoded` */
    int64_t         pixels;   /* in `decoded` */
    atomic_bool     stop;
    bool            workers_done;
    pthread_mutex_t mutex;
    pthread_cond_t  work, readiness;
    pthread_t      *threads;
    int             started;
};

static void put(item_list *list, item *i)
{
    i->next     = NULL;
    *list->last = i;
    list->last  = &i->next;
}

static item *pop(item_list *list)
{
    item *i = list->first;

    list->first = i->next;
    if (list->first == NULL)
        list->last = &list->first;
    return i;
}

queue *queue_new(server *s)
{
    queue             *w = calloc(1, sizeof *w);
    pthread_condattr_t clock;

    if (w == NULL)
        return NULL;
    w->server       = s;
    w->last         = &w->first;
    w->encoded.last = &w->encoded.first;
    w->decoded.last = &w->decoded.first;
    pthread_mutex_init(&w->mutex, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&w->work, NULL);
    pthread_cond_init(&w->readiness, &clock);
    pthread_condattr_destroy(&clock);
    w->threads = calloc((size_t)s->limits.workers, sizeof *w->threads);
    if (w->threads == NULL) {
        queue_free(w);
        return NULL;
    }
    return w;
}

void queue_free(queue *w)
{
    if (w == NULL)
        return;
    pthread_cond_destroy(&w->readiness);
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->mutex);
    free(w->threads);
    free(w);
}

const rwda_error request_late = { RWDA_ECANCELLED, RWDA_NO_OFFSET,
                                  "the request waited longer than it may; the service is overloaded" };

bool request_expired(const request *q)
{
    return pipeline_now_ms() - q->start_ms > 2e3 * q->server->limits.request_s; /* receiving and working, each its seconds */
}

bool queue_submit(queue *w, request *q)
{
    bool fits;

    pthread_mutex_lock(&w->mutex);
    fits = w->accepted < w->server->limits.queue && !w->stop;
    if (fits) {
        w->accepted++;
        w->upcoming++;
        q->next  = NULL;
        *w->last = q;
        w->last  = &q->next;
        pthread_cond_signal(&w->work);
    }
    pthread_mutex_unlock(&w->mutex);
    return fits;
}

int queue_length(queue *w)
{
    int accepted;

    pthread_mutex_lock(&w->mutex);
    accepted = w->accepted;
    pthread_mutex_unlock(&w->mutex);
    return accepted;
}

/* The request's reply is there. */
static void answered(queue *w, request *q)
{
    pthread_mutex_lock(&w->mutex);
    w->accepted--;
    pthread_mutex_unlock(&w->mutex);
    server_answered(q);
}

void queue_item_done(queue *w, item *i)
{
    request *q = i->request;
    bool     last;

    rwda_image_free(i->image);
    i->image = NULL;
    pthread_mutex_lock(&w->mutex);
    last = --q->pending == 0;
    pthread_mutex_unlock(&w->mutex);
    if (!last)
        return;
    q->route->finish(q);
    answered(w, q);
}

/* ---- Workers ---------------------------------------------------------------------------------------------------------------------- */

/* Body -> items, which wait to be decoded; texts go to the engine as they are. */
static void parse(queue *w, request *q)
{
    bool good = false;

    if (w->stop)
        reply_problem(q, 503, NULL, "the service is stopping");
    else if (request_expired(q))
        reply_error(q, &request_late);
    else
        good = q->route->prepare(q);
    pthread_mutex_lock(&w->mutex);
    w->upcoming--;
    if (good) {
        q->pending = (int)q->n_items;
        for (size_t i = 0; i < q->n_items; i++) {
            bool text = q->items[i].bytes == NULL && q->n_texts > 0;

            put(text ? &w->decoded : &w->encoded, &q->items[i]);
            w->upcoming += !text;
            w->ready += text;
        }
        pthread_cond_broadcast(&w->work);
    }
    pthread_cond_broadcast(&w->readiness);
    pthread_mutex_unlock(&w->mutex);
    if (!good)
        answered(w, q);
}

static void decode(queue *w, item *i)
{
    rwda_image_options options = RWDA_IMAGE_OPTIONS_INIT;
    double             start   = pipeline_now_ms();
    rwda_status        status  = RWDA_OK;
    int64_t            pixels  = 0;

    options.max_pixels = w->server->limits.pixels;
    if (w->stop || request_expired(i->request)) {
        status = RWDA_ECANCELLED;
        i->err = request_late;
    } else {
        status = rwda_image_decode(&i->image, i->bytes != NULL ? i->bytes : "", i->len, &options, &i->err);
    }
    i->decode_ms = pipeline_now_ms() - start;
    if (i->image != NULL) {
        i->width  = i->image->width;
        i->height = i->image->height;
        pixels    = (int64_t)i->width * i->height;
        if (rwda_crops_count(i->width, i->height, i->request->settings.options.resize, i->request->settings.options.crops) >
            256) {
            i->err = (rwda_error){ RWDA_ELIMIT, RWDA_NO_OFFSET, "the picture is so long that it gives over 256 tiles" };
            status = RWDA_ELIMIT;
        }
    }
    pthread_mutex_lock(&w->mutex);
    w->upcoming--;
    if (status == RWDA_OK) {
        put(&w->decoded, i);
        w->ready++;
        w->pixels += pixels;
    }
    pthread_cond_broadcast(&w->readiness);
    pthread_mutex_unlock(&w->mutex);
    if (status != RWDA_OK)
        queue_item_done(w, i);
}

static void *worker_main(void *argument)
{
    queue *w = argument;

    pthread_mutex_lock(&w->mutex);
    for (;;) {
        if (w->encoded.first != NULL && (w->pixels < DECODED_MAX || w->stop)) {
            item *i = pop(&w->encoded);

            pthread_mutex_unlock(&w->mutex);
            decode(w, i);
            pthread_mutex_lock(&w->mutex);
        } else if (w->first != NULL && (w->encoded.first == NULL || w->stop)) {
            request *q = w->first;

            w->first = q->next;
            if (w->first == NULL)
                w->last = &w->first;
            pthread_mutex_unlock(&w->mutex);
            parse(w, q);
            pthread_mutex_lock(&w->mutex);
        } else if (w->stop) {
            break;
        } else {
            pthread_cond_wait(&w->work, &w->mutex);
        }
    }
    pthread_mutex_unlock(&w->mutex);
    return NULL;
}

bool queue_start(queue *w)
{
    while (w->started < w->server->limits.workers && pthread_create(&w->threads[w->started], NULL, worker_main, w) == 0)
        w->started++;
    return w->started > 0;
}

/* ---- The engine's side -------------------------------------------------------------------------------------------------------------- */

/* Waits for a picture, then for company: until `most` wait, the window has passed, or nothing else is on its way. */
size_t queue_take(queue *w, item **items, size_t most)
{
    struct timespec end;
    size_t          n     = 0;
    bool            timed = false;

    pthread_mutex_lock(&w->mutex);
    while (w->ready == 0 && !w->workers_done)
        pthread_cond_wait(&w->readiness, &w->mutex);
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += 1000000L * w->server->limits.window_ms;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    while (!timed && w->ready > 0 && w->ready < most && w->upcoming > 0 && !w->stop)
        timed = pthread_cond_timedwait(&w->readiness, &w->mutex, &end) == ETIMEDOUT;
    while (n < most && w->ready > 0) {
        items[n] = pop(&w->decoded);
        if (items[n]->image != NULL)
            w->pixels -= (int64_t)items[n]->width * items[n]->height;
        w->ready--;
        n++;
    }
    pthread_cond_broadcast(&w->work); /* decoding may go on */
    pthread_mutex_unlock(&w->mutex);
    return n;
}

void queue_stop(queue *w)
{
    pthread_mutex_lock(&w->mutex);
    w->stop = true;
    pthread_cond_broadcast(&w->work);
    pthread_cond_broadcast(&w->readiness);
    pthread_mutex_unlock(&w->mutex);
    for (int i = 0; i < w->started; i++)
        pthread_join(w->threads[i], NULL);
    w->started = 0;
    pthread_mutex_lock(&w->mutex);
    w->workers_done = true;
    pthread_cond_broadcast(&w->readiness);
    pthread_mutex_unlock(&w->mutex);
}

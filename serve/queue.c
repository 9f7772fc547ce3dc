#include "serve/queue.h"

#include "common/clock.h"
#include "common/image_reading.h"
#include "serve/log.h"
#include "serve/request.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define DECODED_MAX ((int64_t)96 << 20) /* pixels that wait for the engine before decoding pauses */
#define CROPS_MAX   256                 /* of one image: the most that the engine encodes at a time */

typedef struct {
    item *first, **last;
} item_list;

typedef struct {
    request *first, **last;
} request_list;

struct queue {
    const service_limits *limits;
    queue_answered_fn     answered;
    pthread_t            *threads; /* [workers] */
    int                   workers, started;
    atomic_bool           stop, told;     /* told: of images that are almost black */
    pthread_mutex_t       mutex;          /* guards what follows */
    pthread_cond_t        work;           /* for workers: something to read or to decode */
    pthread_cond_t        ready;          /* for the engine thread: something is decoded, or nothing more will be */
    pthread_cond_t        asked;          /* for the thread that makes memories */
    request_list          unread, orders; /* to be read; that ask for a memory */
    item_list             encoded, decoded;
    int                   accepted;  /* requests not answered yet ... */
    int                   n_orders;  /* ... of which in `orders` or under way from there */
    size_t                upcoming;  /* requests and images on their way to `decoded` */
    size_t                n_decoded; /* items in `decoded` */
    int64_t               pixels;    /* in `decoded` */
    bool                  workers_done;
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

static void put_request(request_list *list, request *r)
{
    r->next     = NULL;
    *list->last = r;
    list->last  = &r->next;
}

static request *pop_request(request_list *list)
{
    request *r = list->first;

    list->first = r->next;
    if (list->first == NULL)
        list->last = &list->first;
    return r;
}

queue *queue_new(const service_limits *limits, int workers, queue_answered_fn answered)
{
    queue             *q = calloc(1, sizeof *q);
    pthread_condattr_t monotonic;

    if (q == NULL || (q->threads = calloc((size_t)workers, sizeof *q->threads)) == NULL) {
        free(q);
        return NULL;
    }
    q->limits       = limits;
    q->answered     = answered;
    q->workers      = workers;
    q->unread.last  = &q->unread.first;
    q->orders.last  = &q->orders.first;
    q->encoded.last = &q->encoded.first;
    q->decoded.last = &q->decoded.first;
    pthread_mutex_init(&q->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&q->work, NULL);
    pthread_cond_init(&q->ready, &monotonic);
    pthread_cond_init(&q->asked, NULL);
    pthread_condattr_destroy(&monotonic);
    return q;
}

void queue_free(queue *q)
{
    if (q == NULL)
        return;
    pthread_cond_destroy(&q->asked);
    pthread_cond_destroy(&q->ready);
    pthread_cond_destroy(&q->work);
    pthread_mutex_destroy(&q->mutex);
    free(q->threads);
    free(q);
}

bool queue_submit(queue *q, request *r)
{
    bool fits;

    pthread_mutex_lock(&q->mutex);
    fits = q->accepted < q->limits->queue && !q->stop;
    if (fits) {
        q->accepted++;
        q->upcoming++;
        put_request(&q->unread, r);
        pthread_cond_signal(&q->work);
    }
    pthread_mutex_unlock(&q->mutex);
    return fits;
}

int queue_length(queue *q)
{
    int accepted;

    pthread_mutex_lock(&q->mutex);
    accepted = q->accepted;
    pthread_mutex_unlock(&q->mutex);
    return accepted;
}

int queue_memories(queue *q)
{
    int n;

    pthread_mutex_lock(&q->mutex);
    n = q->n_orders;
    pthread_mutex_unlock(&q->mutex);
    return n;
}

bool queue_is_stopping(queue *q)
{
    return q->stop;
}

/* The request's reply is there. */
static void hand_back(queue *q, request *r)
{
    pthread_mutex_lock(&q->mutex);
    q->accepted--;
    pthread_mutex_unlock(&q->mutex);
    q->answered(r);
}

void queue_item_done(queue *q, item *i)
{
    request *r = i->request;
    bool     last;

    rwda_image_free(i->image);
    i->image = NULL;
    pthread_mutex_lock(&q->mutex);
    last = --r->work.pending == 0;
    pthread_mutex_unlock(&q->mutex);
    if (!last)
        return;
    r->target.route->finish(r);
    hand_back(q, r);
}

/* ---- Workers ---------------------------------------------------------------------------------------------------------------------- */

/* Images wait to be decoded; texts go to the engine as they are, and who asks for a memory to the thread that makes it.  false: too many
 * ask for one.  The mutex is held. */
static bool put_work(queue *q, request *r)
{
    request_work *w = &r->work;

    if (w->mode == WORK_MEMORY) {
        if (q->n_orders >= MEMORIES_WAITING)
            return false;
        q->n_orders++;
        put_request(&q->orders, r);
        pthread_cond_signal(&q->asked);
        return true;
    }
    w->pending = (int)w->n_items;
    for (size_t i = 0; i < w->n_items; i++) {
        if (w->mode == WORK_TEXTS) {
            put(&q->decoded, &w->items[i]);
            q->n_decoded++;
        } else {
            put(&q->encoded, &w->items[i]);
            q->upcoming++;
        }
    }
    pthread_cond_broadcast(&q->work);
    return true;
}

static void read_body(queue *q, request *r)
{
    bool good = false, taken = false;

    if (q->stop)
        reply_problem(&r->reply, 503, NULL, "the service is stopping");
    else if (request_expired(r))
        reply_error(&r->reply, &request_late);
    else
        good = r->target.route->prepare(r);
    pthread_mutex_lock(&q->mutex);
    q->upcoming--;
    if (good)
        taken = put_work(q, r);
    pthread_cond_broadcast(&q->ready);
    pthread_mutex_unlock(&q->mutex);
    if (taken)
        return;
    if (good)
        reply_problem(&r->reply, 429, NULL, "%d memories are being made already, the most this service takes on; try again",
                      MEMORIES_WAITING);
    hand_back(q, r);
}

static int is_late(void *user)
{
    return request_expired(user);
}

/* The first image of a sensor whose samples fill few of their 16 bits. */
static void warn_dark(queue *q, const item *i, const rwda_image_options *options)
{
    rw_image_reading reading = rw_image_reading_of(options);
    char             sentence[RW_READING_SENTENCE];

    rw_image_reading_count(&reading, i->image, i->name != NULL ? i->name : "an image");
    if (rw_image_reading_dark(sentence, &reading) && !atomic_exchange(&q->told, true))
        log_event("warning", sentence, NULL);
}

static rwda_status decode_image(queue *q, item *i)
{
    const rwda_scorer_options *view    = &i->request->settings.options;
    rwda_image_options         options = RWDA_IMAGE_OPTIONS_INIT;
    double                     start   = rw_now_ms();
    rwda_status                status;

    options.max_pixels  = q->limits->pixels;
    options.orientation = (rwda_orientation)q->limits->orientation;
    options.depth       = q->limits->depth;
    options.cancel      = is_late;
    options.user        = i->request;
    status              = rwda_image_decode(&i->image, i->bytes != NULL ? i->bytes : "", i->len, &options, &i->err);
    i->decode_ms        = rw_now_ms() - start;
    if (status == RWDA_ECANCELLED)
        i->err = request_late;
    if (status != RWDA_OK)
        return status;
    warn_dark(q, i, &options);
    i->width  = i->image->width;
    i->height = i->image->height;
    if (rwda_crops_count(i->width, i->height, view->resize, view->crops) > CROPS_MAX)
        return rw_fail(&i->err, RWDA_ELIMIT, RWDA_NO_OFFSET, "the image is so long that it gives over %d tiles", CROPS_MAX);
    return RWDA_OK;
}

static void decode(queue *q, item *i)
{
    rwda_status status = RWDA_ECANCELLED;

    if (q->stop || request_expired(i->request))
        i->err = request_late;
    else
        status = decode_image(q, i);
    pthread_mutex_lock(&q->mutex);
    q->upcoming--;
    if (status == RWDA_OK) {
        put(&q->decoded, i);
        q->n_decoded++;
        q->pixels += (int64_t)i->width * i->height;
    }
    pthread_cond_broadcast(&q->ready);
    pthread_mutex_unlock(&q->mutex);
    if (status != RWDA_OK)
        queue_item_done(q, i);
}

/* Images before bodies: what was begun is ended first. */
static void *worker_main(void *argument)
{
    queue *q = argument;

    pthread_mutex_lock(&q->mutex);
    for (;;) {
        if (q->encoded.first != NULL && (q->pixels < DECODED_MAX || q->stop)) {
            item *i = pop(&q->encoded);

            pthread_mutex_unlock(&q->mutex);
            decode(q, i);
            pthread_mutex_lock(&q->mutex);
        } else if (q->unread.first != NULL && (q->encoded.first == NULL || q->stop)) {
            request *r = pop_request(&q->unread);

            pthread_mutex_unlock(&q->mutex);
            read_body(q, r);
            pthread_mutex_lock(&q->mutex);
        } else if (q->stop) {
            break;
        } else {
            pthread_cond_wait(&q->work, &q->mutex);
        }
    }
    pthread_mutex_unlock(&q->mutex);
    return NULL;
}

bool queue_start(queue *q)
{
    while (q->started < q->workers && pthread_create(&q->threads[q->started], NULL, worker_main, q) == 0)
        q->started++;
    return q->started > 0;
}

void queue_stop(queue *q)
{
    pthread_mutex_lock(&q->mutex);
    q->stop = true;
    pthread_cond_broadcast(&q->work);
    pthread_cond_broadcast(&q->ready);
    pthread_mutex_unlock(&q->mutex);
    for (int i = 0; i < q->started; i++)
        pthread_join(q->threads[i], NULL);
    q->started = 0;
    pthread_mutex_lock(&q->mutex);
    q->workers_done = true;
    pthread_cond_broadcast(&q->ready);
    pthread_cond_broadcast(&q->asked);
    pthread_mutex_unlock(&q->mutex);
}

/* ---- The engine's side -------------------------------------------------------------------------------------------------------------- */

static struct timespec in_ms(int ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += 1000000L * ms;
    t.tv_sec += t.tv_nsec / 1000000000L;
    t.tv_nsec %= 1000000000L;
    return t;
}

/* Until `most` wait, the window has passed, or nothing else is on its way.  The mutex is held. */
static void wait_for_company(queue *q, size_t most)
{
    struct timespec end   = in_ms(q->limits->window_ms);
    bool            timed = false;

    while (!timed && q->n_decoded > 0 && q->n_decoded < most && q->upcoming > 0 && !q->stop)
        timed = pthread_cond_timedwait(&q->ready, &q->mutex, &end) == ETIMEDOUT;
}

size_t queue_take(queue *q, item **items, size_t most)
{
    size_t n = 0;

    pthread_mutex_lock(&q->mutex);
    while (q->n_decoded == 0 && !q->workers_done)
        pthread_cond_wait(&q->ready, &q->mutex);
    wait_for_company(q, most);
    for (; n < most && q->n_decoded > 0; n++) {
        items[n] = pop(&q->decoded);
        q->n_decoded--;
        if (items[n]->image != NULL)
            q->pixels -= (int64_t)items[n]->width * items[n]->height;
    }
    pthread_cond_broadcast(&q->work); /* decoding may go on */
    pthread_mutex_unlock(&q->mutex);
    return n;
}

/* ---- The side of the thread that makes memories --------------------------------------------------------------------------------------- */

request *queue_take_memory(queue *q)
{
    request *r = NULL;

    pthread_mutex_lock(&q->mutex);
    while (q->orders.first == NULL && !q->workers_done)
        pthread_cond_wait(&q->asked, &q->mutex);
    if (q->orders.first != NULL)
        r = pop_request(&q->orders);
    pthread_mutex_unlock(&q->mutex);
    return r;
}

void queue_memory_done(queue *q, request *r)
{
    pthread_mutex_lock(&q->mutex);
    q->n_orders--;
    pthread_mutex_unlock(&q->mutex);
    r->target.route->finish(r);
    hand_back(q, r);
}

/* pipeline.c - how are pictures decoded while others are encoded?
 *
 * A ring of `ahead` slots: worker threads take the next input number, decode it into slot number % ahead once that slot has been
 * emptied; the consumer empties slots in order.  Memory is bounded by the ring however many pictures there are. */
#include "pipeline.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    decoded result;
    bool    ready;
} slot;

struct pipeline {
    const cli_inputs *inputs;
    size_t            ahead, next_in, next_out;
    slot             *slots;
    pthread_t        *threads;
    int               started;
    bool              stop;
    pthread_mutex_t   mutex;
    pthread_cond_t    emptied, filled;
};

double pipeline_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void *decode_main(void *argument)
{
    pipeline *p = argument;

    pthread_mutex_lock(&p->mutex);
    for (;;) {
        size_t  number = p->next_in;
        decoded result = { NULL, { RWDA_OK, RWDA_NO_OFFSET, "" }, 0.0 };

        if (p->stop || number >= p->inputs->count)
            break;
        p->next_in++;
        while (number >= p->next_out + p->ahead && !p->stop)
            pthread_cond_wait(&p->emptied, &p->mutex);
        if (p->stop)
            break;
        pthread_mutex_unlock(&p->mutex);
        result.decode_ms = pipeline_now_ms();
        (void)rwda_image_load(&result.image, p->inputs->paths[number], NULL, &result.err);
        result.decode_ms = pipeline_now_ms() - result.decode_ms;
        pthread_mutex_lock(&p->mutex);
        p->slots[number % p->ahead] = (slot){ result, true };
        pthread_cond_broadcast(&p->filled);
    }
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

pipeline *pipeline_new(const cli_inputs *inputs, int threads, size_t ahead)
{
    pipeline *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->inputs = inputs;
    p->ahead  = ahead;
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->emptied, NULL);
    pthread_cond_init(&p->filled, NULL);
    p->slots   = calloc(ahead, sizeof *p->slots);
    p->threads = calloc((size_t)threads, sizeof *p->threads);
    for (int i = 0; p->slots != NULL && p->threads != NULL && i < threads; i++)
        if (pthread_create(&p->threads[p->started], NULL, decode_main, p) == 0)
            p->started++;
    if (p->started == 0) {
        pipeline_free(p);
        return NULL;
    }
    return p;
}

bool pipeline_next(pipeline *p, decoded *out)
{
    slot *from;

    pthread_mutex_lock(&p->mutex);
    if (p->next_out >= p->inputs->count) {
        pthread_mutex_unlock(&p->mutex);
        return false;
    }
    from = &p->slots[p->next_out % p->ahead];
    while (!from->ready)
        pthread_cond_wait(&p->filled, &p->mutex);
    *out  = from->result;
    *from = (slot){ { NULL, { RWDA_OK, RWDA_NO_OFFSET, "" }, 0.0 }, false };
    p->next_out++;
    pthread_cond_broadcast(&p->emptied);
    pthread_mutex_unlock(&p->mutex);
    return true;
}

void pipeline_free(pipeline *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->mutex);
    p->stop = true;
    pthread_cond_broadcast(&p->emptied);
    pthread_mutex_unlock(&p->mutex);
    for (int i = 0; i < p->started; i++)
        pthread_join(p->threads[i], NULL);
    for (size_t i = 0; p->slots != NULL && i < p->ahead; i++)
        rwda_image_free(p->slots[i].result.image);
    pthread_cond_destroy(&p->filled);
    pthread_cond_destroy(&p->emptied);
    pthread_mutex_destroy(&p->mutex);
    free(p->slots);
    free(p->threads);
    free(p);
}

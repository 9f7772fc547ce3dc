#include "base/thread_pool.h"

#include "base/cpus.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#define THREADS_MAX 1024

/* Spins before a waiting thread sleeps: some 20 microseconds on x86, longer than the gap between two matrix products and shorter than a
 * wake-up. */
#define SPINS 1000

/* Each job is one generation.  The job's fields are written before `generation` is released; workers acquire it, run items and decrement
 * `busy`; the caller returns when `busy` is 0, so a job's context may live on the caller's stack.  The mutex serves sleepers only: they
 * check their condition again under it. */
struct rw_thread_pool {
    int               threads; /* the caller included */
    int               started; /* workers that exist */
    int               spins;   /* 0 where threads outnumber CPUs: a spinning thread would hold the CPU that a worker needs */
    pthread_t        *workers;
    pthread_mutex_t   mutex;
    pthread_cond_t    wake, idle;
    atomic_uint       generation;
    atomic_int        busy; /* workers still in the current job */
    bool              stop;
    rw_thread_pool_fn fn;
    void             *context;
    size_t            count;
    atomic_size_t     next;
};

typedef struct {
    rw_thread_pool *pool;
    int             thread;
} worker_start;

static void work(rw_thread_pool *pool, int thread)
{
    for (;;) {
        size_t item = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);

        if (item >= pool->count)
            return;
        pool->fn(pool->context, item, thread);
    }
}

static inline void spin_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Waits for a generation other than `seen`; false: the pool is being freed. */
static bool await_job(rw_thread_pool *pool, unsigned seen)
{
    bool stop;

    for (int i = 0; i < pool->spins; i++, spin_pause())
        if (atomic_load_explicit(&pool->generation, memory_order_acquire) != seen)
            return !pool->stop;
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load_explicit(&pool->generation, memory_order_acquire) == seen)
        pthread_cond_wait(&pool->wake, &pool->mutex);
    stop = pool->stop;
    pthread_mutex_unlock(&pool->mutex);
    return !stop;
}

static void await_workers(rw_thread_pool *pool)
{
    for (int i = 0; i < pool->spins; i++, spin_pause())
        if (atomic_load_explicit(&pool->busy, memory_order_acquire) == 0)
            return;
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load_explicit(&pool->busy, memory_order_acquire) > 0)
        pthread_cond_wait(&pool->idle, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

static void *worker_main(void *argument)
{
    worker_start    start = *(worker_start *)argument;
    rw_thread_pool *pool  = start.pool;
    unsigned        seen  = 0;

    free(argument);
    while (await_job(pool, seen)) {
        seen++;
        work(pool, start.thread);
        if (atomic_fetch_sub_explicit(&pool->busy, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&pool->mutex); /* not between the caller's check and its sleep */
            pthread_cond_signal(&pool->idle);
            pthread_mutex_unlock(&pool->mutex);
        }
    }
    return NULL;
}

/* Starts a new generation, under the mutex so that no worker misses the wake-up. */
static void start_generation(rw_thread_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add_explicit(&pool->generation, 1, memory_order_release);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

rwda_status rw_thread_pool_new(rw_thread_pool **out, int threads, rwda_error *err)
{
    rw_thread_pool *pool = NULL;

    *out = NULL;
    if (threads < 0 || threads > THREADS_MAX)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%d threads: not in 0..%d", threads, THREADS_MAX);
    if (threads == 0)
        threads = rw_usable_cpus();
    pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "thread pool, %zu bytes", sizeof *pool);
    pool->threads = threads;
    pool->spins   = threads <= rw_usable_cpus() ? SPINS : 0;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->idle, NULL);
    pool->workers = calloc((size_t)threads, sizeof *pool->workers);
    if (pool->workers == NULL) {
        rw_thread_pool_free(pool);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "handles of %d threads", threads);
    }
    for (int i = 1; i < threads; i++) {
        worker_start *start = malloc(sizeof *start);

        if (start == NULL) {
            rw_thread_pool_free(pool);
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "thread %d of %d", i, threads);
        }
        *start = (worker_start){ pool, i };
        if (pthread_create(&pool->workers[i - 1], NULL, worker_main, start) != 0) {
            free(start);
            rw_thread_pool_free(pool);
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "the system gave no thread %d of %d", i, threads);
        }
        pool->started++;
    }
    *out = pool;
    return RWDA_OK;
}

void rw_thread_pool_free(rw_thread_pool *pool)
{
    if (pool == NULL)
        return;
    pool->stop = true;
    start_generation(pool);
    for (int i = 0; i < pool->started; i++)
        pthread_join(pool->workers[i], NULL);
    pthread_cond_destroy(&pool->idle);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->workers);
    free(pool);
}

int rw_thread_pool_threads(const rw_thread_pool *pool)
{
    return pool != NULL ? pool->threads : 1;
}

void rw_thread_pool_run(rw_thread_pool *pool, rw_thread_pool_fn fn, void *context, size_t count)
{
    if (pool == NULL || pool->started == 0 || count < 2) {
        for (size_t item = 0; item < count; item++)
            fn(context, item, 0);
        return;
    }
    pool->fn      = fn;
    pool->context = context;
    pool->count   = count;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->busy, pool->started, memory_order_relaxed);
    start_generation(pool);
    work(pool, 0);
    await_workers(pool);
}

/* thread_pool.h - thread pool with a parallel for loop                                            rank 0: base
 *
 * One caller and a fixed set of workers; rw_thread_pool_run() returns when all items are done.  Items are assigned to threads
 * dynamically, so an item must own what it writes: then results do not depend on the number of threads. */
#ifndef RW_THREAD_POOL_H
#define RW_THREAD_POOL_H

#include "base/status.h"

typedef struct rw_thread_pool rw_thread_pool;

/* Processes item number `item`, 0 <= item < count.  `thread`, 0 <= thread < rw_thread_pool_threads(), indexes per-thread scratch. */
typedef void (*rw_thread_pool_fn)(void *context, size_t item, int thread);

/* threads >= 1, the caller included; 0: rw_usable_cpus().  RWDA_ENOMEM, RWDA_EINVAL. */
rwda_status rw_thread_pool_new(rw_thread_pool **out, int threads, rwda_error *err);
void        rw_thread_pool_free(rw_thread_pool *pool);
int         rw_thread_pool_threads(const rw_thread_pool *pool); /* NULL: 1, the caller alone */
void        rw_thread_pool_run(rw_thread_pool *pool, rw_thread_pool_fn fn, void *context, size_t count);

#endif

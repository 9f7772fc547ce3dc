/* pool.h - how is a loop split over threads?                                                      rank 0: base
 *
 * One caller, a fixed set of workers; rw_pool_run() returns when all items are done.  Which thread does which item is not
 * fixed, so an item must own what it writes: then results do not depend on the number of threads. */
#ifndef RW_POOL_H
#define RW_POOL_H

#include "base/status.h"

typedef struct rw_pool rw_pool;

/* Does item number `item`, 0 <= item < count.  `thread`, 0 <= thread < rw_pool_threads(), tells whose scratch to use. */
typedef void (*rw_pool_fn)(void *context, size_t item, int thread);

/* threads >= 1, the caller included; 0: the CPUs in the affinity mask of the calling thread.  RWDA_ENOMEM, RWDA_EINVAL. */
rwda_status rw_pool_new(rw_pool **out, int threads, rwda_error *err);
void        rw_pool_free(rw_pool *pool);
int         rw_pool_threads(const rw_pool *pool); /* NULL is a pool of one: the caller */
void        rw_pool_run(rw_pool *pool, rw_pool_fn fn, void *context, size_t count);

#endif

/* shard.h - which share of a list this process takes, where many take one each without talking.        layer: common */
#ifndef RW_SHARD_H
#define RW_SHARD_H

#include "base/status.h"

#include <stdbool.h>

#define RW_SHARD_MAX 1000000

typedef struct {
    int  index, count; /* 0 <= index < count <= RW_SHARD_MAX */
    char origin[120];  /* what said so; "": nothing, which is shard 0 of 1 */
} rw_shard;

/* shard "I/N", I from 0; shards "N"; each may be NULL.  Without the first, the scheduler's environment says it: an array of Slurm, a step of
 * Slurm, Open MPI, PMI, an indexed job of Kubernetes, RANK and WORLD_SIZE, in this order.  Where only a rank is known, or where an array's
 * tasks are not 0 to N-1 (some of them were submitted again), `shards` must be given, and the task's number is the shard.
 * RWDA_EINVAL: texts that are no such numbers, an environment that does not say how many there are, or two that contradict each other. */
rwda_status rw_shard_find(rw_shard *out, const char *shard, const char *shards, rwda_error *err);

/* Does it take the image of this name?  By the name alone (the first 64 bits of its SHA-256, modulo count): images that are added move none. */
bool rw_shard_takes(const rw_shard *shard, const char *name);

#endif

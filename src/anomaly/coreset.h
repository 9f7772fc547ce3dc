/* coreset.h - greedy k-centre selection                                                           rank 3: anomaly
 *
 * Rows are picked one by one, each time the one that is farthest from all chosen so far: the largest distance of any row to its nearest
 * chosen one is at most twice the smallest possible (T. Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985); K. Roth
 * et al., "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022, thin their memory of patches so. */
#ifndef RW_CORESET_H
#define RW_CORESET_H

#include "base/memory.h"
#include "kernels/kernels.h"

/* picked [*count], ascending: the numbers of min(want, n) rows of x [n, k], unit vectors, by cosine distance.  centres [m, k] are chosen
 * already (NULL with m 0: row 0 is the first picked).  Of rows equally far the lowest number is picked; the same for any number of threads.
 * progress: after each row, or NULL.  Where it fails *count is 0.
 * From the arena: a copy of the centres and of the rows to be picked, and 12 bytes a row.
 * RWDA_EINVAL: more rows than 32-bit numbers; RWDA_ECANCELLED: progress said so; RWDA_ENOMEM. */
rwda_status rw_coreset(uint32_t *picked, size_t *count, const float *x, size_t n, size_t k, size_t want,
                       const float *centres, size_t m, const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool,
                       rwda_progress_fn progress, void *user, rwda_error *err);

#endif

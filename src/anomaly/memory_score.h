/* memory_score.h - distances of patches to a memory bank, and the score that they make              rank 3: anomaly */
#ifndef RW_MEMORY_SCORE_H
#define RW_MEMORY_SCORE_H

#include "anomaly/memory_bank.h"
#include "anomaly/memory_look.h"

#define RW_MEMORY_NOBODY SIZE_MAX

/* tokens[l] [cells, width], unit length -> grid [cells]: d(p) of rwda_memory.h.  Image `skip` of the memory does not count (RW_MEMORY_NOBODY:
 * all do); where the others have no token every distance is NaN.  RWDA_ENOMEM. */
rwda_status rw_memory_distances(float *grid, const rwda_memory *memory, float *const *tokens, size_t cells, size_t skip,
                                rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

/* Mean of the highest `share` of grid [cells].  RWDA_ENOMEM. */
rwda_status rw_memory_highest(float *score, const float *grid, size_t cells, double share, rw_arena *arena, rwda_error *err);

/* An image's score: the highest of its grid, and with a class weight the distance of embedding [D], which may be NULL without. */
rwda_status rw_memory_score(float *score, const rwda_memory *memory, const float *grid, size_t cells, const float *embedding,
                            size_t skip, rw_arena *arena, rwda_error *err);

/* Tokens of image number `image` as they are stored -> *out, in the arena: of a memory that keeps all of them, without its turns. */
rwda_status rw_memory_recall(rw_memory_look *out, const rwda_memory *memory, size_t image, rw_arena *arena, rwda_error *err);
/* Room for such tokens, not yet filled. */
rwda_status rw_memory_look_new(rw_memory_look *out, const rwda_memory *memory, rw_arena *arena, rwda_error *err);

#endif

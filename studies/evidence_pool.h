/* evidence_pool.h - a category's images encoded once, and memories of some of them.                  layer: studies */
#ifndef EVIDENCE_POOL_H
#define EVIDENCE_POOL_H

#include "studies/context.h"

#include <stdbool.h>

#define EVIDENCE_POOL_CLASS    100 /* images of a class at most, evenly spaced */
#define EVIDENCE_POOL_MEMORIES 2

typedef struct {
    const rwda_dataset_item
                *items[2 * EVIDENCE_POOL_CLASS]; /* normal ones, then anomalous ones; borrowed from the data set */
    size_t       n_normal, n_anomalous;
    bool         from_test; /* the normal ones are test images */
    size_t       n_all;
    rwda_memory *all[EVIDENCE_POOL_MEMORIES]; /* [n_all] of all these items */
} evidence_pool;

/* Fills *out, which evidence_pool_free() empties, with the category's test images, or with `training` with its normal training images, where it
 * has them, in the place of its normal test images.  An image that cannot be decoded or is there already is passed over, the first with
 * a warning.  options [n]: each memory's.  n_all is 0 where there are fewer than two images, or more than a memory may hold.
 * RWDA_ENOMEM, RWDA_ECANCELLED. */
rwda_status evidence_pool_make(evidence_pool *out, study_context *c, const rwda_eval_category *category, bool training,
                               const rwda_memory_options *options, size_t n, rwda_error *err);
void        evidence_pool_free(evidence_pool *pool);

/* The memory of the items that are chosen [n_normal + n_anomalous], as if it had been made of them alone -> *out, the caller's.  which: its
 * options, by their number.  RWDA_ENOMEM, RWDA_ECANCELLED. */
rwda_status evidence_pool_choose(rwda_memory **out, const evidence_pool *pool, study_context *c, size_t which,
                                 const bool *chosen, rwda_error *err);

/* orders [n_normal], [n_anomalous]: the pool's items as draw 0, 1, ... takes them, each class from its first number on, the same on every
 * machine. */
void evidence_pool_draw(size_t *normal, size_t *anomalous, const evidence_pool *pool, int draw);

/* The number in the pool of the memory's image i; its name is that number. */
size_t evidence_pool_number(const rwda_memory *memory, size_t i);

#endif

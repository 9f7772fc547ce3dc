/* draws.h - which normal images are drawn for a category's memories?                                    layer: eval */
#ifndef EVAL_DRAWS_H
#define EVAL_DRAWS_H

#include <rwda_eval.h>

#include <stdbool.h>

/* Normal images of a category to draw from: its training images, or its normal test images. */
typedef struct {
    const rwda_dataset_item *items; /* [count], borrowed from the data set */
    size_t                   count;
    bool                     from_test; /* items are the first of the category's */
} rw_normals;

rw_normals rw_normals_of(const rwda_evaluation *e, const rwda_eval_category *category);

/* Whether `shots` of them can be drawn, and one is left to test with. */
bool rw_normals_suffice(const rw_normals *normals, int shots);
/* The largest number of shots that can be drawn, of those of the evaluation and `least`; 0: none. */
int rw_normals_most(const rw_normals *normals, const rwda_evaluation *e, int least);

/* order [count]: numbers of the normals as draw 0, 1, ... takes them, the same on every machine.  A draw is a permutation of its own, made
 * from the seed draw + 1 alone: the first 4 are the beginning of the first 16. */
void rw_normals_draw(uint32_t *order, const rw_normals *normals, int draw);

#endif

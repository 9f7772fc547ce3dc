/* diversity.h - how far the prompts of a recipe lie apart.                                           layer: studies */
#ifndef STUDY_DIVERSITY_H
#define STUDY_DIVERSITY_H

#include <rwda.h>

#include <stddef.h>

typedef struct {
    double variance; /* mean squared distance of normal prompts from their mean */
    double rank;     /* effective rank of their covariance C: trace(C)^2 / trace(C^2), 1..D */
    double distance; /* mean distance between the two prompts of a pair */
} prompt_diversity;

/* Of the embeddings of at most 500 pairs of the recipe's first seed.  Errors: rwda_prompts_draw()'s and rwda_embed_texts()'s. */
rwda_status prompt_diversity_measure(prompt_diversity *out, rwda_session *session, const rwda_model *model,
                                     const rwda_train_options *train, rwda_error *err);

/* x [2 * pairs, dim]: row 2i is normal, row 2i + 1 its anomalous twin.  RWDA_ENOMEM. */
rwda_status prompt_diversity_of(prompt_diversity *out, const float *x, size_t pairs, size_t dim, rwda_error *err);

#endif

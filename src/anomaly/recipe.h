/* recipe.h - how is every setting of a training written down?                                     rank 3: anomaly */
#ifndef RW_RECIPE_H
#define RW_RECIPE_H

#include "base/status.h"

/* One JSON object with all of `options` but cache_dir (it changes no result).  The caller's to free; NULL when memory is short. */
char *rw_recipe_write(const rwda_train_options *options);

/* The settings that a loaded network needs.  RWDA_EFORMAT names what is missing or out of range. */
typedef struct {
    int                 hidden, ensemble;
    rwda_fnn_activation activation;
    rwda_loss           loss;
} rw_recipe;
rwda_status rw_recipe_read(rw_recipe *out, const char *text, rwda_error *err);

/* Ranges of the training settings (prompts check their own).  RWDA_EINVAL names field, value and range. */
rwda_status rw_recipe_check(const rwda_train_options *options, rwda_error *err);

#endif

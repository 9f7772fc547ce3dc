/* recipe.h - which settings does a training have, and how is each written down?                   rank 3: anomaly */
#ifndef RW_RECIPE_H
#define RW_RECIPE_H

#include "base/status.h"

/* *out is the caller's options, whole; from NULL: preset "paper" (base/versioned.h). */
rwda_status rw_train_options_read(rwda_train_options *out, const rwda_train_options *from, rwda_error *err);

/* Ranges of all settings; what words and templates hold is checked where prompts are drawn.  RWDA_EINVAL names field, value and range. */
rwda_status rw_recipe_check(const rwda_train_options *options, rwda_error *err);

/* One JSON object with all of `options` but cache_dir (it changes no result).  The caller's to free; NULL when memory is short. */
char *rw_recipe_write(const rwda_train_options *options);

/* The settings that a loaded network needs.  RWDA_EFORMAT names what is missing or out of range. */
typedef struct {
    int                 hidden, ensemble;
    rwda_fnn_activation activation;
    rwda_loss           loss;
} rw_recipe;
rwda_status rw_recipe_read(rw_recipe *out, const char *text, rwda_error *err);

#endif

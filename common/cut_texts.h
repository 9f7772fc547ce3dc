/* cut_texts.h - texts that are longer than a model's context.                                      layer: common */
#ifndef RW_CUT_TEXTS_H
#define RW_CUT_TEXTS_H

#include <rwda.h>

#include <stdbool.h>

/* cut [n]: whether the text is cut to the model's context; *count: how many are.  None of a model without a tokenizer, which refuses texts.
 * RWDA_ELIMIT, RWDA_ENOMEM. */
rwda_status rw_cut_texts(bool *cut, size_t *count, const char *const *texts, size_t n, const rwda_model *model,
                         rwda_error *err);

#endif

/* cut_texts.h - texts that are longer than a model's context.                                      layer: common */
#ifndef RW_CUT_TEXTS_H
#define RW_CUT_TEXTS_H

#include <rwda.h>

#include <stdbool.h>

/* cut [n]: whether the text is cut to `context` tokens; *count: how many are.  RWDA_ELIMIT, RWDA_ENOMEM. */
rwda_status rw_cut_texts(bool *cut, size_t *count, const char *const *texts, size_t n, int context, rwda_error *err);

#endif

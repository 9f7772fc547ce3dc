/* label_words.h - what people write for normal and anomalous.                                          layer: common */
#ifndef RW_LABEL_WORDS_H
#define RW_LABEL_WORDS_H

#include "base/status.h"

#include <stdbool.h>

bool rw_label_is_normal(const char *folder); /* good, ok, normal, in any case: names of folders with normal images */
bool rw_folder_is_masks(const char *folder); /* ground_truth, masks, ...: names of folders with masks */

/* What one cell of a list says. */
enum {
    RW_LABEL_NORMAL    = 0,
    RW_LABEL_ANOMALOUS = 1,
    RW_LABEL_NONE      = -1, /* empty, nan, unknown: nobody knows */
    RW_LABEL_MINUS_ONE = -2,
    RW_LABEL_NOT       = -3 /* a label in no language that is known here */
};
int rw_label_of_word(const char *word); /* words in any case, and numbers: 0, 1.0, "0,0" */
/* What 'rwda score' writes in the place of a label: its decision, or nothing.  A file of these alone, with its error and p_value, has no truth. */
bool rw_label_is_decision(const char *word);

/* A list as a whole, since scikit-learn writes -1 for an outlier and 1 for normal.  Starts zeroed. */
typedef struct {
    size_t zeros, ones, minus_ones, words; /* words: that are no numbers */
    size_t row;                            /* of the first -1, and what stands there is said to the user */
} rw_label_scheme;

int rw_label_see(rw_label_scheme *scheme, const char *word, size_t row); /* counts it; rw_label_of_word() */
/* After all are seen.  RWDA_EFORMAT: there are -1, and they may mean two things. */
rwda_status rw_label_scheme_check(const rw_label_scheme *scheme, const char *path, rwda_error *err);
bool        rw_label_scheme_turned(const rw_label_scheme *scheme);   /* as scikit-learn writes it */
int         rw_label_meant(const rw_label_scheme *scheme, int seen); /* never RW_LABEL_MINUS_ONE */
#define RW_LABEL_TURNED "labels are read as scikit-learn writes them: -1 is anomalous, 1 is normal"

#endif

/* labelled_scores.h - the columns label and score of a CSV file.                                       layer: common */
#ifndef RW_LABELLED_SCORES_H
#define RW_LABELLED_SCORES_H

#include "base/status.h"

#include <stdbool.h>

typedef struct {
    double  *scores; /* [n] */
    uint8_t *labels; /* [n]: 0 normal, 1 anomalous */
    size_t   n;
    bool     turned; /* they are written as scikit-learn does (common/label_words.h) */
} labelled_scores;

/* Every row has both: one that has not is an error, and so are the decisions of 'rwda score' in the place of labels.  Release with
 * labelled_scores_free() in either case.  RWDA_EFORMAT with the row in the message, and the errors of rw_csv_table_read(). */
rwda_status labelled_scores_read(labelled_scores *out, const char *path, rwda_error *err);
void        labelled_scores_free(labelled_scores *scores);

#endif

/* label_words.h - words that people use for normal and anomalous.                                      layer: common */
#ifndef RW_LABEL_WORDS_H
#define RW_LABEL_WORDS_H

#include <stdbool.h>

bool rw_label_is_normal(const char *folder); /* good, ok, normal, in any case: names of folders with normal images */
int  rw_label_of_word(const char *word);     /* of a list of labels: 0 normal, 1 anomalous, -1 neither */

#endif

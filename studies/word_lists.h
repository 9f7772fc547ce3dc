/* word_lists.h - words with and without a meaning, for rwda_train_options.word_list.                  layer: studies */
#ifndef WORD_LISTS_H
#define WORD_LISTS_H

extern const char word_list_nouns[], word_list_dictionary[];

/* 2,000 words that sound like English and mean nothing: syllables in a row, the same ones every time; the caller's to free().  NULL: no
 * memory. */
char *word_list_english_like(void);

#endif

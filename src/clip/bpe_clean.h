/* bpe_clean.h - text cleaning before tokenization: HTML entities, white space, lower case         rank 2: clip */
#ifndef RW_BPE_CLEAN_H
#define RW_BPE_CLEAN_H

#include "base/status.h"

#include <stdbool.h>

/* points [*count] code points, with room for 2 * *count (U+0130 lower-cases to two) -> the cleaned text in place: HTML entities
 * unescaped twice, white space collapsed to single spaces and stripped, lower case as Python's str.lower(). */
void rw_bpe_clean(int32_t *points, size_t *count);

bool rw_bpe_is_space(int32_t point); /* what Python calls white space */

#endif

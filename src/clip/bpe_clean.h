/* bpe_clean.h - text cleaning before tokenization: repair, entities, white space, lower case     rank 2: clip */
#ifndef RW_BPE_CLEAN_H
#define RW_BPE_CLEAN_H

#include "base/status.h"

/* points [*count], decoded from `capacity` bytes, with room for 2 * capacity (U+0130 lower-cases to two) -> the cleaned text in place: what
 * ftfy repairs, HTML entities unescaped twice, white space collapsed to single spaces and stripped, lower case as Python's str.lower().
 * RWDA_ENOMEM. */
rwda_status rw_bpe_clean(int32_t *points, size_t *count, size_t capacity, rwda_error *err);

#endif

/* text_clean.h - text cleaning before tokenization: repair, entities, white space, lower case     rank 2: clip */
#ifndef RW_TEXT_CLEAN_H
#define RW_TEXT_CLEAN_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define RW_TEXT_BYTES_MAX ((size_t)65536) /* of a text that is tokenized: bounds the time of a hostile one */

/* What the references do to a text before their tokenizer has it. */
typedef enum {
    RW_CLEAN_NONE = 0,
    RW_CLEAN_WHITESPACE,   /* OpenCLIP's "whitespace": repair, entities, white space */
    RW_CLEAN_LOWER,        /* OpenCLIP's "lower": and lower case as str.lower() */
    RW_CLEAN_CANONICALIZE, /* OpenCLIP's: repair, entities, "_" to a space, ASCII's punctuation out, lower case, white space */
    RW_CLEAN_PUNCTUATION, /* SiglipTokenizer's: lower case, ASCII's punctuation out, white space */
    RW_CLEAN_LOWERCASE    /* Siglip2Tokenizer's: lower case of each code point by itself */
} rw_text_cleaning;

/* points [*count], decoded from `capacity` bytes, with room for 2 * capacity (U+0130 lower-cases to two) -> the cleaned text in place: of
 * `repair` what ftfy repairs, entities unescaped twice, white space collapsed to single spaces and stripped.  RWDA_ENOMEM. */
rwda_status rw_text_clean(int32_t *points, size_t *count, size_t capacity, rw_text_cleaning cleaning, rwda_error *err);

#endif

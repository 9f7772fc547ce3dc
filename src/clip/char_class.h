/* char_class.h - classes of code points as `tokenizers` asks for them                              rank 2: clip
 *
 * What the reference answers from an old Unicode comes from a table of its answers (char_class_tables.inc), general categories, which its patterns ask
 * for, from utf8proc: docs/tokenizers.md says what may differ. */
#ifndef RW_CHAR_CLASS_H
#define RW_CHAR_CLASS_H

#include <stdbool.h>
#include <stdint.h>

/* One bit a general category, as utf8proc numbers them. */
enum {
    RW_CLASS_OTHER       = 1 << 0 | 1 << 26 | 1 << 27 | 1 << 28 | 1 << 29, /* Cn Cc Cf Cs Co */
    RW_CLASS_LETTER      = 0x3e,                                           /* Lu Ll Lt Lm Lo */
    RW_CLASS_MARK        = 0x1c0,                                          /* Mn Mc Me */
    RW_CLASS_NUMBER      = 0xe00,                                          /* Nd Nl No */
    RW_CLASS_DIGIT       = 1 << 9,
    RW_CLASS_PUNCTUATION = 0x7f000,  /* Pc Pd Ps Pe Pi Pf Po */
    RW_CLASS_SYMBOL      = 0x780000, /* Sm Sc Sk So */
    RW_CLASS_SEPARATOR   = 0x3800000 /* Zs Zl Zp */
};

uint32_t rw_class_bit(int32_t point);                   /* of its general category */
bool     rw_class_is_space(int32_t point);              /* White_Space: what Rust and Oniguruma call space */
bool     rw_class_is_word(int32_t point, bool joiners); /* \w: alphabetic, mark, digit, connector; Rust's with the joiners */
bool     rw_class_is_punctuation(int32_t point);        /* P, and ASCII's symbols */
bool     rw_class_is_mark(int32_t point);
bool     rw_class_is_nonspacing_mark(int32_t point);
bool     rw_class_is_dropped_by_bert(int32_t point); /* controls, formats, private use */
bool     rw_class_is_inert(int32_t point);           /* normalization forms leave it alone */

#endif

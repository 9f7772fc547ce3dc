/* unicode.h - properties, lower case and composition of code points, the same on every system      rank 2: clip
 *
 * From own tables: a system's library knows the Unicode of its year, and the ids of a text must not depend on that. */
#ifndef RW_UNICODE_H
#define RW_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RW_LETTER    = 1, /* general category L */
    RW_NUMBER    = 2, /* N */
    RW_DIGIT     = 4, /* Nd */
    RW_CASED     = 8, /* Cased, and below Case_Ignorable: for the final sigma */
    RW_IGNORABLE = 16,
};

int     rw_unicode_flags(int32_t point);    /* of the above, or-ed */
int32_t rw_unicode_lower(int32_t point);    /* simple mapping */
bool    rw_unicode_is_space(int32_t point); /* what Python calls white space */

/* points [*count] -> its normalisation form C, in place.  room [capacity]: three times the bytes of the text in UTF-8 suffice; where it
 * is too short, the text stays as it is.  The result has no more code points than the text has bytes. */
void rw_unicode_compose(int32_t *points, size_t *count, int32_t *room, size_t capacity);

/* Bytes [len] -> points [<= len].  As Python's errors="replace": each longest start of a sequence that cannot go on is one U+FFFD. */
size_t rw_utf8_decode(int32_t *points, const uint8_t *bytes, size_t len);
size_t rw_utf8_next(int32_t *point, const uint8_t *bytes, size_t len); /* bytes of the first character; 0: none.  len > 0 */
size_t rw_utf8_size(const char *bytes); /* of the character that begins there, in valid UTF-8 */
size_t rw_utf8_encode(uint8_t bytes[4], int32_t point);

#endif

#include "clip/char_class.h"

#include "base/status.h"
#include "clip/unicode.h"

#include <stddef.h>
#include <utf8proc.h>

struct range {
    int32_t first, last;
};

#include "clip/char_class_tables.inc"

static bool is_in(int32_t point, const struct range *ranges, size_t n)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ranges[middle].last < point)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && ranges[low].first <= point;
}

uint32_t rw_class_bit(int32_t point)
{
    return (uint32_t)1 << utf8proc_category(point);
}

bool rw_class_is_space(int32_t point)
{
    return rw_unicode_is_space(point) && !(point >= 0x1c && point <= 0x1f); /* Python takes the four separators too */
}

bool rw_class_is_word(int32_t point, bool joiners)
{
    static const uint32_t words =
        RW_CLASS_LETTER | RW_CLASS_MARK | RW_CLASS_DIGIT | 1u << UTF8PROC_CATEGORY_NL | 1u << UTF8PROC_CATEGORY_PC;

    if (point < 0x80)
        return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') || (point >= '0' && point <= '9') ||
               point == '_';
    return (rw_class_bit(point) & words) != 0 || (joiners && (point == 0x200c || point == 0x200d)) ||
           (point >= 0x24b6 && point <= 0x24e9) || (point >= 0x1f130 && point <= 0x1f149) || /* alphabetic symbols */
           (point >= 0x1f150 && point <= 0x1f169) || (point >= 0x1f170 && point <= 0x1f189);
}

bool rw_class_is_punctuation(int32_t point)
{
    if (point < 0x80)
        return (point >= '!' && point <= '/') || (point >= ':' && point <= '@') || (point >= '[' && point <= '`') ||
               (point >= '{' && point <= '~');
    return is_in(point, punctuation, RW_COUNTOF(punctuation));
}

bool rw_class_is_mark(int32_t point)
{
    return point >= 0x300 && is_in(point, marks, RW_COUNTOF(marks));
}

bool rw_class_is_nonspacing_mark(int32_t point)
{
    return point >= 0x300 && is_in(point, nonspacing, RW_COUNTOF(nonspacing));
}

bool rw_class_is_dropped_by_bert(int32_t point)
{
    return point == 0 || point == 0xfffd || is_in(point, dropped, RW_COUNTOF(dropped)) ||
           (point >= 0xe000 && point <= 0xf8ff) || (point >= 0xf0000 && point <= 0xffffd) || point >= 0x100000;
}

bool rw_class_is_inert(int32_t point)
{
    return point >= 0x300 && is_in(point, inert, RW_COUNTOF(inert));
}

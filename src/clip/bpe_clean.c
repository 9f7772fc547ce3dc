#include "clip/bpe_clean.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* OpenCLIP: whitespace_clean(html.unescape(html.unescape(text))).lower(), in Python's terms, without ftfy's repair before it
 * (docs/deviations.md). */

#define ENTITY_NAME_MAX 33 /* 32 characters and a semicolon */

static const struct entity {
    const char *name; /* without '&'; sorted bytewise */
    int32_t     first, second;
} entities[] = {
#include "clip/html_entities.inc"
};

/* Windows-1252 in place of the control characters 128..159, as browsers read them (HTML standard, numeric references). */
static const uint16_t windows_1252[32] = {
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178,
};

static int compare_names(const void *name, const void *entity)
{
    return strcmp(name, ((const struct entity *)entity)->name);
}

static const struct entity *find_entity(const char *name)
{
    return bsearch(name, entities, RW_COUNTOF(entities), sizeof entities[0], compare_names);
}

static int digit_of(int32_t point)
{
    if (point >= '0' && point <= '9')
        return point - '0';
    if (point >= 'a' && point <= 'f')
        return point - 'a' + 10;
    if (point >= 'A' && point <= 'F')
        return point - 'A' + 10;
    return 99;
}

/* The code point of a numeric reference, or -1: none. */
static int32_t numeric_value(int32_t number)
{
    if (number == 0 || (number >= 0xd800 && number <= 0xdfff) || number > 0x10ffff)
        return 0xfffd;
    if (number >= 128 && number <= 159)
        return windows_1252[number - 128];
    if (number == 13)
        return 13;
    if (number <= 8 || number == 11 || (number >= 14 && number <= 31) || number == 127 ||
        (number >= 0xfdd0 && number <= 0xfdef) || (number & 0xfffe) == 0xfffe)
        return -1;
    return number;
}

/* "#123;" or "#x1f;" after an ampersand.  Returns how many code points it takes, 0 when it is none. */
static size_t read_numeric(const int32_t *at, const int32_t *end, int32_t *value)
{
    const int32_t *p      = at + 1;
    int            base   = p < end && (*p == 'x' || *p == 'X') ? 16 : 10;
    int32_t        number = 0;
    const int32_t *digits;

    p += base == 16;
    for (digits = p; p < end && digit_of(*p) < base; p++)
        if (number <= 0x10ffff)
            number = number * base + digit_of(*p);
    if (p == digits)
        return 0;
    *value = numeric_value(number);
    return (size_t)(p - at) + (p < end && *p == ';');
}

static bool ends_name(int32_t point)
{
    return point == '\t' || point == '\n' || point == '\f' || point == ' ' || point == '<' || point == '&' || point == '#' ||
           point == ';';
}

/* The name after an ampersand: the longest that the standard knows.  Returns how many code points the reference takes, 0: none. */
static size_t read_named(const int32_t *at, const int32_t *end, const struct entity **found)
{
    char   name[ENTITY_NAME_MAX + 1];
    size_t len = 0;

    while (at + len < end && len < 32 && !ends_name(at[len])) {
        name[len] = at[len] < 128 ? (char)at[len] : '\x7f'; /* matches no name */
        len++;
    }
    if (len == 0)
        return 0;
    if (at + len < end && at[len] == ';')
        name[len++] = ';';
    for (name[len] = '\0'; len >= 2; name[--len] = '\0')
        if ((*found = find_entity(name)) != NULL)
            return len;
    return 0;
}

static void unescape(int32_t *points, size_t *count)
{
    const int32_t *in = points, *end = points + *count;
    int32_t       *out = points; /* never ahead of `in`: a reference is longer than what it stands for */

    while (in < end) {
        const struct entity *entity = NULL;
        int32_t              value  = 0;
        size_t               taken  = 0;

        if (*in != '&' || in + 1 == end) {
            *out++ = *in++;
            continue;
        }
        if (in[1] == '#')
            taken = read_numeric(in + 1, end, &value);
        else
            taken = read_named(in + 1, end, &entity);
        if (taken == 0) {
            *out++ = *in++;
        } else {
            in += 1 + taken;
            if (entity != NULL) {
                *out++ = entity->first;
                if (entity->second != 0)
                    *out++ = entity->second;
            } else if (value >= 0) {
                *out++ = value;
            }
        }
    }
    *count = (size_t)(out - points);
}

bool rw_bpe_is_space(int32_t point)
{
    return (point >= 9 && point <= 13) || (point >= 0x1c && point <= 0x20) || point == 0x85 || point == 0xa0 ||
           point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 ||
           point == 0x202f || point == 0x205f || point == 0x3000;
}

static void collapse_spaces(int32_t *points, size_t *count)
{
    size_t out = 0;

    for (size_t i = 0; i < *count; i++)
        if (!rw_bpe_is_space(points[i]))
            points[out++] = points[i];
        else if (out > 0 && points[out - 1] != ' ')
            points[out++] = ' ';
    *count = out - (out > 0 && points[out - 1] == ' ');
}

static bool in_ranges(int32_t point, const int32_t (*ranges)[2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (point >= ranges[i][0] && point <= ranges[i][1])
            return true;
    return false;
}

/* Unicode's Cased: letters with case, and what Other_Lowercase and Other_Uppercase add. */
static bool is_cased(int32_t point)
{
    static const int32_t others[][2] = {
        { 0xaa, 0xaa },       { 0xba, 0xba },       { 0x2b0, 0x2b8 },     { 0x2c0, 0x2c1 },   { 0x2e0, 0x2e4 },
        { 0x345, 0x345 },     { 0x37a, 0x37a },     { 0x1d2c, 0x1d6a },   { 0x1d78, 0x1d78 }, { 0x1d9b, 0x1dbf },
        { 0x2071, 0x2071 },   { 0x207f, 0x207f },   { 0x2090, 0x209c },   { 0x2160, 0x217f }, { 0x24b6, 0x24e9 },
        { 0x2c7c, 0x2c7d },   { 0xa69c, 0xa69d },   { 0xa770, 0xa770 },   { 0xa7f8, 0xa7f9 }, { 0xab5c, 0xab5f },
        { 0x1f130, 0x1f149 }, { 0x1f150, 0x1f169 }, { 0x1f170, 0x1f189 },
    };
    utf8proc_category_t category = utf8proc_category(point);

    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL || category == UTF8PROC_CATEGORY_LT ||
           in_ranges(point, others, RW_COUNTOF(others));
}

/* Unicode's Case_Ignorable: marks, format characters, modifiers, and punctuation inside words. */
static bool is_case_ignorable(int32_t point)
{
    static const int32_t others[][2] = {
        { '\'', '\'' },     { '.', '.' },       { ':', ':' },       { 0xb7, 0xb7 },
        { 0x387, 0x387 },   { 0x55f, 0x55f },   { 0x5f4, 0x5f4 },   { 0x2018, 0x2019 },
        { 0x2024, 0x2024 }, { 0x2027, 0x2027 }, { 0xfe13, 0xfe13 }, { 0xfe52, 0xfe52 },
        { 0xfe55, 0xfe55 }, { 0xff07, 0xff07 }, { 0xff0e, 0xff0e }, { 0xff1a, 0xff1a },
    };
    utf8proc_category_t category = utf8proc_category(point);

    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME || category == UTF8PROC_CATEGORY_CF ||
           category == UTF8PROC_CATEGORY_LM || category == UTF8PROC_CATEGORY_SK ||
           in_ranges(point, others, RW_COUNTOF(others));
}

/* Greek capital sigma is final after a cased letter that no cased letter follows (Unicode, SpecialCasing).  Lower case leaves
 * both properties as they are, so the preceding text may already be lower-cased. */
static bool is_final_sigma(const int32_t *before, size_t n_before, const int32_t *after, size_t n_after)
{
    while (n_before > 0 && is_case_ignorable(before[n_before - 1]))
        n_before--;
    while (n_after > 0 && is_case_ignorable(*after)) {
        after++;
        n_after--;
    }
    return n_before > 0 && is_cased(before[n_before - 1]) && !(n_after > 0 && is_cased(*after));
}

static void lower(int32_t *points, size_t *count)
{
    size_t grown = 0, out;

    for (size_t i = 0; i < *count; i++)
        grown += points[i] == 0x130;
    memmove(points + grown, points, *count * sizeof *points); /* read from the back part, write to the front */
    out = 0;
    for (size_t i = 0; i < *count; i++) {
        int32_t point = points[grown + i];

        if (point == 0x130) { /* capital I with dot: i and a combining dot */
            points[out++] = 'i';
            points[out++] = 0x307;
        } else if (point == 0x3a3) {
            point         = is_final_sigma(points, out, points + grown + i + 1, *count - i - 1) ? 0x3c2 : 0x3c3;
            points[out++] = point;
        } else {
            points[out++] = utf8proc_tolower(point);
        }
    }
    *count = out;
}

void rw_bpe_clean(int32_t *points, size_t *count)
{
    unescape(points, count);
    unescape(points, count);
    collapse_spaces(points, count);
    lower(points, count);
}

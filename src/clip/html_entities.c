#include "clip/html_entities.h"

#include "base/status.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ENTITY_NAME_MAX 33 /* 32 characters and a semicolon */

static const rw_html_entity entities[] = {
/* sorted bytewise */
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
    return strcmp(name, ((const rw_html_entity *)entity)->name);
}

const rw_html_entity *rw_html_find(const char *name)
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

size_t rw_html_read_numeric(const int32_t *at, const int32_t *end, int32_t *value)
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

size_t rw_html_read_named(const int32_t *at, const int32_t *end, const rw_html_entity **found)
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
        if ((*found = rw_html_find(name)) != NULL)
            return len;
    return 0;
}

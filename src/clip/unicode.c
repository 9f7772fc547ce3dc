#include "clip/unicode.h"

#include "base/status.h"

#include <string.h>

struct range {
    int32_t first, last;
    uint8_t flags, combining; /* combining: canonical combining class */
};

struct lower {
    int32_t first, last, delta, step;
};

struct piece {
    int32_t point, first, second;
};

struct pair {
    int32_t first, second, composed;
};

#include "clip/unicode_tables.inc"

/* Hangul syllables are computed (Unicode, chapter 3.12). */
#define SYLLABLES 0xac00
#define LEADING   0x1100
#define VOWEL     0x1161
#define TRAILING  0x11a7 /* one before the first */
#define N_LEADING 19
#define N_VOWEL   21
#define N_TRAIL   28

/* The last row whose first code point is not beyond `point`; NULL: none.  Rows begin with that code point. */
static const void *row_before(const void *rows, size_t n, size_t size, int32_t point)
{
    const unsigned char *table = rows;
    size_t               low = 0, high = n;

    while (low < high) {
        size_t  middle = (low + high) / 2;
        int32_t first;

        memcpy(&first, table + middle * size, sizeof first);
        if (first <= point)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? table + (low - 1) * size : NULL;
}

static const struct range *class_of(int32_t point)
{
    const struct range *r = row_before(classes, RW_COUNTOF(classes), sizeof *classes, point);

    return r != NULL && point <= r->last ? r : NULL;
}

int rw_unicode_flags(int32_t point)
{
    const struct range *r = class_of(point);

    return r != NULL ? r->flags : 0;
}

static int combining_class(int32_t point)
{
    const struct range *r = point >= 0x300 ? class_of(point) : NULL;

    return r != NULL ? r->combining : 0;
}

int32_t rw_unicode_lower(int32_t point)
{
    const struct lower *l = row_before(lowers, RW_COUNTOF(lowers), sizeof *lowers, point);

    return l != NULL && point <= l->last && (point - l->first) % l->step == 0 ? point + l->delta : point;
}

bool rw_unicode_is_space(int32_t point)
{
    return (point >= 9 && point <= 13) || (point >= 0x1c && point <= 0x20) || point == 0x85 || point == 0xa0 ||
           point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 ||
           point == 0x202f || point == 0x205f || point == 0x3000;
}

/* ---- Normalisation form C (Unicode, annex 15) --------------------------------------------------------------------------- */

/* A code point's full decomposition into out; returns how many: at most 4. */
static size_t decompose(int32_t *out, int32_t point)
{
    int32_t tail[4];
    size_t  n = 0, m = 0;

    if (point >= SYLLABLES && point < SYLLABLES + N_LEADING * N_VOWEL * N_TRAIL) {
        int32_t s = point - SYLLABLES;

        out[n++] = LEADING + s / (N_VOWEL * N_TRAIL);
        out[n++] = VOWEL + s / N_TRAIL % N_VOWEL;
        if (s % N_TRAIL != 0)
            out[n++] = TRAILING + s % N_TRAIL;
        return n;
    }
    for (; point >= 0xc0 && m < RW_COUNTOF(tail);) {
        const struct piece *p = row_before(pieces, RW_COUNTOF(pieces), sizeof *pieces, point);

        if (p == NULL || p->point != point)
            break;
        if (p->second != 0)
            tail[m++] = p->second;
        point = p->first;
    }
    out[n++] = point;
    while (m > 0)
        out[n++] = tail[--m];
    return n;
}

/* Combining characters between two starters in the order of their classes; equal ones stay in order. */
static void order(int32_t *points, size_t n, int32_t *room)
{
    for (size_t begin = 0; begin < n;) {
        size_t end = begin, counts[256] = { 0 }, sum = 0;

        if (combining_class(points[begin]) == 0) {
            begin++;
            continue;
        }
        for (; end < n && combining_class(points[end]) != 0; end++)
            counts[combining_class(points[end])]++;
        for (size_t c = 0; c < 256 && end > begin + 1; c++) {
            size_t here = counts[c];

            counts[c] = sum;
            sum += here;
        }
        for (size_t i = begin; i < end && end > begin + 1; i++)
            room[counts[combining_class(points[i])]++] = points[i];
        if (end > begin + 1)
            memcpy(points + begin, room, (end - begin) * sizeof *points);
        begin = end;
    }
}

/* What two code points compose to; 0: nothing. */
static int32_t composed(int32_t first, int32_t second)
{
    const struct pair *p;

    if (first >= LEADING && first < LEADING + N_LEADING && second >= VOWEL && second < VOWEL + N_VOWEL)
        return SYLLABLES + ((first - LEADING) * N_VOWEL + second - VOWEL) * N_TRAIL;
    if (first >= SYLLABLES && first < SYLLABLES + N_LEADING * N_VOWEL * N_TRAIL && (first - SYLLABLES) % N_TRAIL == 0 &&
        second > TRAILING && second < TRAILING + N_TRAIL)
        return first + second - TRAILING;
    p = row_before(pairs, RW_COUNTOF(pairs), sizeof *pairs, first);
    for (; p != NULL && p >= pairs && p->first == first; p--)
        if (p->second == second)
            return p->composed;
    return 0;
}

static size_t compose(int32_t *points, size_t n)
{
    size_t out = 0, starter = SIZE_MAX;
    int    before = 0; /* class of the last one kept after the starter; 0: none */

    for (size_t i = 0; i < n; i++) {
        int class       = combining_class(points[i]);
        bool    blocked = before != 0 ? before >= class : starter != SIZE_MAX && out > starter + 1;
        int32_t joined  = starter != SIZE_MAX && !blocked ? composed(points[starter], points[i]) : 0;

        if (joined != 0) {
            points[starter] = joined;
            continue;
        }
        if (class == 0)
            starter = out;
        before        = class;
        points[out++] = points[i];
    }
    return out;
}

void rw_unicode_compose(int32_t *points, size_t *count, int32_t *room, size_t capacity)
{
    size_t n = 0, i = 0;

    while (i < *count && points[i] < 0x300)
        i++;
    if (i == *count) /* all of it is composed already */
        return;
    for (i = 0; i < *count; i++) {
        if (n + 4 > capacity)
            return;
        n += decompose(room + n, points[i]);
    }
    if (2 * n > capacity)
        return;
    order(room, n, room + n);
    *count = compose(room, n);
    memcpy(points, room, *count * sizeof *points);
}

/* ---- UTF-8 ------------------------------------------------------------------------------------------------------------------ */

/* Bytes of the longest start of a sequence at `b`; *whole: it is a character. */
static size_t sequence(const uint8_t *b, size_t len, int32_t *point, bool *whole)
{
    int     more = *b >= 0xf0 ? 3 : *b >= 0xe0 ? 2 : 1;
    uint8_t low = 0x80, high = 0xbf; /* of the second byte: no overlong form, no surrogate, nothing beyond U+10FFFF */
    size_t  used = 1;

    *whole = *b < 0x80;
    *point = *b;
    if (*b < 0xc2 || *b > 0xf4)
        return 1;
    *point = *b & (0x3f >> more);
    low    = *b == 0xe0 ? 0xa0 : *b == 0xf0 ? 0x90 : low;
    high   = *b == 0xed ? 0x9f : *b == 0xf4 ? 0x8f : high;
    for (; more > 0 && used < len && b[used] >= low && b[used] <= high; more--, used++) {
        *point = *point << 6 | (b[used] & 0x3f);
        low    = 0x80;
        high   = 0xbf;
    }
    *whole = more == 0;
    return used;
}

size_t rw_utf8_next(int32_t *point, const uint8_t *bytes, size_t len)
{
    bool   whole;
    size_t used = sequence(bytes, len, point, &whole);

    return whole ? used : 0;
}

size_t rw_utf8_size(const char *bytes)
{
    unsigned char first = (unsigned char)*bytes;

    return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t rw_utf8_decode(int32_t *points, const uint8_t *bytes, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; n++) {
        bool whole;

        i += sequence(bytes + i, len - i, &points[n], &whole);
        if (!whole)
            points[n] = 0xfffd;
    }
    return n;
}

size_t rw_utf8_encode(uint8_t bytes[4], int32_t point)
{
    if (point < 0x80) {
        bytes[0] = (uint8_t)point;
        return 1;
    }
    if (point < 0x800) {
        bytes[0] = (uint8_t)(0xc0 | point >> 6);
        bytes[1] = (uint8_t)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        bytes[0] = (uint8_t)(0xe0 | point >> 12);
        bytes[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
        bytes[2] = (uint8_t)(0x80 | (point & 0x3f));
        return 3;
    }
    bytes[0] = (uint8_t)(0xf0 | point >> 18);
    bytes[1] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
    bytes[2] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
    bytes[3] = (uint8_t)(0x80 | (point & 0x3f));
    return 4;
}

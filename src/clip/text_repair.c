#include "clip/text_repair.h"

#include "base/memory.h"
#include "clip/html_entities.h"
#include "clip/unicode.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- Tables: rules are sequences of sets, and a set is a row of bits over classes of characters ------------------------------ */

struct class_range {
    int32_t first, last;
    uint8_t class;
};

struct rule {
    uint8_t at_start, n, sets[7];
};

struct longer {
    int32_t point, to[3];
};

struct capital {
    const char *name;
    int32_t     to[3];
};

#include "clip/repair_tables.inc"

enum { CLASS_OTHER, CLASS_SPACE, CLASS_WORD }; /* of characters without a row */

typedef struct {
    const struct class_range *classes;
    size_t                    n_classes;
    const uint64_t           *sets; /* two words each */
    const struct rule        *rules;
    size_t                    n_rules;
} expression;

#define EXPRESSION(name)                                                                                                    \
    {                                                                                                                       \
        name##_classes, RW_COUNTOF(name##_classes), name##_sets, name##_rules, RW_COUNTOF(name##_rules)                     \
    }

static const expression bad = EXPRESSION(bad), garbled = EXPRESSION(garbled), spaced = EXPRESSION(spaced),
                        lossy = EXPRESSION(lossy);

static uint8_t class_of(const expression *e, int32_t point)
{
    size_t low = 0, high = e->n_classes;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (point > e->classes[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < e->n_classes && point >= e->classes[low].first)
        return e->classes[low].class;
    if (rw_unicode_is_space(point))
        return CLASS_SPACE;
    return rw_unicode_flags(point) & (RW_LETTER | RW_NUMBER) ? CLASS_WORD : CLASS_OTHER;
}

static bool in_set(const expression *e, uint8_t set, uint8_t class)
{
    return (e->sets[2 * set + class / 64] >> (class % 64) & 1) != 0;
}

/* Length of the first rule that fits at classes[at]; 0: none. */
static size_t match(const expression *e, const uint8_t *classes, size_t at, size_t n)
{
    for (size_t i = 0; i < e->n_rules; i++) {
        const struct rule *r = &e->rules[i];
        size_t             k = 0;

        if (r->n > n - at || (r->at_start && at > 0))
            continue;
        while (k < r->n && in_set(e, r->sets[k], classes[at + k]))
            k++;
        if (k == r->n)
            return k;
    }
    return 0;
}

/* ---- Text decoded with the wrong code page ---------------------------------------------------------------------------------- */

typedef struct {
    size_t   capacity;
    int32_t *room, *before; /* [3 capacity], [capacity] */
    int32_t *text;          /* [capacity], what came in */
    uint8_t *bytes;         /* [3 capacity] */
    uint8_t *classes;       /* [3 capacity] of bytes or of code points */
    size_t   work;          /* characters looked at in search of a wrong decoding: bounds what a hostile text costs */
    bool     unescape, short_of_memory;
} repair;

#define WORK_MAX(capacity) (64 * (capacity) + 4096)
#define ROUNDS_MAX         64
#define DEPTH_MAX          16

static bool is_bad(repair *r, const int32_t *points, size_t n)
{
    for (size_t i = 0; i < n; i++)
        r->classes[i] = class_of(&bad, points[i]);
    for (size_t i = 0; i < n; i++)
        if (match(&bad, r->classes, i, n) > 0)
            return true;
    return false;
}

/* points [n] as bytes of a code page; false: one of them is not in it. */
static bool encode(uint8_t *bytes, size_t page, const int32_t *points, size_t n)
{
    const uint16_t *table = pages + 129 * page; /* of byte 1a, then of 80 to ff */

    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        if (points[i] < 0x80 && points[i] != 0x1a) {
            bytes[i] = (uint8_t)points[i];
            continue;
        }
        while (k < 129 && table[k] != points[i])
            k++;
        if (k == 129)
            return false;
        bytes[i] = (uint8_t)(k == 0 ? 0x1a : 0x7f + k);
    }
    return true;
}

static void classify_bytes(repair *r, const expression *e, size_t n)
{
    for (size_t i = 0; i < n; i++)
        r->classes[i] = class_of(e, r->bytes[i]);
}

static bool follows(const uint8_t *at, const uint8_t *end, const char *word)
{
    return (size_t)(end - at) >= strlen(word) && memcmp(at, word, strlen(word)) == 0;
}

/* Byte a0 is put back where a space stands in its place.  "à" that was a word by itself keeps the space after it, but not before what
 * Portuguese writes together with it. */
static size_t restore_a0(repair *r, size_t n)
{
    uint8_t *copy = (uint8_t *)r->room;
    size_t   out = 0, found = 0;

    classify_bytes(r, &spaced, n);
    for (size_t i = 0; i < n && found == 0; i++)
        found = match(&spaced, r->classes, i, n);
    if (found == 0)
        return n;
    memcpy(copy, r->bytes, n);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *after = copy + i + 2, *end = copy + n;

        r->bytes[out++] = copy[i];
        if (copy[i] != 0xc3 || i + 1 >= n || copy[i + 1] != ' ' || follows(after, end, " ") ||
            follows(after, end, "quele") || follows(after, end, "quela") || follows(after, end, "quilo") ||
            follows(after, end, "s "))
            continue;
        r->bytes[out++] = 0xa0;
        r->bytes[out++] = ' ';
        i++;
    }
    n = out;
    classify_bytes(r, &spaced, n);
    for (size_t i = 0; i < n;) {
        size_t len = match(&spaced, r->classes, i, n);

        for (size_t k = 0; k < len; k++)
            if (r->bytes[i + k] == ' ')
                r->bytes[i + k] = 0xa0;
        i += len > 0 ? len : 1;
    }
    return n;
}

/* Sequences of UTF-8 that lost a byte become U+FFFD. */
static size_t replace_lossy(repair *r, size_t n)
{
    uint8_t *copy = (uint8_t *)r->room;
    size_t   out  = 0;

    if (memchr(r->bytes, 0x1a, n) == NULL && memchr(r->bytes, '?', n) == NULL)
        return n;
    memcpy(copy, r->bytes, n);
    classify_bytes(r, &lossy, n);
    for (size_t i = 0; i < n;) {
        size_t len = match(&lossy, r->classes, i, n);

        if (len > 0) {
            memcpy(r->bytes + out, "\xef\xbf\xbd", 3);
            out += 3;
            i += len;
        } else {
            r->bytes[out++] = copy[i++];
        }
    }
    return out;
}

/* Strict UTF-8, but for zero in two bytes (Java) and pairs of surrogates (CESU-8).  false: it is not. */
static bool decode(int32_t *points, size_t *count, const uint8_t *b, size_t n)
{
    size_t out = 0;

    for (size_t i = 0; i < n; out++) {
        int32_t point;
        size_t  used;

        if (n - i >= 2 && b[i] == 0xc0 && b[i + 1] == 0x80) {
            points[out] = 0;
            i += 2;
            continue;
        }
        if (n - i >= 6 && b[i] == 0xed && (b[i + 1] & 0xf0) == 0xa0 && (b[i + 2] & 0xc0) == 0x80 && b[i + 3] == 0xed &&
            (b[i + 4] & 0xf0) == 0xb0 && (b[i + 5] & 0xc0) == 0x80) {
            points[out] =
                0x10000 + ((b[i + 1] & 0x0f) << 16 | (b[i + 2] & 0x3f) << 10 | (b[i + 4] & 0x0f) << 6 | (b[i + 5] & 0x3f));
            i += 6;
            continue;
        }
        used = rw_utf8_next(&point, b + i, n - i);
        if (used == 0)
            return false;
        points[out] = point;
        i += used;
    }
    *count = out;
    return true;
}

static size_t fix_encoding(repair *r, int32_t *points, size_t n, int depth);

/* Each stretch that looks like UTF-8 through a code page, and is unlikely otherwise, by itself.  Shorter than the whole text: else nothing
 * would be gained. */
static size_t fix_stretches(repair *r, int32_t *points, size_t n, int depth)
{
    uint8_t *classes = malloc(n);
    size_t   out     = 0;

    if (classes == NULL) {
        r->short_of_memory = true;
        return n;
    }
    for (size_t i = 0; i < n; i++)
        classes[i] = class_of(&garbled, points[i]);
    for (size_t i = 0; i < n;) {
        size_t len = 0, more, kept;

        if (i == 0 || !in_set(&garbled, GARBLED_BEFORE, classes[i - 1]))
            while ((more = match(&garbled, classes, i + len, n)) > 0)
                len += more;
        if (len == 0) {
            points[out++] = points[i++];
            continue;
        }
        kept = len < n && is_bad(r, points + i, len) ? fix_encoding(r, points + i, len, depth + 1) : len;
        memmove(points + out, points + i, kept * sizeof *points);
        out += kept;
        i += len;
    }
    free(classes);
    return out;
}

/* Control characters of Latin-1 that were meant as Windows-1252; false: none. */
static bool fix_controls(int32_t *points, size_t n)
{
    const uint16_t *table   = pages + 129 * PAGE_SLOPPY_WINDOWS_1252 + 1;
    bool            changed = false;

    for (size_t i = 0; i < n; i++)
        if (points[i] >= 0x80 && points[i] < 0xa0) {
            changed   = changed || table[points[i] - 0x80] != points[i];
            points[i] = table[points[i] - 0x80];
        }
    return changed;
}

/* One attempt; returns the new length, never a longer one.  *changed: it may be tried again. */
static size_t fix_encoding_once(repair *r, int32_t *points, size_t n, int depth, bool *changed)
{
    bool   plain = true, garbles = false;
    size_t i;

    *changed = false;
    r->work += n;
    for (i = 0; i < n && plain; i++)
        plain = points[i] < 0x80;
    if (plain || r->work > WORK_MAX(r->capacity) || depth > DEPTH_MAX || !is_bad(r, points, n))
        return n;
    for (size_t page = 0; page < PAGES; page++) {
        size_t len = n, kept;

        if (!encode(r->bytes, page, points, n))
            continue;
        if (page != PAGE_MACROMAN)
            len = restore_a0(r, len);
        if (page_is_sloppy[page])
            len = replace_lossy(r, len);
        if (!decode(r->room, &kept, r->bytes, len))
            continue;
        *changed = kept != n || memcmp(points, r->room, n * sizeof *points) != 0;
        memcpy(points, r->room, kept * sizeof *points);
        return kept;
    }
    for (i = 0; i < n; i++)
        r->classes[i] = class_of(&garbled, points[i]);
    for (i = 0; i < n && !garbles; i++)
        garbles = (i == 0 || !in_set(&garbled, GARBLED_BEFORE, r->classes[i - 1])) && match(&garbled, r->classes, i, n) > 0;
    if (garbles) {
        size_t   kept;
        int32_t *copy = rw_new_array(n, sizeof *copy);

        if (copy == NULL) {
            r->short_of_memory = true;
            return n;
        }
        memcpy(copy, points, n * sizeof *points);
        kept     = fix_stretches(r, points, n, depth);
        *changed = kept != n || memcmp(points, copy, n * sizeof *points) != 0;
        free(copy);
        if (*changed)
            return kept;
    }
    *changed = fix_controls(points, n);
    return n;
}

static size_t fix_encoding(repair *r, int32_t *points, size_t n, int depth)
{
    bool changed = true;

    while (changed && !r->short_of_memory)
        n = fix_encoding_once(r, points, n, depth, &changed);
    return n;
}

/* ---- The other steps ---------------------------------------------------------------------------------------------------------- */

static int compare_names(const void *name, const void *capital)
{
    return strcmp(name, ((const struct capital *)capital)->name);
}

/* Replacement of the reference of `len` code points at `at`, '&' and ';' included, into `to`; returns how many; -1: it stays. */
static int entity(int32_t to[3], const int32_t *at, size_t len)
{
    char                  name[32];
    const rw_html_entity *found;
    const struct capital *capital;
    int                   n = 0;

    if (at[1] == '#') {
        int32_t value;

        if (rw_html_read_numeric(at + 1, at + len, &value) != len - 1 || value == ';')
            return -1;
        to[0] = value;
        return value >= 0;
    }
    for (size_t i = 1; i < len; i++)
        name[i - 1] = (char)at[i];
    name[len - 1] = '\0';
    found         = rw_html_find(name);
    if (found != NULL) {
        to[0] = found->first;
        to[1] = found->second;
        return found->second != 0 ? 2 : 1;
    }
    capital = bsearch(name, capitals, RW_COUNTOF(capitals), sizeof *capitals, compare_names);
    if (capital == NULL)
        return -1;
    for (; n < 3 && capital->to[n] != 0; n++)
        to[n] = capital->to[n];
    return n;
}

static bool is_name(int32_t point)
{
    return (point >= '0' && point <= '9') || (point >= 'A' && point <= 'Z') || (point >= 'a' && point <= 'z');
}

static size_t unescape(int32_t *points, size_t n)
{
    size_t out = 0;

    for (size_t i = 0; i < n;) {
        size_t  start = i + 1 + (points[i] == '&' && i + 1 < n && points[i + 1] == '#'), end = start;
        int32_t to[3];
        int     replaced = -1;

        while (points[i] == '&' && end < n && end < start + 24 && is_name(points[end]))
            end++;
        if (end > start && end < n && points[end] == ';')
            replaced = entity(to, points + i, end + 1 - i);
        if (replaced < 0) {
            points[out++] = points[i++];
            continue;
        }
        for (int k = 0; k < replaced; k++)
            points[out++] = to[k];
        i = end + 1;
    }
    return out;
}

static int compare_points(const void *point, const void *row)
{
    return *(const int32_t *)point < ((const struct longer *)row)->point
               ? -1
               : *(const int32_t *)point > ((const struct longer *)row)->point;
}

/* Ligatures, widths, quotes.  room [3 n]. */
static size_t spell_out(int32_t *points, size_t n, int32_t *room)
{
    size_t out = 0;

    for (size_t i = 0; i < n; i++) {
        const struct longer *l =
            points[i] >= 0x132 ? bsearch(&points[i], longer, RW_COUNTOF(longer), sizeof *longer, compare_points) : NULL;

        if (l == NULL)
            room[out++] = points[i];
        for (int k = 0; l != NULL && k < 3 && l->to[k] != 0; k++)
            room[out++] = l->to[k];
    }
    for (size_t i = 0; i < out; i++)
        if (room[i] == 0x2bc || (room[i] >= 0x2018 && room[i] <= 0x201b))
            points[i] = '\'';
        else
            points[i] = room[i] >= 0x201c && room[i] <= 0x201f ? '"' : room[i];
    return out;
}

static size_t break_lines(int32_t *points, size_t n)
{
    size_t out = 0;

    for (size_t i = 0; i < n; i++) {
        bool is_break = points[i] == '\r' || points[i] == 0x2028 || points[i] == 0x2029 || points[i] == 0x85;

        if (points[i] == '\r' && i + 1 < n && points[i + 1] == '\n')
            continue;
        points[out++] = is_break ? '\n' : points[i];
    }
    return out;
}

static bool is_control(int32_t point)
{
    return (point >= 0 && point <= 8) || point == 0x0b || (point >= 0x0e && point <= 0x1f) || point == 0x7f ||
           (point >= 0x206a && point <= 0x206f) || point == 0xfeff || (point >= 0xfff9 && point <= 0xfffc);
}

/* Escape sequences of terminals, then control characters. */
static size_t drop_controls(int32_t *points, size_t n)
{
    size_t out = 0, kept = 0;

    for (size_t i = 0; i < n;) {
        size_t end = i + 2;

        while (points[i] == 0x1b && end < n && (points[end] == ';' || rw_unicode_flags(points[end]) & RW_DIGIT))
            end++;
        if (points[i] == 0x1b && end < n && points[i + 1] == '[' &&
            ((points[end] >= 'a' && points[end] <= 'z') || (points[end] >= 'A' && points[end] <= 'Z')))
            i = end + 1;
        else
            points[out++] = points[i++];
    }
    for (size_t i = 0; i < out; i++)
        if (!is_control(points[i]))
            points[kept++] = points[i];
    return kept;
}

/* A line, with the line break that ends it. */
static size_t fix_line(repair *r, int32_t *points, size_t n)
{
    for (int round = 0; round < ROUNDS_MAX && !r->short_of_memory; round++) {
        size_t before = n;

        memcpy(r->before, points, n * sizeof *points);
        if (r->unescape)
            n = unescape(points, n);
        n = fix_encoding(r, points, n, 0);
        (void)fix_controls(points, n);
        n = spell_out(points, n, r->room);
        n = break_lines(points, n);
        n = drop_controls(points, n);
        rw_unicode_compose(points, &n, r->room, 3 * r->capacity);
        if (n == before && memcmp(points, r->before, n * sizeof *points) == 0)
            break;
    }
    return n;
}

/* Nothing of the above can apply. */
static bool is_clean(const int32_t *points, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((points[i] < 0x20 && points[i] != '\t' && points[i] != '\n') || points[i] > 0x7e || points[i] == '&')
            return false;
    return true;
}

rwda_status rw_text_repair(int32_t *points, size_t *count, size_t capacity, rwda_error *err)
{
    repair      r      = { .capacity = capacity, .unescape = true };
    size_t      out    = 0;
    rwda_status status = RWDA_OK;

    if (is_clean(points, *count))
        return RWDA_OK;
    r.room    = rw_new_array(capacity, 3 * sizeof *r.room);
    r.before  = rw_new_array(capacity, sizeof *r.before);
    r.text    = rw_new_array(*count, sizeof *r.text);
    r.bytes   = rw_new_array(capacity, 3);
    r.classes = rw_new_array(capacity, 3);
    if (r.room == NULL || r.before == NULL || r.text == NULL || r.bytes == NULL || r.classes == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text of %zu bytes", capacity);
        goto done;
    }
    memcpy(r.text, points, *count * sizeof *points);
    for (size_t i = 0, end; i < *count; i = end) {
        for (end = i; end < *count && r.text[end] != '\n'; end++)
            r.unescape = r.unescape && r.text[end] != '<'; /* HTML: its entities are meant, here and in the lines after */
        end += end < *count;
        memcpy(points + out, r.text + i, (end - i) * sizeof *points);
        out += fix_line(&r, points + out, end - i);
    }
    *count = out;
    if (r.short_of_memory)
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text of %zu bytes", capacity);
done:
    free(r.room);
    free(r.before);
    free(r.text);
    free(r.bytes);
    free(r.classes);
    return status;
}

#include "clip/text_clean.h"

#include "clip/char_class.h"
#include "clip/html_entities.h"
#include "clip/text_repair.h"
#include "clip/unicode.h"

#include <string.h>

/* OpenCLIP: whitespace_clean(html.unescape(html.unescape(ftfy.fix_text(text)))).lower(), in Python's terms. */

static void unescape(int32_t *points, size_t *count)
{
    const int32_t *in = points, *end = points + *count;
    int32_t       *out = points; /* never ahead of `in`: a reference is longer than what it stands for */

    while (in < end) {
        const rw_html_entity *entity = NULL;
        int32_t               value  = 0;
        size_t                taken  = 0;

        if (*in != '&' || in + 1 == end) {
            *out++ = *in++;
            continue;
        }
        if (in[1] == '#')
            taken = rw_html_read_numeric(in + 1, end, &value);
        else
            taken = rw_html_read_named(in + 1, end, &entity);
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

static void collapse_spaces(int32_t *points, size_t *count)
{
    size_t out = 0;

    for (size_t i = 0; i < *count; i++)
        if (!rw_unicode_is_space(points[i]))
            points[out++] = points[i];
        else if (out > 0 && points[out - 1] != ' ')
            points[out++] = ' ';
    *count = out - (out > 0 && points[out - 1] == ' ');
}

static bool is_cased(int32_t point)
{
    return (rw_unicode_flags(point) & RW_CASED) != 0;
}

static bool is_case_ignorable(int32_t point)
{
    return (rw_unicode_flags(point) & RW_IGNORABLE) != 0;
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

/* final_sigma: as str.lower(), which looks at the letters around one; else each code point by itself. */
static void lower(int32_t *points, size_t *count, bool final_sigma)
{
    size_t grown = 0, out = 0;

    for (size_t i = 0; i < *count; i++)
        grown += points[i] == 0x130;
    memmove(points + grown, points, *count * sizeof *points); /* read from the back part, write to the front */
    for (size_t i = 0; i < *count; i++) {
        int32_t point = points[grown + i];

        if (point == 0x130) { /* capital I with dot: i and a combining dot */
            points[out++] = 'i';
            points[out++] = 0x307;
        } else if (point == 0x3a3 && final_sigma && is_final_sigma(points, out, points + grown + i + 1, *count - i - 1)) {
            points[out++] = 0x3c2;
        } else {
            points[out++] = rw_unicode_lower(point);
        }
    }
    *count = out;
}

/* That of Python's string.punctuation, which is ASCII's. */
static void drop_punctuation(int32_t *points, size_t *count, bool spaces)
{
    size_t out = 0;

    for (size_t i = 0; i < *count; i++)
        if (spaces && points[i] == '_')
            points[out++] = ' ';
        else if (points[i] >= 0x80 || !rw_class_is_punctuation(points[i]))
            points[out++] = points[i];
    *count = out;
}

rwda_status rw_text_clean(int32_t *points, size_t *count, size_t capacity, rw_text_cleaning cleaning, rwda_error *err)
{
    bool        repairs = cleaning >= RW_CLEAN_WHITESPACE && cleaning <= RW_CLEAN_CANONICALIZE;
    rwda_status status  = repairs ? rw_text_repair(points, count, capacity, err) : RWDA_OK;

    if (status != RWDA_OK)
        return status;
    if (repairs) {
        unescape(points, count);
        unescape(points, count);
    }
    switch (cleaning) {
    case RW_CLEAN_NONE: break;
    case RW_CLEAN_WHITESPACE: collapse_spaces(points, count); break;
    case RW_CLEAN_LOWER:
        collapse_spaces(points, count);
        lower(points, count, true);
        break;
    case RW_CLEAN_CANONICALIZE:
        drop_punctuation(points, count, true);
        lower(points, count, true);
        collapse_spaces(points, count);
        break;
    case RW_CLEAN_PUNCTUATION:
        lower(points, count, true);
        drop_punctuation(points, count, false);
        collapse_spaces(points, count);
        break;
    case RW_CLEAN_LOWERCASE: lower(points, count, false); break;
    }
    return RWDA_OK;
}

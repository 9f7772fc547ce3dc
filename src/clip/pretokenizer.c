#include "clip/pretokenizer.h"

#include "base/memory.h"
#include "clip/char_class.h"
#include "clip/normalizer.h"
#include "clip/tokenizer_part.h"
#include "clip/unicode.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 64

/* OpenAI's pattern of GPT-2, which ByteLevel cuts by. */
#define GPT2_PATTERN "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

/* A step takes one piece of text, in work->text with its shift, and adds what it leaves of it to work->next. */
struct rw_pretokenizer_kind {
    const char *name;
    rwda_status (*read)(rw_pretokenizer_step *step, const json_t *json, const char *name,
                        rwda_error *err); /* NULL: nothing */
    rwda_status (*run)(rw_text_work *work, const rw_pretokenizer_step *step, int32_t shift, rwda_error *err);
};

/* The spans of work->text, which are those to be kept, become pieces. */
static rwda_status add_spans(rw_text_work *work, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (size_t i = 0; i < work->span_count && status == RWDA_OK; i++) {
        const rw_span *s = &work->spans[i];

        if (s->begin < s->end)
            status =
                rw_pieces_add(&work->next, &work->text, s->begin, s->end, work->text.origins[s->begin], RW_PIECE_TEXT, err);
    }
    return status;
}

/* Spans of work->text by a number for each code point: a change of number begins one, and so does every code point of a number that is
 * `single`.  A match has the number 1. */
static rwda_status spans_by(rw_text_work *work, int (*class_of)(const rw_pretokenizer_step *step, int32_t point),
                            const rw_pretokenizer_step *step, int single, rwda_error *err)
{
    int before = -1;

    work->span_count = 0;
    for (size_t i = 0; i < work->text.n; i++) {
        int class = class_of(step, work->text.points[i]);

        if (class != before || class == single) {
            if (!rw_array_reserve((void **)&work->spans, &work->span_room, work->span_count, 1, sizeof *work->spans))
                return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "words of a text of %zu characters", work->text.n);
            work->spans[work->span_count++] = (rw_span){ i, i, class == 1 };
        }
        work->spans[work->span_count - 1].end = i + 1;
        before                                = class;
    }
    return RWDA_OK;
}

static rwda_status split_by(rw_text_work *work, int (*class_of)(const rw_pretokenizer_step *step, int32_t point),
                            const rw_pretokenizer_step *step, int single, rw_split_behaviour behaviour, rwda_error *err)
{
    rwda_status status = spans_by(work, class_of, step, single, err);

    if (status != RWDA_OK)
        return status;
    work->span_count = rw_split_spans(work->spans, work->span_count, behaviour);
    return add_spans(work, err);
}

/* ---- By kinds of code points ---------------------------------------------------------------------------------------------- */

static int space_class(const rw_pretokenizer_step *step, int32_t point)
{
    (void)step;
    return rw_class_is_space(point);
}

static rwda_status run_whitespace_split(rw_text_work *work, const rw_pretokenizer_step *step, int32_t shift, rwda_error *err)
{
    (void)shift;
    return split_by(work, space_class, step, 1, RW_SPLIT_REMOVED, err);
}

/* Space 1, word 2, other 3. */
static int word_class(const rw_pretokenizer_step *step, int32_t point)
{
    (void)step;
    return rw_class_is_word(point, true) ? 2 : rw_class_is_space(point) ? 1 : 3;
}

static rwda_status run_whitespace(rw_text_work *work, const rw_pretokenizer_step *step, int32_t shift, rwda_error *err)
{
    (void)shift;
    return split_by(work, word_class, step, -1, RW_SPLIT_REMOVED, err);
}

static int punctuation_class(const rw_pretokenizer_step *step, int32_t point)
{
    (void)step;
    return rw_class_is_punctuation(point);
}

static rwda_status run_punctuation(rw_text_work *work, const rw_pretokenizer_step *step, int32_t shift, rwda_error *err)
{
    (void)shift;
    return split_by(work, punctuation_class, step, 1, step->behaviour, err);
}

static int digit_class(const rw_pretokenizer_step *step, int32_t point)
{
    (void)step;
    return (rw_class_bit(point) & RW_CLASS_NUMBER) != 0;
}

static rwda_status run_digits(rw_text_work *work, const rw_pretokenizer_step *step, int32_t shift, rwda_error *err)
{
    (void)shift;
    return split_by(work, digit_class, step, 1, step->single ? RW_SPLIT_ISOLATED : RW_SPLIT_CONTIGUOUS, err);
}

static int delimiter_class(const rw_pretokenizer_step *step, int32_t point)
{
    return point == step->point;
}

static rwda_status run_delimiter(rw_text_work *work, const rw_pretokenizer_step *step, int32_t shift, rwda_error *err)
{
    (void)shift;
    return split_by(work, delimiter_class, step, 1, RW_SPLIT_REMOVED, err);
}

static rwda_status run_fixed_length(rw_text_work *work, const rw_pretokenizer_step *step, int32_t shift, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    (void)shift;
    for (size_t i = 0, end; i < work->text.n && status == RWDA_OK; i = end) {
        end    = work->text.n - i < step->length ? work->text.n : i + step->length;
        status = rw_pieces_add(&work->next, &work->text, i, end, work->text.origins[i], RW_PIECE_TEXT, err);
    }
    return status;
}

static rwda_status read_digits(rw_pretokenizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    return rw_part_flag(&step->single, json, "individual_digits", -1, name, err);
}

static rwda_status read_point(rw_pretokenizer_step *step, const json_t *json, const char *key, const char *name,
                              rwda_error *err)
{
    rw_chars    text   = { 0 };
    rwda_status status = rw_part_text(&text, json, key, name, err);

    if (status == RWDA_OK && text.n != 1)
        status = rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: %.40s of %.40s has %zu characters, not 1", name, key,
                         rw_part_type(json), text.n);
    if (status == RWDA_OK)
        step->point = text.points[0];
    rw_chars_done(&text);
    return status;
}

static rwda_status read_delimiter(rw_pretokenizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    return read_point(step, json, "delimiter", name, err);
}

static rwda_status read_fixed_length(rw_pretokenizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    const json_t *length = json_object_get(json, "length");

    step->length = 5;
    if (length == NULL)
        return RWDA_OK;
    if (!json_is_integer(length) || json_integer_value(length) < 1)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: length of FixedLength is no whole number above 0", name);
    step->length = (size_t)json_integer_value(length);
    return RWDA_OK;
}

/* ---- Split --------------------------------------------------------------------------------------------------------------------- */

static rwda_status read_behaviour(rw_pretokenizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    static const char *const names[] = { "Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous" };
    const char              *text    = json_string_value(json_object_get(json, "behavior"));

    for (size_t i = 0; text != NULL && i < RW_COUNTOF(names); i++)
        if (strcmp(text, names[i]) == 0) {
            step->behaviour = (rw_split_behaviour)i;
            return RWDA_OK;
        }
    return rw_part_refuse("behavior", text != NULL ? text : "", name, err);
}

static rwda_status read_punctuation(rw_pretokenizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    step->behaviour = RW_SPLIT_ISOLATED;
    return json_object_get(json, "behavior") == NULL ? RWDA_OK : read_behaviour(step, json, name, err);
}

static rwda_status read_split(rw_pretokenizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    rwda_status status;

    RW_TRY(rw_part_pattern(&step->pattern, json, name, err));
    RW_TRY(rw_part_flag(&step->invert, json, "invert", -1, name, err));
    RW_TRY(read_behaviour(step, json, name, err));
done:
    return status;
}

static rwda_status run_split(rw_text_work *work, const rw_pretokenizer_step *step, int32_t shift, rwda_error *err)
{
    rwda_status status = rw_pattern_cut(&work->spans, &work->span_count, &work->span_room, step->pattern, work->text.points,
                                        work->text.n, &work->budget, err);

    (void)shift;
    if (status != RWDA_OK)
        return status;
    for (size_t i = 0; step->invert && i < work->span_count; i++)
        work->spans[i].match = !work->spans[i].match;
    work->span_count = rw_split_spans(work->spans, work->span_count, step->behaviour);
    return add_spans(work, err);
}

/* ---- Metaspace ------------------------------------------------------------------------------------------------------------------ */

static rwda_status read_metaspace(rw_pretokenizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    static const char *const names[] = { "always", "first", "never" };
    const json_t            *scheme  = json_object_get(json, "prepend_scheme");
    size_t                   i       = 0;
    bool                     prefix  = true;
    rwda_status              status;

    RW_TRY(read_point(step, json, "replacement", name, err));
    RW_TRY(rw_part_flag(&step->split, json, "split", 1, name, err));
    RW_TRY(rw_part_flag(&prefix, json, "add_prefix_space", 1, name, err));
    while (scheme != NULL && i < RW_COUNTOF(names) &&
           (!json_is_string(scheme) || strcmp(json_string_value(scheme), names[i]) != 0))
        i++;
    if (i == RW_COUNTOF(names))
        return rw_part_refuse("prepend_scheme", json_is_string(scheme) ? json_string_value(scheme) : "", name, err);
    step->scheme = (rw_prepend_scheme)i;
    if (!prefix && step->scheme != RW_PREPEND_NEVER)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: Metaspace without add_prefix_space has prepend_scheme %s",
                       name, names[i]);
done:
    return status;
}

/* Puts a code point before work->text, with the origin of its first one. */
static rwda_status prepend(rw_text_work *work, int32_t point, rwda_error *err)
{
    rw_chars   *text   = &work->text;
    rwda_status status = rw_chars_reserve(text, 1, err);

    if (status != RWDA_OK || text->n == 0)
        return status;
    memmove(text->points + 1, text->points, text->n * sizeof *text->points);
    memmove(text->origins + 1, text->origins, text->n * sizeof *text->origins);
    text->points[0] = point;
    text->n++;
    return RWDA_OK;
}

static rwda_status run_metaspace(rw_text_work *work, const rw_pretokenizer_step *step, int32_t shift, rwda_error *err)
{
    rw_chars   *text   = &work->text;
    rwda_status status = RWDA_OK;

    for (size_t i = 0; i < text->n; i++)
        if (text->points[i] == ' ')
            text->points[i] = step->point;
    if (text->points[0] != step->point &&
        (step->scheme == RW_PREPEND_ALWAYS || (step->scheme == RW_PREPEND_FIRST && shift == 0)))
        status = prepend(work, step->point, err);
    if (status != RWDA_OK)
        return status;
    if (step->split)
        return split_by(work, delimiter_class, step, 1, RW_SPLIT_MERGED_WITH_NEXT, err);
    return rw_pieces_add(&work->next, text, 0, text->n, shift, RW_PIECE_TEXT, err);
}

/* ---- ByteLevel -------------------------------------------------------------------------------------------------------------------- */

static rwda_status read_byte_level(rw_pretokenizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    bool        regex;
    rwda_status status;

    RW_TRY(rw_part_flag(&step->prefix, json, "add_prefix_space", -1, name, err));
    RW_TRY(rw_part_flag(&regex, json, "use_regex", 1, name, err));
    if (regex)
        RW_TRY(rw_pattern_new(&step->pattern, GPT2_PATTERN, strlen(GPT2_PATTERN), name, err));
done:
    return status;
}

/* Every byte of the pieces from `first` on becomes a character. */
static rwda_status bytes_to_chars(rw_text_work *work, size_t first, rwda_error *err)
{
    rw_pieces  *next   = &work->next;
    size_t      begin  = first < next->count ? next->pieces[first].begin : next->chars.n;
    rwda_status status = RWDA_OK;

    work->spare.n = 0;
    for (size_t p = first; p < next->count; p++) {
        rw_piece *piece = &next->pieces[p];
        size_t    at    = work->spare.n;

        status = rw_chars_reserve(&work->spare, 4 * (piece->end - piece->begin), err);
        if (status != RWDA_OK)
            return status;
        for (size_t i = piece->begin; i < piece->end; i++) {
            uint8_t bytes[4];
            size_t  len = rw_utf8_encode(bytes, next->chars.points[i]);

            for (size_t k = 0; k < len; k++)
                rw_chars_add(&work->spare, rw_byte_level_point(bytes[k]), next->chars.origins[i]);
        }
        piece->begin = begin + at;
        piece->end   = begin + work->spare.n;
    }
    next->chars.n = begin;
    return rw_chars_append(&next->chars, &work->spare, 0, work->spare.n, err);
}

static rwda_status run_byte_level(rw_text_work *work, const rw_pretokenizer_step *step, int32_t shift, rwda_error *err)
{
    size_t      first  = work->next.count;
    rwda_status status = RWDA_OK;

    if (step->prefix && work->text.points[0] != ' ')
        RW_TRY(prepend(work, ' ', err));
    if (step->pattern != NULL) {
        RW_TRY(rw_pattern_cut(&work->spans, &work->span_count, &work->span_room, step->pattern, work->text.points,
                              work->text.n, &work->budget, err));
        RW_TRY(add_spans(work, err));
    } else {
        RW_TRY(rw_pieces_add(&work->next, &work->text, 0, work->text.n, shift, RW_PIECE_TEXT, err));
    }
    RW_TRY(bytes_to_chars(work, first, err));
done:
    return status;
}

/* ---- The list of steps ---------------------------------------------------------------------------------------------------------------- */

static const struct rw_pretokenizer_kind kinds[] = {
    { "Metaspace", read_metaspace, run_metaspace },
    { "ByteLevel", read_byte_level, run_byte_level },
    { "Split", read_split, run_split },
    { "Whitespace", NULL, run_whitespace },
    { "WhitespaceSplit", NULL, run_whitespace_split },
    { "Punctuation", read_punctuation, run_punctuation },
    { "Digits", read_digits, run_digits },
    { "CharDelimiterSplit", read_delimiter, run_delimiter },
    { "FixedLength", read_fixed_length, run_fixed_length },
};

static rwda_status add_step(rw_pretokenizer *out, const char *type, const json_t *json, const char *name, rwda_error *err)
{
    rw_pretokenizer_step *step;
    size_t                kind = 0;

    while (kind < RW_COUNTOF(kinds) && strcmp(type, kinds[kind].name) != 0)
        kind++;
    if (kind == RW_COUNTOF(kinds))
        return rw_part_refuse("pre-tokenizer", type, name, err);
    if (out->count == STEPS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: over %d pre-tokenizers", name, STEPS_MAX);
    if (!rw_array_reserve((void **)&out->steps, &out->room, out->count, 1, sizeof *out->steps))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.100s: pre-tokenizers", name);
    step       = &out->steps[out->count++];
    *step      = (rw_pretokenizer_step){ 0 };
    step->kind = &kinds[kind];
    return kinds[kind].read != NULL ? kinds[kind].read(step, json, name, err) : RWDA_OK;
}

static rwda_status read_steps(rw_pretokenizer *out, const json_t *json, int depth, const char *name, rwda_error *err)
{
    const char *type   = rw_part_type(json);
    rwda_status status = RWDA_OK;

    if (strcmp(type, "Sequence") == 0 && depth < RW_PART_DEPTH_MAX) {
        const json_t *list = json_object_get(json, "pretokenizers");

        for (size_t i = 0; i < json_array_size(list) && status == RWDA_OK; i++)
            status = read_steps(out, json_array_get(list, i), depth + 1, name, err);
        return status;
    }
    if (strcmp(type, "BertPreTokenizer") == 0) { /* two others, one after the other */
        status = add_step(out, "WhitespaceSplit", json, name, err);
        return status == RWDA_OK ? add_step(out, "Punctuation", json, name, err) : status;
    }
    return add_step(out, type, json, name, err);
}

rwda_status rw_pretokenizer_read(rw_pretokenizer *out, const json_t *json, const char *name, rwda_error *err)
{
    return json == NULL || json_is_null(json) ? RWDA_OK : read_steps(out, json, 0, name, err);
}

void rw_pretokenizer_done(rw_pretokenizer *pretokenizer)
{
    for (size_t i = 0; i < pretokenizer->count; i++)
        rw_pattern_free(pretokenizer->steps[i].pattern);
    free(pretokenizer->steps);
    memset(pretokenizer, 0, sizeof *pretokenizer);
}

rwda_status rw_pretokenizer_run(rw_text_work *work, const rw_pretokenizer *pretokenizer, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (size_t s = 0; s < pretokenizer->count; s++) {
        rw_pieces_clear(&work->next);
        for (size_t i = 0; i < work->now.count; i++) {
            const rw_piece *piece = &work->now.pieces[i];

            if (piece->id != RW_PIECE_TEXT) {
                RW_TRY(rw_pieces_add(&work->next, &work->now.chars, piece->begin, piece->end, piece->shift, piece->id, err));
                continue;
            }
            work->text.n = 0;
            RW_TRY(rw_chars_append(&work->text, &work->now.chars, piece->begin, piece->end, err));
            RW_TRY(pretokenizer->steps[s].kind->run(work, &pretokenizer->steps[s], piece->shift, err));
        }
        rw_pieces_swap(&work->now, &work->next);
    }
done:
    return status;
}

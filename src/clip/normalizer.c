#include "clip/normalizer.h"

#include "base/memory.h"
#include "clip/char_class.h"
#include "clip/tokenizer_part.h"
#include "clip/unicode.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define STEPS_MAX 64

/* A step reads work->text and writes work->spare, whose origins are changes until settle(): 0 stands for the next code point, 1 is new, -N
 * stands for the next one and N more that go. */
struct rw_normalizer_kind {
    const char *name;
    rwda_status (*read)(rw_normalizer_step *step, const json_t *json, const char *name, rwda_error *err); /* NULL: nothing */
    rwda_status (*run)(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err);
};

/* The spare text, with its origins, becomes the text. */
static void replace_text(rw_text_work *work)
{
    rw_chars_swap(&work->text, &work->spare);
    work->spare.n = 0;
}

/* Changes in the spare text become origins, and it becomes the text; the first `skipped` code points go. */
static void settle(rw_text_work *work, size_t skipped)
{
    rw_chars *in = &work->text, *out = &work->spare;
    size_t    k = skipped < in->n ? skipped : in->n;

    for (size_t i = 0; i < out->n; i++) {
        int32_t change = out->origins[i];
        size_t  from   = change > 0 && k > 0 ? k - 1 : k;

        out->origins[i] = in->n == 0 ? 0 : in->origins[from < in->n ? from : in->n - 1];
        if (change <= 0)
            k = in->n - k < (size_t)(1 - change) ? in->n : k + (size_t)(1 - change);
    }
    replace_text(work);
}

/* ---- Unicode's forms ------------------------------------------------------------------------------------------------------ */

/* text [begin, end), which has no inert code point, behind the spare text. */
static rwda_status form_part(rw_text_work *work, size_t begin, size_t end, unsigned options, rwda_error *err)
{
    rw_chars        *out = &work->spare;
    size_t           len, room;
    utf8proc_ssize_t n;
    rwda_status      status;

    RW_TRY(rw_text_bytes(&len, work, &work->text, begin, end, err));
    RW_TRY(rw_chars_reserve(out, len + 1, err));
    room = len + 1;
    n    = utf8proc_decompose((const utf8proc_uint8_t *)work->bytes, (utf8proc_ssize_t)len, out->points + out->n,
                              (utf8proc_ssize_t)room, (utf8proc_option_t)options);
    if (n > (utf8proc_ssize_t)room) {
        RW_TRY(rw_chars_reserve(out, (size_t)n, err));
        n = utf8proc_decompose((const utf8proc_uint8_t *)work->bytes, (utf8proc_ssize_t)len, out->points + out->n, n,
                               (utf8proc_option_t)options);
    }
    if (n >= 0 && (options & UTF8PROC_COMPOSE) != 0)
        n = utf8proc_normalize_utf32(out->points + out->n, n, (utf8proc_option_t)options);
    if (n < 0)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "normalization of %zu bytes: %.80s", len, utf8proc_errmsg(n));
    /* changes are not tracked: one for one, what is more is new, what is less goes last */
    for (size_t i = 0; i < (size_t)n; i++)
        out->origins[out->n + i] = i >= end - begin;
    if (n > 0 && (size_t)n < end - begin)
        out->origins[out->n + (size_t)n - 1] = -(int32_t)(end - begin - (size_t)n);
    out->n += (size_t)n;
done:
    return status;
}

static rwda_status unicode_form(rw_text_work *work, unsigned options, rwda_error *err)
{
    const rw_chars *in     = &work->text;
    rwda_status     status = RWDA_OK;

    for (size_t begin = 0, end; begin < in->n; begin = end) {
        for (end = begin; end < in->n && !rw_class_is_inert(in->points[end]);)
            end++;
        if (end > begin)
            RW_TRY(form_part(work, begin, end, options, err));
        for (; end < in->n && rw_class_is_inert(in->points[end]); end++) {
            RW_TRY(rw_chars_reserve(&work->spare, 1, err));
            rw_chars_add(&work->spare, in->points[end], 0);
        }
    }
    settle(work, 0);
done:
    return status;
}

static rwda_status run_nfc(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    (void)step;
    return unicode_form(work, UTF8PROC_STABLE | UTF8PROC_COMPOSE, err);
}

static rwda_status run_nfkc(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    (void)step;
    return unicode_form(work, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT, err);
}

static rwda_status run_nfd(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    (void)step;
    return unicode_form(work, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, err);
}

static rwda_status run_nfkd(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    (void)step;
    return unicode_form(work, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, err);
}

/* ---- One code point at a time ------------------------------------------------------------------------------------------------ */

/* Keeps the code points of a predicate. */
static rwda_status filter(rw_text_work *work, bool (*keep)(int32_t point), rwda_error *err)
{
    size_t      skipped = 0;
    rwda_status status  = rw_chars_reserve(&work->spare, work->text.n + 1, err);

    for (size_t i = 0; status == RWDA_OK && i < work->text.n; i++)
        if (keep(work->text.points[i]))
            rw_chars_add(&work->spare, work->text.points[i], 0);
        else if (work->spare.n > 0)
            work->spare.origins[work->spare.n - 1]--;
        else
            skipped++;
    if (status == RWDA_OK)
        settle(work, skipped);
    return status;
}

static bool is_no_mark(int32_t point)
{
    return !rw_class_is_mark(point);
}

static bool is_no_nonspacing_mark(int32_t point)
{
    return !rw_class_is_nonspacing_mark(point);
}

static rwda_status run_strip_accents(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    (void)step;
    return filter(work, is_no_mark, err);
}

/* Lower case of single code points: of a final sigma it knows nothing. */
static rwda_status run_lowercase(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    rwda_status status = rw_chars_reserve(&work->spare, 2 * work->text.n + 1, err);

    (void)step;
    for (size_t i = 0; status == RWDA_OK && i < work->text.n; i++) {
        int32_t point = work->text.points[i];

        rw_chars_add(&work->spare, point == 0x130 ? 'i' : rw_unicode_lower(point), 0);
        if (point == 0x130)
            rw_chars_add(&work->spare, 0x307, 1);
    }
    if (status == RWDA_OK)
        settle(work, 0);
    return status;
}

static bool is_kept_by_nmt(int32_t c)
{
    return !((c >= 1 && c <= 8) || c == 0xb || (c >= 0xe && c <= 0x1f) || c == 0x7f || c == 0x8f || c == 0x9f);
}

static rwda_status run_nmt(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    rwda_status status = filter(work, is_kept_by_nmt, err);

    (void)step;
    for (size_t i = 0; i < work->text.n; i++) {
        int32_t *c = &work->text.points[i];

        if (*c == 9 || *c == 10 || *c == 12 || *c == 13 || *c == 0x1680 || (*c >= 0x200b && *c <= 0x200f) || *c == 0x2028 ||
            *c == 0x2029 || *c == 0x2581 || *c == 0xfeff || *c == 0xfffd)
            *c = ' ';
    }
    return status;
}

int32_t rw_byte_level_point(uint8_t byte)
{
    if ((byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174)
        return byte;
    return 256 + (byte <= 32 ? byte : byte <= 160 ? byte - 127 + 33 : 67);
}

static rwda_status run_byte_level(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    rwda_status status = rw_chars_reserve(&work->spare, 4 * work->text.n + 1, err);

    (void)step;
    for (size_t i = 0; status == RWDA_OK && i < work->text.n; i++) {
        uint8_t bytes[4];
        size_t  len = rw_utf8_encode(bytes, work->text.points[i]);

        for (size_t k = 0; k < len; k++)
            rw_chars_add(&work->spare, rw_byte_level_point(bytes[k]), k > 0);
    }
    if (status == RWDA_OK)
        settle(work, 0);
    return status;
}

/* ---- Strip, Prepend, Replace ---------------------------------------------------------------------------------------------------- */

static rwda_status read_strip(rw_normalizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    rwda_status status = rw_part_flag(&step->left, json, "strip_left", -1, name, err);

    return status == RWDA_OK ? rw_part_flag(&step->right, json, "strip_right", -1, name, err) : status;
}

static rwda_status run_strip(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    size_t      begin = 0, end = work->text.n;
    rwda_status status;

    while (step->left && begin < end && rw_class_is_space(work->text.points[begin]))
        begin++;
    while (step->right && end > begin && rw_class_is_space(work->text.points[end - 1]))
        end--;
    status = rw_chars_reserve(&work->spare, end - begin + 1, err);
    for (size_t i = begin; status == RWDA_OK && i < end; i++)
        rw_chars_add(&work->spare, work->text.points[i], 0);
    if (status == RWDA_OK)
        settle(work, begin);
    return status;
}

static rwda_status read_prepend(rw_normalizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    return rw_part_text(&step->content, json, "prepend", name, err);
}

static rwda_status run_prepend(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    rwda_status status = rw_chars_reserve(&work->spare, step->content.n + work->text.n + 1, err);

    for (size_t i = 0; status == RWDA_OK && work->text.n > 0 && i < step->content.n; i++)
        rw_chars_add(&work->spare, step->content.points[i], i > 0);
    for (size_t i = 0; status == RWDA_OK && i < work->text.n; i++)
        rw_chars_add(&work->spare, work->text.points[i], i == 0 && step->content.n > 0);
    if (status == RWDA_OK)
        settle(work, 0);
    return status;
}

static rwda_status read_replace(rw_normalizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    rwda_status status = rw_part_pattern(&step->pattern, json, name, err);

    return status == RWDA_OK ? rw_part_text(&step->content, json, "content", name, err) : status;
}

/* What is put in has the origin of the last code point that it replaces. */
static rwda_status run_replace(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    const rw_chars *in = &work->text;
    rwda_status status = rw_pattern_cut(&work->spans, &work->span_count, &work->span_room, step->pattern, in->points, in->n,
                                        &work->budget, err);

    for (size_t s = 0; status == RWDA_OK && s < work->span_count; s++) {
        const rw_span *span = &work->spans[s];

        if (!span->match) {
            status = rw_chars_append(&work->spare, in, span->begin, span->end, err);
            continue;
        }
        status = rw_chars_reserve(&work->spare, step->content.n + 1, err);
        for (size_t i = 0; status == RWDA_OK && i < step->content.n; i++)
            rw_chars_add(&work->spare, step->content.points[i], span->end > 0 ? in->origins[span->end - 1] : 0);
    }
    if (status == RWDA_OK)
        replace_text(work);
    return status;
}

/* ---- Precompiled ------------------------------------------------------------------------------------------------------------------ */

static rwda_status read_precompiled(rw_normalizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    const json_t *text = json_object_get(json, "precompiled_charsmap");

    if (!json_is_string(text))
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.100s: Precompiled has no precompiled_charsmap", name);
    return rw_charsmap_new(&step->map, json_string_value(text), json_string_length(text), name, err);
}

/* `old` code points become the UTF-8 text [len].  The changes are those of `tokenizers`: the last ones are new, and what goes is put on the
 * code point before, where there is one. */
static rwda_status put_rule(rw_text_work *work, size_t old, const char *text, size_t len, rwda_error *err)
{
    rw_chars   *out = &work->spare;
    size_t      n;
    rwda_status status = rw_chars_reserve(out, len + 1, err);

    if (status != RWDA_OK)
        return status;
    n = rw_utf8_decode(out->points + out->n, (const uint8_t *)text, len);
    for (size_t i = 0; i < n; i++)
        out->origins[out->n++] = i >= old;
    if (n < old && out->n > 0)
        out->origins[out->n - 1] -= (int32_t)(old - n);
    return RWDA_OK;
}

static rwda_status run_precompiled(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    const rw_chars *in     = &work->text;
    rwda_status     status = RWDA_OK;

    for (size_t begin = 0, end; status == RWDA_OK && begin < in->n; begin = end) {
        utf8proc_int32_t state = 0;
        size_t           len, new_len;
        const char      *found = NULL;

        for (end = begin + 1;
             end < in->n && !utf8proc_grapheme_break_stateful(in->points[end - 1], in->points[end], &state);)
            end++;
        status = rw_text_bytes(&len, work, in, begin, end, err);
        if (status == RWDA_OK && len < 6) /* a whole grapheme by the rule of its beginning: so in the reference */
            found = rw_charsmap_find(&new_len, step->map, work->bytes, len);
        if (found != NULL) {
            status = put_rule(work, end - begin, found, new_len, err);
            continue;
        }
        for (size_t i = begin; status == RWDA_OK && i < end; i++) {
            char one[4];

            found = rw_charsmap_find(&new_len, step->map, one, rw_utf8_encode((uint8_t *)one, in->points[i]));
            if (found != NULL)
                status = put_rule(work, 1, found, new_len, err);
            else if ((status = rw_chars_reserve(&work->spare, 1, err)) == RWDA_OK)
                rw_chars_add(&work->spare, in->points[i], 0);
        }
    }
    if (status == RWDA_OK)
        settle(work, 0);
    return status;
}

/* ---- BertNormalizer ------------------------------------------------------------------------------------------------------------------ */

static rwda_status read_bert(rw_normalizer_step *step, const json_t *json, const char *name, rwda_error *err)
{
    rwda_status status;

    RW_TRY(rw_part_flag(&step->clean, json, "clean_text", -1, name, err));
    RW_TRY(rw_part_flag(&step->ideographs, json, "handle_chinese_chars", -1, name, err));
    RW_TRY(rw_part_flag(&step->lower, json, "lowercase", -1, name, err));
    RW_TRY(rw_part_flag(&step->accents, json, "strip_accents", step->lower, name, err));
done:
    return status;
}

static bool is_kept_by_bert(int32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || !rw_class_is_dropped_by_bert(c);
}

static bool is_ideograph(int32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2a6df) ||
           (c >= 0x2a700 && c <= 0x2b73f) || (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

static rwda_status run_bert(rw_text_work *work, const rw_normalizer_step *step, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    if (step->clean) {
        RW_TRY(filter(work, is_kept_by_bert, err));
        for (size_t i = 0; i < work->text.n; i++)
            if (rw_class_is_space(work->text.points[i]))
                work->text.points[i] = ' ';
    }
    if (step->ideographs) {
        RW_TRY(rw_chars_reserve(&work->spare, 3 * work->text.n + 1, err));
        for (size_t i = 0; i < work->text.n; i++) {
            bool around = is_ideograph(work->text.points[i]);

            if (around)
                rw_chars_add(&work->spare, ' ', 0);
            rw_chars_add(&work->spare, work->text.points[i], around);
            if (around)
                rw_chars_add(&work->spare, ' ', 1);
        }
        settle(work, 0);
    }
    if (step->accents) {
        RW_TRY(unicode_form(work, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, err));
        RW_TRY(filter(work, is_no_nonspacing_mark, err));
    }
    if (step->lower)
        RW_TRY(run_lowercase(work, step, err));
done:
    return status;
}

/* ---- The list of steps ------------------------------------------------------------------------------------------------------------------ */

static const struct rw_normalizer_kind kinds[] = {
    { "NFC", NULL, run_nfc },
    { "NFD", NULL, run_nfd },
    { "NFKC", NULL, run_nfkc },
    { "NFKD", NULL, run_nfkd },
    { "Lowercase", NULL, run_lowercase },
    { "StripAccents", NULL, run_strip_accents },
    { "Strip", read_strip, run_strip },
    { "Prepend", read_prepend, run_prepend },
    { "Replace", read_replace, run_replace },
    { "Precompiled", read_precompiled, run_precompiled },
    { "Nmt", NULL, run_nmt },
    { "ByteLevel", NULL, run_byte_level },
    { "BertNormalizer", read_bert, run_bert },
};

static rwda_status read_steps(rw_normalizer *out, const json_t *json, int depth, const char *name, rwda_error *err)
{
    const char         *type = rw_part_type(json);
    rw_normalizer_step *step;
    size_t              kind   = 0;
    rwda_status         status = RWDA_OK;

    if (strcmp(type, "Sequence") == 0 && depth < RW_PART_DEPTH_MAX) {
        const json_t *list = json_object_get(json, "normalizers");

        for (size_t i = 0; i < json_array_size(list) && status == RWDA_OK; i++)
            status = read_steps(out, json_array_get(list, i), depth + 1, name, err);
        return status;
    }
    while (kind < RW_COUNTOF(kinds) && strcmp(type, kinds[kind].name) != 0)
        kind++;
    if (kind == RW_COUNTOF(kinds))
        return rw_part_refuse("normalizer", type, name, err);
    if (out->count == STEPS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: over %d normalizers", name, STEPS_MAX);
    if (!rw_array_reserve((void **)&out->steps, &out->room, out->count, 1, sizeof *out->steps))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.100s: normalizers", name);
    step       = &out->steps[out->count++];
    *step      = (rw_normalizer_step){ 0 };
    step->kind = &kinds[kind];
    return kinds[kind].read != NULL ? kinds[kind].read(step, json, name, err) : RWDA_OK;
}

rwda_status rw_normalizer_read(rw_normalizer *out, const json_t *json, const char *name, rwda_error *err)
{
    return json == NULL || json_is_null(json) ? RWDA_OK : read_steps(out, json, 0, name, err);
}

void rw_normalizer_done(rw_normalizer *normalizer)
{
    for (size_t i = 0; i < normalizer->count; i++) {
        rw_pattern_free(normalizer->steps[i].pattern);
        rw_charsmap_free(normalizer->steps[i].map);
        rw_chars_done(&normalizer->steps[i].content);
    }
    free(normalizer->steps);
    memset(normalizer, 0, sizeof *normalizer);
}

rwda_status rw_normalizer_run(rw_text_work *work, const rw_normalizer *normalizer, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    work->spare.n = 0;
    for (size_t i = 0; i < normalizer->count; i++)
        RW_TRY(normalizer->steps[i].kind->run(work, &normalizer->steps[i], err));
done:
    return status;
}

#include "clip/pattern_program.h"

#include "base/memory.h"
#include "clip/char_class.h"
#include "clip/unicode.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16
#define COUNT_MAX 1000 /* of a repetition */
#define MANY      INT32_MAX

/* Jumps are relative while a program is made, so that its parts can be moved and copied; absolute in the end. */
typedef struct {
    rw_program *out;
    int32_t    *points; /* of the pattern */
    size_t      n, i;
    const char *name, *text;
    size_t      len;
    bool        ignore_case;
    int         depth;
    rwda_error *err;
    rwda_status status;
} compiler;

static void refuse(compiler *c, rwda_status code, const char *what)
{
    if (c->status == RWDA_OK)
        c->status = rw_fail(c->err, code, RWDA_NO_OFFSET, "%.100s: pattern \"%.*s\": %s", c->name,
                            (int)(c->len < 60 ? c->len : 60), c->text, what);
}

static bool more(const compiler *c)
{
    return c->i < c->n && c->status == RWDA_OK;
}

static bool next_is(const compiler *c, int32_t point)
{
    return more(c) && c->points[c->i] == point;
}

/* Do the next code points spell this? */
static bool spells(const compiler *c, const char *word)
{
    size_t n = strlen(word);

    if (c->n - c->i < n)
        return false;
    for (size_t k = 0; k < n; k++)
        if (c->points[c->i + k] != word[k])
            return false;
    return true;
}

/* ---- Emitting -------------------------------------------------------------------------------------------------------------- */

static bool make_room(compiler *c, size_t count)
{
    rw_program *p = c->out;

    if (c->status == RWDA_OK && p->n + count > RW_PROGRAM_MAX)
        refuse(c, RWDA_ELIMIT, "it unfolds to too many instructions");
    if (c->status == RWDA_OK && !rw_array_reserve((void **)&p->code, &p->room, p->n, count, sizeof *p->code))
        refuse(c, RWDA_ENOMEM, "no memory");
    return c->status == RWDA_OK;
}

static void insert(compiler *c, size_t at, rw_op op, int64_t a, int64_t b)
{
    rw_program *p = c->out;

    if (!make_room(c, 1))
        return;
    memmove(p->code + at + 1, p->code + at, (p->n - at) * sizeof *p->code);
    p->code[at] = (rw_instruction){ op, (uint32_t)a, (uint32_t)b };
    p->n++;
}

static void emit(compiler *c, rw_op op, int64_t a, int64_t b)
{
    insert(c, c->out->n, op, a, b);
}

static void emit_copy(compiler *c, const rw_instruction *code, size_t n)
{
    if (!make_room(c, n))
        return;
    memcpy(c->out->code + c->out->n, code, n * sizeof *code);
    c->out->n += n;
}

static void add_item(compiler *c, rw_class_item item)
{
    rw_program *p = c->out;

    if (p->n_items == RW_PROGRAM_MAX)
        refuse(c, RWDA_ELIMIT, "too many classes");
    if (c->status == RWDA_OK && !rw_array_reserve((void **)&p->items, &p->item_room, p->n_items, 1, sizeof *p->items))
        refuse(c, RWDA_ENOMEM, "no memory");
    if (c->status == RWDA_OK)
        p->items[p->n_items++] = item;
}

bool rw_class_item_has(const rw_class_item *item, int32_t point)
{
    bool has = false;

    switch (item->kind) {
    case RW_ITEM_RANGE: has = (uint32_t)point >= item->first && (uint32_t)point <= item->last; break;
    case RW_ITEM_CATEGORIES: has = (rw_class_bit(point) & item->first) != 0; break;
    case RW_ITEM_SPACE: has = rw_class_is_space(point); break;
    case RW_ITEM_WORD: has = rw_class_is_word(point, false); break;
    }
    return has != item->negated;
}

/* The items from `first` on become a class, and an instruction that asks for it. */
static void end_class(compiler *c, size_t first, bool negated)
{
    rw_program *p = c->out;
    rw_class *class;

    if (c->status == RWDA_OK && !rw_array_reserve((void **)&p->classes, &p->class_room, p->n_classes, 1, sizeof *p->classes))
        refuse(c, RWDA_ENOMEM, "no memory");
    if (c->status != RWDA_OK)
        return;
    class  = &p->classes[p->n_classes];
    *class = (rw_class){ (uint32_t)first, (uint32_t)(p->n_items - first), negated, { 0 } };
    for (int32_t point = 0; point < 128; point++) {
        bool found = false;

        for (size_t i = first; i < p->n_items && !found; i++)
            found = rw_class_item_has(&p->items[i], point);
        class->ascii[point / 32] |= (uint32_t)(found != negated) << (point % 32);
    }
    emit(c, RW_OP_CLASS, (int64_t)p->n_classes++, 0);
}

static void emit_point(compiler *c, int32_t point)
{
    bool letter = (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z');

    if (c->ignore_case && letter)
        emit(c, RW_OP_LETTER, point | 32, 0);
    else if (c->ignore_case && point >= 128)
        refuse(c, RWDA_EUNSUPPORTED, "letters beyond ASCII with case ignored are not read");
    else
        emit(c, RW_OP_POINT, point, 0);
}

/* ---- Escapes ---------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint32_t    bits;
} categories[] = {
    { "L", RW_CLASS_LETTER },
    { "Lu", 1 << 1 },
    { "Ll", 1 << 2 },
    { "Lt", 1 << 3 },
    { "Lm", 1 << 4 },
    { "Lo", 1 << 5 },
    { "M", RW_CLASS_MARK },
    { "Mn", 1 << 6 },
    { "Mc", 1 << 7 },
    { "Me", 1 << 8 },
    { "N", RW_CLASS_NUMBER },
    { "Nd", 1 << 9 },
    { "Nl", 1 << 10 },
    { "No", 1 << 11 },
    { "P", RW_CLASS_PUNCTUATION },
    { "Pc", 1 << 12 },
    { "Pd", 1 << 13 },
    { "Ps", 1 << 14 },
    { "Pe", 1 << 15 },
    { "Pi", 1 << 16 },
    { "Pf", 1 << 17 },
    { "Po", 1 << 18 },
    { "S", RW_CLASS_SYMBOL },
    { "Sm", 1 << 19 },
    { "Sc", 1 << 20 },
    { "Sk", 1 << 21 },
    { "So", 1 << 22 },
    { "Z", RW_CLASS_SEPARATOR },
    { "Zs", 1 << 23 },
    { "Zl", 1 << 24 },
    { "Zp", 1 << 25 },
    { "C", RW_CLASS_OTHER },
    { "Cc", 1 << 26 },
    { "Cf", 1 << 27 },
    { "Letter", RW_CLASS_LETTER },
    { "Mark", RW_CLASS_MARK },
    { "Number", RW_CLASS_NUMBER },
    { "Punctuation", RW_CLASS_PUNCTUATION },
    { "Symbol", RW_CLASS_SYMBOL },
    { "Separator", RW_CLASS_SEPARATOR },
};

/* "{L}" or "{^L}" after \p. */
static bool read_property(compiler *c, rw_class_item *item, bool negated)
{
    char   name[16] = "";
    size_t n        = 0;

    if (!next_is(c, '{'))
        return false;
    c->i++;
    if (next_is(c, '^')) {
        negated = !negated;
        c->i++;
    }
    for (; more(c) && c->points[c->i] != '}'; c->i++)
        if (n + 1 < sizeof name && c->points[c->i] < 128)
            name[n++] = (char)c->points[c->i];
    if (!next_is(c, '}'))
        return false;
    c->i++;
    for (size_t k = 0; k < RW_COUNTOF(categories); k++)
        if (strcmp(name, categories[k].name) == 0) {
            *item = (rw_class_item){ RW_ITEM_CATEGORIES, negated, categories[k].bits, 0 };
            return true;
        }
    return false;
}

/* Hexadecimal digits, at least one and at most `most`. */
static bool read_hex(compiler *c, int most, int32_t *value)
{
    int n = 0;

    *value = 0;
    for (; n < most && more(c); n++, c->i++) {
        int32_t p = c->points[c->i];
        int32_t d = p >= '0' && p <= '9' ? p - '0' : (p | 32) >= 'a' && (p | 32) <= 'f' ? (p | 32) - 'a' + 10 : -1;

        if (d < 0)
            break;
        *value = *value << 4 | d;
    }
    return n > 0 && *value <= 0x10ffff;
}

/* What stands after a backslash: a class item (true), or a code point. */
static bool read_escape(compiler *c, rw_class_item *item, int32_t *point)
{
    static const char letters[] = "tnrfvae", values[] = "\t\n\r\f\v\a\033";
    int32_t           p;
    const char       *known;

    *point = 0;
    if (!more(c)) {
        refuse(c, RWDA_EFORMAT, "it ends in a backslash");
        return false;
    }
    p = c->points[c->i++];
    switch (p) {
    case 's':
    case 'S': *item = (rw_class_item){ RW_ITEM_SPACE, p == 'S', 0, 0 }; return true;
    case 'w':
    case 'W': *item = (rw_class_item){ RW_ITEM_WORD, p == 'W', 0, 0 }; return true;
    case 'd':
    case 'D': *item = (rw_class_item){ RW_ITEM_CATEGORIES, p == 'D', RW_CLASS_DIGIT, 0 }; return true;
    case 'p':
    case 'P':
        if (!read_property(c, item, p == 'P'))
            refuse(c, RWDA_EUNSUPPORTED, "of the properties only general categories are read");
        return true;
    case 'u':
        if (!read_hex(c, 4, point))
            refuse(c, RWDA_EFORMAT, "no digits after \\u");
        return false;
    case 'x': {
        bool braces = next_is(c, '{');

        c->i += braces;
        if (!read_hex(c, braces ? 6 : 2, point) || (braces && !next_is(c, '}')))
            refuse(c, RWDA_EFORMAT, "no digits after \\x");
        c->i += braces;
        return false;
    }
    default: break;
    }
    known = p > 0 && p < 128 ? strchr(letters, (int)p) : NULL;
    if (known != NULL)
        *point = values[known - letters];
    else if ((p >= '0' && p <= '9') || ((p | 32) >= 'a' && (p | 32) <= 'z'))
        refuse(c, RWDA_EUNSUPPORTED, "an escape that is not read");
    else
        *point = p;
    return false;
}

/* "[...]", of which the bracket is taken already. */
static void read_class(compiler *c)
{
    size_t first   = c->out->n_items;
    bool   negated = next_is(c, '^'), begin = true;

    c->i += negated;
    for (; more(c) && (begin || c->points[c->i] != ']'); begin = false) {
        rw_class_item item;
        int32_t       low = c->points[c->i++], high;

        if (low == '[' || (low == '&' && next_is(c, '&')) || (low == ']' && begin)) {
            refuse(c, RWDA_EUNSUPPORTED, "a class in a class is not read");
            return;
        }
        if (low == '\\' && read_escape(c, &item, &low)) {
            add_item(c, item);
            continue;
        }
        high = low;
        if (next_is(c, '-') && c->i + 1 < c->n && c->points[c->i + 1] != ']') {
            c->i++;
            high = c->points[c->i++];
            if (high == '[' || (high == '\\' && read_escape(c, &item, &high)) || high < low) {
                refuse(c, RWDA_EUNSUPPORTED, "a range of a class that is not read");
                return;
            }
        }
        if (c->ignore_case && (high >= 128 || (high | 32) >= 'a'))
            refuse(c, RWDA_EUNSUPPORTED, "classes of letters with case ignored are not read");
        add_item(c, (rw_class_item){ RW_ITEM_RANGE, false, (uint32_t)low, (uint32_t)high });
    }
    if (!next_is(c, ']')) {
        refuse(c, RWDA_EFORMAT, "a class without an end");
        return;
    }
    c->i++;
    end_class(c, first, negated);
}

/* ---- Groups, repetition, alternation ------------------------------------------------------------------------------------------ */

static int32_t read_alternatives(compiler *c);

static int32_t sum(int64_t a, int64_t b)
{
    return a + b > MANY ? MANY : (int32_t)(a + b);
}

/* "(...)", of which the bracket is taken already.  Returns the fewest code points it takes. */
static int32_t read_group(compiler *c)
{
    static const struct {
        const char *begin;
        rw_op       op; /* RW_OP_MATCH: none */
    } kinds[] = {
        { "?:", RW_OP_MATCH },     { "?i:", RW_OP_MATCH }, { "?=", RW_OP_AHEAD },
        { "?!", RW_OP_NOT_AHEAD }, { "?>", RW_OP_ATOMIC },
    };
    size_t  kind = 0, begin = c->out->n;
    bool    before = c->ignore_case;
    int32_t least;

    if (next_is(c, '?')) {
        while (kind < RW_COUNTOF(kinds) && !spells(c, kinds[kind].begin))
            kind++;
        if (kind == RW_COUNTOF(kinds)) {
            refuse(c, RWDA_EUNSUPPORTED, "a kind of group that is not read");
            return 0;
        }
        c->i += strlen(kinds[kind].begin);
        c->ignore_case = c->ignore_case || kind == 1;
    }
    if (++c->depth > DEPTH_MAX)
        refuse(c, RWDA_ELIMIT, "groups are nested too deep");
    least = c->status == RWDA_OK ? read_alternatives(c) : 0;
    c->depth--;
    c->ignore_case = before;
    if (!next_is(c, ')')) {
        refuse(c, RWDA_EFORMAT, "a group without an end");
        return 0;
    }
    c->i++;
    if (kinds[kind].op == RW_OP_MATCH)
        return least;
    emit(c, RW_OP_MATCH, 0, 0);
    insert(c, begin, kinds[kind].op, (int64_t)(c->out->n - begin + 1), 0);
    return kinds[kind].op == RW_OP_ATOMIC ? least : 0;
}

/* One thing that repetition applies to. */
static int32_t read_atom(compiler *c)
{
    rw_class_item item;
    int32_t       point = c->points[c->i++];

    switch (point) {
    case '(': return read_group(c);
    case '[': read_class(c); return 1;
    case '.': emit(c, RW_OP_ANY, 0, 0); return 1;
    case '^': emit(c, RW_OP_LINE_BEGIN, 0, 0); return 0;
    case '$': emit(c, RW_OP_LINE_END, 0, 0); return 0;
    case '*':
    case '+':
    case '?': refuse(c, RWDA_EFORMAT, "a repetition of nothing"); return 0;
    case '{': refuse(c, RWDA_EUNSUPPORTED, "a brace that is no repetition is not read"); return 0;
    case '\\':
        if (next_is(c, 'A') || next_is(c, 'z')) {
            emit(c, next_is(c, 'A') ? RW_OP_TEXT_BEGIN : RW_OP_TEXT_END, 0, 0);
            c->i++;
            return 0;
        }
        if (read_escape(c, &item, &point)) {
            size_t first = c->out->n_items;

            add_item(c, item);
            end_class(c, first, false);
            return 1;
        }
        break;
    default: break;
    }
    emit_point(c, point);
    return 1;
}

static int32_t read_number(compiler *c)
{
    int32_t value = -1;

    for (; more(c) && c->points[c->i] >= '0' && c->points[c->i] <= '9'; c->i++)
        value = value > COUNT_MAX ? value : (value < 0 ? 0 : value) * 10 + (c->points[c->i] - '0');
    return value;
}

/* "{m,n}", of which the brace is taken already. */
static void read_counts(compiler *c, int32_t *low, int32_t *high)
{
    *low  = read_number(c);
    *high = *low;
    if (next_is(c, ',')) {
        c->i++;
        *high = read_number(c);
        *high = *high < 0 ? MANY : *high;
        *low  = *low < 0 ? 0 : *low;
    }
    if (!next_is(c, '}') || *low < 0 || *high < *low)
        refuse(c, RWDA_EUNSUPPORTED, "a brace that is no repetition is not read");
    else if (*low > COUNT_MAX || (*high > COUNT_MAX && *high != MANY))
        refuse(c, RWDA_ELIMIT, "a repetition of over 1000 times");
    c->i++;
}

/* What stands from `begin` on, `low` to `high` times; lazy: as few as possible. */
static void repeat(compiler *c, size_t begin, int32_t low, int32_t high, bool lazy)
{
    size_t          size = c->out->n - begin;
    rw_instruction *part = malloc((size + 1) * sizeof *part);
    int64_t         back = -(int64_t)size - 1;

    if (part == NULL) {
        refuse(c, RWDA_ENOMEM, "no memory");
        return;
    }
    memcpy(part, c->out->code + begin, size * sizeof *part);
    c->out->n = begin;
    for (int32_t k = 0; k < low; k++)
        emit_copy(c, part, size);
    if (high == MANY) {
        emit(c, RW_OP_SPLIT, lazy ? (int64_t)size + 2 : 1, lazy ? 1 : (int64_t)size + 2);
        emit_copy(c, part, size);
        emit(c, RW_OP_JUMP, back, 0);
    }
    for (int32_t k = low; high != MANY && k < high && c->status == RWDA_OK; k++) {
        int64_t out = (int64_t)(high - k) * (int64_t)(size + 1);

        emit(c, RW_OP_SPLIT, lazy ? out : 1, lazy ? 1 : out);
        emit_copy(c, part, size);
    }
    free(part);
}

/* Atoms one after another, up to '|', ')' or the end.  Returns the fewest code points they take. */
static int32_t read_sequence(compiler *c)
{
    int32_t least = 0;

    while (more(c) && c->points[c->i] != '|' && c->points[c->i] != ')') {
        size_t  begin = c->out->n;
        int32_t own = read_atom(c), low = 1, high = 1;
        bool    braces = next_is(c, '{');

        if (next_is(c, '*') || next_is(c, '+') || next_is(c, '?') || braces) {
            int32_t sign = c->points[c->i++];

            low  = sign == '+';
            high = sign == '?' ? 1 : MANY;
            if (braces)
                read_counts(c, &low, &high);
            if (braces && (next_is(c, '+') || (low == high && next_is(c, '?'))))
                refuse(c, RWDA_EUNSUPPORTED, "a repetition of a repetition is not read");
            if (high == MANY && own == 0)
                refuse(c, RWDA_EUNSUPPORTED, "a repetition of what may be empty is not read");
            if (c->status != RWDA_OK)
                return 0;
            repeat(c, begin, low, high, next_is(c, '?'));
            if (next_is(c, '+')) {
                emit(c, RW_OP_MATCH, 0, 0);
                insert(c, begin, RW_OP_ATOMIC, (int64_t)(c->out->n - begin + 1), 0);
            }
            if (next_is(c, '?') || next_is(c, '+'))
                c->i++;
            if (next_is(c, '*') || next_is(c, '+') || next_is(c, '?') || next_is(c, '{'))
                refuse(c, RWDA_EUNSUPPORTED, "a repetition of a repetition is not read");
        }
        least = sum(least, (int64_t)own * low);
    }
    return least;
}

static int32_t read_alternatives(compiler *c)
{
    size_t  begin = c->out->n, last = SIZE_MAX; /* last: the jump before, each names the one before it */
    int32_t least = read_sequence(c);

    while (next_is(c, '|')) {
        int32_t own;

        c->i++;
        insert(c, begin, RW_OP_SPLIT, 1, (int64_t)(c->out->n - begin + 2));
        emit(c, RW_OP_JUMP, (int64_t)(last == SIZE_MAX ? UINT32_MAX : last), 0);
        last  = c->out->n - 1;
        begin = c->out->n;
        own   = read_sequence(c);
        least = own < least ? own : least;
    }
    for (size_t end = c->out->n; c->status == RWDA_OK && last != SIZE_MAX;) {
        rw_instruction *jump   = &c->out->code[last];
        uint32_t        before = jump->a;

        jump->a = (uint32_t)(end - last);
        last    = before == UINT32_MAX ? SIZE_MAX : before;
    }
    return least;
}

static void make_absolute(rw_program *p)
{
    for (size_t i = 0; i < p->n; i++) {
        rw_instruction *in = &p->code[i];

        if (in->op >= RW_OP_JUMP && in->op <= RW_OP_ATOMIC)
            in->a += (uint32_t)i;
        if (in->op == RW_OP_SPLIT)
            in->b += (uint32_t)i;
    }
}

static rwda_status compile(rw_program *out, const char *text, size_t len, const char *name, bool literal, rwda_error *err)
{
    compiler c = { out, NULL, 0, 0, name, text, len, false, 0, err, RWDA_OK };

    if (len > RW_PATTERN_BYTES_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: a pattern of %zu bytes is over the limit of %d", name, len,
                       RW_PATTERN_BYTES_MAX);
    c.points = rw_new_array(len + 1, sizeof *c.points);
    if (c.points == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "a pattern of %zu bytes", len);
    c.n = rw_utf8_decode(c.points, (const uint8_t *)text, len);
    if (literal)
        for (; c.i < c.n; c.i++)
            emit_point(&c, c.points[c.i]);
    else
        read_alternatives(&c);
    if (c.i < c.n)
        refuse(&c, RWDA_EFORMAT, "a bracket too many");
    emit(&c, RW_OP_MATCH, 0, 0);
    if (c.status == RWDA_OK)
        make_absolute(out);
    free(c.points);
    return c.status;
}

rwda_status rw_program_compile(rw_program *out, const char *text, size_t len, const char *name, rwda_error *err)
{
    return compile(out, text, len, name, false, err);
}

rwda_status rw_program_literal(rw_program *out, const char *text, size_t len, const char *name, rwda_error *err)
{
    return compile(out, text, len, name, true, err);
}

void rw_program_done(rw_program *program)
{
    free(program->code);
    free(program->classes);
    free(program->items);
    memset(program, 0, sizeof *program);
}

#include "clip/json_reader.h"

#include "clip/unicode.h"

#include <math.h>
#include <string.h>

/* ---- The check -------------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *begin, *at, *end;
    const char *fault;
} checker;

static void skip_space(checker *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t'))
        c->at++;
}

static bool fail(checker *c, const char *fault)
{
    c->fault = fault;
    return false;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four digits at p < end; -1: there are none. */
static int32_t hex4(const char *p, const char *end)
{
    int32_t value = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        if (hex_digit(p[i]) < 0)
            return -1;
        value = value << 4 | hex_digit(p[i]);
    }
    return value;
}

static bool check_escape(checker *c)
{
    c->at++;
    if (c->at < c->end && *c->at == 'u') {
        int32_t unit = hex4(c->at + 1, c->end);

        if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
            return fail(c, "no character after \\u");
        c->at += 5;
        if (unit >= 0xd800 && unit <= 0xdbff) {
            int32_t second = c->end - c->at >= 2 && c->at[0] == '\\' && c->at[1] == 'u' ? hex4(c->at + 2, c->end) : -1;

            if (second < 0xdc00 || second > 0xdfff)
                return fail(c, "half a surrogate pair");
            c->at += 6;
        }
        return true;
    }
    if (c->at == c->end || memchr("\"\\/bfnrt", *c->at, 8) == NULL)
        return fail(c, "an unknown escape");
    c->at++;
    return true;
}

static bool check_string(checker *c)
{
    for (c->at++; c->at < c->end;) {
        unsigned char byte = (unsigned char)*c->at;

        if (byte == '"') {
            c->at++;
            return true;
        }
        if (byte == '\\') {
            if (!check_escape(c))
                return false;
        } else if (byte >= 0x20 && byte < 0x80) {
            c->at++;
        } else {
            int32_t point;
            size_t  n = byte < 0x20 ? 0 : rw_utf8_next(&point, (const uint8_t *)c->at, (size_t)(c->end - c->at));

            if (n == 0)
                return fail(c, byte < 0x20 ? "a control character in a string" : "not UTF-8");
            c->at += n;
        }
    }
    return fail(c, "a string without an end");
}

static bool check_digits(checker *c)
{
    const char *first = c->at;

    while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
        c->at++;
    return c->at > first || fail(c, "a number without digits");
}

static bool check_number(checker *c)
{
    c->at += *c->at == '-';
    if (c->at < c->end && *c->at == '0')
        c->at++;
    else if (!check_digits(c))
        return false;
    if (c->at < c->end && *c->at == '.') {
        c->at++;
        if (!check_digits(c))
            return false;
    }
    if (c->at < c->end && (*c->at == 'e' || *c->at == 'E')) {
        c->at++;
        if (c->at < c->end && (*c->at == '+' || *c->at == '-'))
            c->at++;
        return check_digits(c);
    }
    return true;
}

static bool check_word(checker *c, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
        return fail(c, "no value");
    c->at += n;
    return true;
}

/* A value that is neither array nor object. */
static bool check_scalar(checker *c)
{
    switch (*c->at) {
    case '"': return check_string(c);
    case 't': return check_word(c, "true");
    case 'f': return check_word(c, "false");
    case 'n': return check_word(c, "null");
    default: return check_number(c);
    }
}

static bool check_key(checker *c)
{
    skip_space(c);
    if (c->at == c->end || *c->at != '"')
        return fail(c, "a member without a name");
    if (!check_string(c))
        return false;
    skip_space(c);
    if (c->at == c->end || *c->at != ':')
        return fail(c, "a name without a colon");
    c->at++;
    return true;
}

/* One whole value; false with c->fault, which is NULL when it is nested too deep. */
static bool check_value(checker *c)
{
    bool   in_object[RW_JSON_DEPTH_MAX];
    size_t depth = 0;

    for (;;) {
        skip_space(c);
        if (c->at == c->end)
            return fail(c, "the end of the file");
        if (*c->at == '{' || *c->at == '[') {
            bool object = *c->at == '{';

            if (depth == RW_JSON_DEPTH_MAX)
                return false;
            c->at++;
            skip_space(c);
            if (c->at < c->end && *c->at == (object ? '}' : ']')) {
                c->at++;
            } else {
                in_object[depth++] = object;
                if (object && !check_key(c))
                    return false;
                continue;
            }
        } else if (!check_scalar(c)) {
            return false;
        }
        for (;;) { /* after a value: on to the next one, or out */
            if (depth == 0)
                return true;
            skip_space(c);
            if (c->at < c->end && *c->at == ',') {
                c->at++;
                if (in_object[depth - 1] && !check_key(c))
                    return false;
                break;
            }
            if (c->at == c->end || *c->at != (in_object[depth - 1] ? '}' : ']'))
                return fail(c, "neither a comma nor an end");
            c->at++;
            depth--;
        }
    }
}

rwda_status rw_json_open(rw_json_value *out, const char *text, size_t len, const char *name, rwda_error *err)
{
    checker c = { text, text, text + len, NULL };

    *out = (rw_json_value){ NULL, 0 };
    skip_space(&c);
    c.begin = c.at;
    if (check_value(&c)) {
        *out = (rw_json_value){ c.begin, (size_t)(c.at - c.begin) };
        skip_space(&c);
        if (c.at == c.end)
            return RWDA_OK;
        c.fault = "more after its value";
    }
    if (c.fault == NULL)
        return rw_fail(err, RWDA_ELIMIT, c.at - text, "%.200s: nested deeper than %d at byte %td", name, RW_JSON_DEPTH_MAX,
                       c.at - text);
    return rw_fail(err, RWDA_EFORMAT, c.at - text, "%.200s: not JSON: %s at byte %td", name, c.fault, c.at - text);
}

/* ---- Walking ------------------------------------------------------------------------------------------------------------- */

rw_json rw_json_enter(rw_json_value value)
{
    if (value.len < 2 || (*value.text != '{' && *value.text != '['))
        return (rw_json){ NULL, NULL, false };
    return (rw_json){ value.text + 1, value.text + value.len - 1, *value.text == '{' };
}

static const char *string_end(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

/* Where the value at `at` ends: strings are skipped, brackets counted. */
static const char *value_end(const char *at, const char *end)
{
    size_t depth = 0;

    if (*at == '"')
        return string_end(at);
    if (*at != '{' && *at != '[') {
        while (at < end && memchr(",]} \n\r\t", *at, 7) == NULL)
            at++;
        return at;
    }
    do {
        if (*at == '"') {
            at = string_end(at);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (depth > 0);
    return at;
}

static const char *after_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t' || *at == ',' || *at == ':'))
        at++;
    return at;
}

bool rw_json_next(rw_json *at, rw_json_value *key, rw_json_value *element)
{
    const char *p = at->at != NULL ? after_space(at->at, at->end) : at->end;

    if (key != NULL)
        *key = (rw_json_value){ NULL, 0 };
    *element = (rw_json_value){ NULL, 0 };
    if (p == at->end)
        return false;
    if (at->object) {
        const char *name = p;

        p = string_end(p);
        if (key != NULL)
            *key = (rw_json_value){ name, (size_t)(p - name) };
        p = after_space(p, at->end);
    }
    at->at   = value_end(p, at->end);
    *element = (rw_json_value){ p, (size_t)(at->at - p) };
    return true;
}

rwda_status rw_json_list(rw_json_members *out, rw_json_value object, const char *what, const char *name, rwda_error *err)
{
    rw_json_value key, value;

    out->count = 0;
    if (object.len == 0 || *object.text != '{')
        return RWDA_OK;
    for (rw_json at = rw_json_enter(object); rw_json_next(&at, &key, &value);) {
        if (out->count == RW_JSON_MEMBERS_MAX)
            return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.100s: %s has over %d members", name, what,
                           RW_JSON_MEMBERS_MAX);
        out->keys[out->count]     = key;
        out->values[out->count++] = value;
    }
    return RWDA_OK;
}

rw_json_value rw_json_member(const rw_json_members *members, const char *name)
{
    for (size_t i = members->count; i > 0; i--)
        if (rw_json_equals(members->keys[i - 1], name))
            return members->values[i - 1];
    return (rw_json_value){ NULL, 0 };
}

/* Each is the whole, the first of an array or object, or follows a comma. */
size_t rw_json_values(rw_json_value value)
{
    size_t      values = value.len > 0;
    const char *end    = value.text + value.len;

    for (const char *at = value.text; at < end;) {
        if (*at == '"') {
            at = string_end(at);
            continue;
        }
        if (*at == '[' || *at == '{') {
            at = after_space(at + 1, end);
            values += *at != ']' && *at != '}';
            continue;
        }
        values += *at == ',';
        at++;
    }
    return values;
}

/* ---- Scalars -------------------------------------------------------------------------------------------------------------- */

char rw_json_kind(rw_json_value value)
{
    return value.len == 0 ? '\0' : *value.text == '-' || (*value.text >= '0' && *value.text <= '9') ? '0' : *value.text;
}

bool rw_json_is_null(rw_json_value value)
{
    return value.len == 0 || *value.text == 'n';
}

size_t rw_json_string(char *out, rw_json_value value)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    size_t            n = 0;
    const char       *end;

    if (rw_json_kind(value) != '"')
        return 0;
    end = value.text + value.len - 1;
    for (const char *p = value.text + 1; p < end;) {
        if (*p != '\\') {
            out[n++] = *p++;
        } else if (p[1] == 'u') {
            uint32_t point = (uint32_t)hex4(p + 2, end);

            p += 6;
            if (point >= 0xd800 && point <= 0xdbff) {
                point = 0x10000 + ((point - 0xd800) << 10) + ((uint32_t)hex4(p + 2, end) - 0xdc00);
                p += 6;
            }
            n += rw_utf8_encode((uint8_t *)out + n, (int32_t)point);
        } else {
            const char *known = strchr(from, p[1]);

            out[n++] = known != NULL ? to[known - from] : p[1];
            p += 2;
        }
    }
    return n;
}

bool rw_json_equals(rw_json_value value, const char *text)
{
    char   unescaped[6 * 40 + 2]; /* \u and four digits for each byte at most */
    size_t n = strlen(text);

    if (rw_json_kind(value) != '"' || value.len > sizeof unescaped)
        return false;
    return rw_json_string(unescaped, value) == n && memcmp(unescaped, text, n) == 0;
}

bool rw_json_whole(uint32_t *out, rw_json_value value)
{
    uint64_t number = 0;

    if (value.len == 0 || value.len > 10)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.text[i] < '0' || value.text[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(value.text[i] - '0');
    }
    *out = (uint32_t)number;
    return number <= UINT32_MAX;
}

#define TENS(d) 1e##d##0, 1e##d##1, 1e##d##2, 1e##d##3, 1e##d##4, 1e##d##5, 1e##d##6, 1e##d##7, 1e##d##8, 1e##d##9

static const double powers[] = {
    TENS(0),  TENS(1),  TENS(2),  TENS(3),  TENS(4),  TENS(5),  TENS(6),  TENS(7),  TENS(8),  TENS(9),
    TENS(10), TENS(11), TENS(12), TENS(13), TENS(14), TENS(15), TENS(16), TENS(17), TENS(18), TENS(19),
    TENS(20), TENS(21), TENS(22), TENS(23), TENS(24), TENS(25), TENS(26), TENS(27), TENS(28), TENS(29),
    1e300,    1e301,    1e302,    1e303,    1e304,    1e305,    1e306,    1e307,    1e308,
};

/* f times ten to the exponent; false: too large. */
static bool scale(double *out, double f, int64_t exponent)
{
    for (; exponent < -308 && f != 0.0; exponent += 308)
        f /= 1e308;
    if (f != 0.0 && exponent > 308)
        return false;
    *out = f == 0.0 ? f : exponent >= 0 ? f * powers[exponent] : f / powers[-exponent];
    return isfinite(*out);
}

bool rw_json_double(double *out, rw_json_value value)
{
    const char *p = value.text, *end = value.text + value.len;
    bool        negative, full = false, fraction = false;
    uint64_t    digits   = 0;
    int64_t     exponent = 0;
    double      number;

    if (rw_json_kind(value) != '0')
        return false;
    negative = *p == '-';
    for (p += negative; p < end && *p != 'e' && *p != 'E'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');

        if (*p == '.') {
            fraction = true;
            full     = false; /* what is beyond the point is tried anew */
            continue;
        }
        full = full || digits > (UINT64_MAX - digit) / 10;
        if (full) {
            exponent += !fraction;
            continue;
        }
        digits = digits * 10 + digit;
        exponent -= fraction;
    }
    if (p < end) {
        int64_t more  = 0;
        bool    minus = p[1] == '-';

        for (p += 1 + (p[1] == '-' || p[1] == '+'); p < end; p++)
            more = more < 100000 ? more * 10 + (*p - '0') : more;
        exponent += minus ? -more : more;
    }
    if (!scale(&number, (double)digits, exponent))
        return false;
    *out = negative ? -number : number;
    return true;
}

/* codec_npy.c - reader of NumPy .npy files that hold one [height, width] array
 *
 * Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays", versions 1.0 to 3.0:
 *
 *     0        6     8              10 (1.0) or 12                                  end of header
 *     \x93NUMPY  1 0   header length  {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   \n   numbers ...
 *
 * The header is Python text; of Python only what NumPy itself writes is read: one dictionary, these three keys, each once. */
#include "format/codec.h"

#include "format/byte_order.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 10000 /* bytes: NumPy's own limit for files that are not trusted */
#define NDIM_MAX   8

typedef struct {
    const uint8_t *bytes;
    size_t         at, end; /* of the header's text */
    rwda_error    *err;
} text;

typedef struct {
    char     descr[4]; /* "<f4" and a NUL */
    bool     fortran_order;
    uint64_t shape[NDIM_MAX];
    int      ndim;
} npy_header;

static rwda_status expected(const text *t, const char *what)
{
    if (t->at >= t->end)
        return rw_fail(t->err, RWDA_EFORMAT, (int64_t)t->at, "npy: the header ends at byte %zu; %s was expected", t->end,
                       what);
    return rw_fail(t->err, RWDA_EFORMAT, (int64_t)t->at, "npy: byte 0x%02x at %zu of the header; %s was expected",
                   t->bytes[t->at], t->at, what);
}

static void skip_spaces(text *t)
{
    while (t->at < t->end && (t->bytes[t->at] == ' ' || t->bytes[t->at] == '\n'))
        t->at++;
}

/* Takes `symbol` if it comes next. */
static bool take(text *t, char symbol)
{
    skip_spaces(t);
    if (t->at >= t->end || t->bytes[t->at] != (uint8_t)symbol)
        return false;
    t->at++;
    return true;
}

static bool take_word(text *t, const char *word)
{
    size_t len = strlen(word);

    skip_spaces(t);
    if (t->end - t->at < len || memcmp(t->bytes + t->at, word, len) != 0)
        return false;
    t->at += len;
    return true;
}

/* A quoted string of at most capacity - 1 bytes without escapes. */
static rwda_status read_string(text *t, char *out, size_t capacity, const char *what)
{
    size_t  len = 0;
    uint8_t quote;

    skip_spaces(t);
    if (t->at >= t->end || (t->bytes[t->at] != '\'' && t->bytes[t->at] != '"'))
        return expected(t, what);
    quote = t->bytes[t->at++];
    for (; t->at < t->end && t->bytes[t->at] != quote; t->at++) {
        if (len + 1 >= capacity || t->bytes[t->at] == '\\' || t->bytes[t->at] < 32)
            return rw_fail(t->err, RWDA_EUNSUPPORTED, (int64_t)t->at,
                           "npy: at byte %zu %s was expected, and starts with \"%.*s\"", t->at, what, (int)len, out);
        out[len++] = (char)t->bytes[t->at];
    }
    out[len] = '\0';
    return take(t, (char)quote) ? RWDA_OK : expected(t, "a closing quote");
}

static rwda_status read_shape(text *t, npy_header *h)
{
    if (!take(t, '('))
        return expected(t, "a shape such as (480, 640)");
    while (!take(t, ')')) {
        uint64_t side = 0;
        size_t   first;

        skip_spaces(t);
        first = t->at;
        for (; t->at < t->end && t->bytes[t->at] >= '0' && t->bytes[t->at] <= '9'; t->at++) {
            if (side > UINT32_MAX)
                return rw_fail(t->err, RWDA_ELIMIT, (int64_t)first, "npy: side %d of the shape is over the limit of %u",
                               h->ndim, UINT32_MAX);
            side = 10 * side + (uint64_t)(t->bytes[t->at] - '0');
        }
        if (t->at == first)
            return expected(t, "a whole number");
        if (h->ndim == NDIM_MAX)
            return rw_fail(t->err, RWDA_EUNSUPPORTED, (int64_t)first, "npy: the shape has over %d sides", NDIM_MAX);
        h->shape[h->ndim++] = side;
        if (!take(t, ',')) {
            if (!take(t, ')'))
                return expected(t, "',' or ')'");
            break;
        }
    }
    return RWDA_OK;
}

static rwda_status read_dictionary(text *t, npy_header *h)
{
    static const char *const keys[]  = { "descr", "fortran_order", "shape" };
    bool                     seen[3] = { false, false, false };
    rwda_status              status  = RWDA_OK;

    if (!take(t, '{'))
        return expected(t, "'{'");
    while (!take(t, '}')) {
        char   key[16];
        size_t which = 0;

        RW_TRY(read_string(t, key, sizeof key, "descr, fortran_order or shape"));
        while (which < 3 && strcmp(key, keys[which]) != 0)
            which++;
        if (which == 3 || seen[which])
            return rw_fail(t->err, RWDA_EFORMAT, (int64_t)t->at, "npy: the header %s \"%s\"",
                           which == 3 ? "has the unknown key" : "has twice the key", key);
        seen[which] = true;
        if (!take(t, ':'))
            return expected(t, "':'");
        if (which == 0) {
            RW_TRY(read_string(t, h->descr, sizeof h->descr, "a type such as '<f4'"));
        } else if (which == 1) {
            h->fortran_order = take_word(t, "True");
            if (!h->fortran_order && !take_word(t, "False"))
                return expected(t, "True or False");
        } else {
            RW_TRY(read_shape(t, h));
        }
        if (!take(t, ',')) {
            if (!take(t, '}'))
                return expected(t, "',' or '}'");
            break;
        }
    }
    for (size_t i = 0; i < 3; i++)
        if (!seen[i])
            return rw_fail(t->err, RWDA_EFORMAT, (int64_t)t->end, "npy: the header lacks \"%s\"", keys[i]);
    skip_spaces(t);
    if (t->at != t->end)
        return expected(t, "the end of the header");
done:
    return status;
}

/* A float of `size` 4 or 8 bytes. */
static float read_number(const uint8_t *bytes, size_t size, bool big_endian)
{
    uint64_t bits = rw_number(bytes, size, big_endian);
    uint32_t low  = (uint32_t)bits;
    float    single;
    double   both;

    memcpy(&single, &low, sizeof single);
    memcpy(&both, &bits, sizeof both);
    return size == 4 ? single : (float)both;
}

rwda_status rw_npy_read(rw_grey *out, const uint8_t *bytes, size_t len, const rw_limits *limits, rwda_error *err)
{
    npy_header  h = { "", false, { 0 }, 0 };
    text        t = { bytes, 10, 0, err };
    size_t      header, size, wanted;
    uint64_t    height, width;
    rwda_status status = RWDA_OK;

    if (len < 10 || memcmp(bytes, "\x93NUMPY", 6) != 0)
        return rw_fail(err, RWDA_EFORMAT, 0, "npy: %zu bytes hold no header", len);
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0)
        return rw_fail(err, RWDA_EUNSUPPORTED, 6, "npy: version %d.%d; 1.0 to 3.0 are known", bytes[6], bytes[7]);
    header = bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] > 1) {
        if (len < 12)
            return rw_fail(err, RWDA_EFORMAT, 0, "npy: %zu bytes hold no header", len);
        header |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
        t.at = 12;
    }
    if (header > HEADER_MAX)
        return rw_fail(err, RWDA_ELIMIT, 8, "npy: header of %zu bytes is over the limit of %d", header, HEADER_MAX);
    if (header > len - t.at)
        return rw_fail(err, RWDA_EFORMAT, 8, "npy: header of %zu bytes in a file of %zu", header, len);
    t.end = t.at + header;
    RW_TRY(read_dictionary(&t, &h));
    if ((h.descr[0] != '<' && h.descr[0] != '>') || h.descr[1] != 'f' || (h.descr[2] != '4' && h.descr[2] != '8'))
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                       "npy: numbers of type \"%s\"; float32 (<f4) and float64 (<f8) are read", h.descr);
    for (int i = 0; i < h.ndim - 2; i++)
        if (h.shape[i] != 1)
            return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                           "npy: %d sides, side %d being %" PRIu64 "; [height, width] is read", h.ndim, i, h.shape[i]);
    if (h.ndim < 2)
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "npy: %d sides; [height, width] is read", h.ndim);
    height = h.shape[h.ndim - 2];
    width  = h.shape[h.ndim - 1];
    size   = h.descr[2] == '4' ? 4 : 8;
    /* Checked before memory is allocated: a short file cannot cause a large allocation. */
    if (height <= INT32_MAX && width <= INT32_MAX && height * width <= (uint64_t)limits->max_pixels) {
        if (!rw_size_mul(&wanted, (size_t)(height * width), size) || wanted != len - t.end)
            return rw_fail(err, RWDA_EFORMAT, (int64_t)t.end,
                           "npy: %zu bytes follow the header; %" PRIu64 " x %" PRIu64 " numbers of %zu bytes were expected",
                           len - t.end, height, width, size);
    }
    RW_TRY(rw_grey_new(out, width, height, limits, err));
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            size_t at = h.fortran_order ? x * (size_t)height + y : y * (size_t)width + x;

            out->values[y * (size_t)width + x] = read_number(bytes + t.end + at * size, size, h.descr[0] == '>');
        }
done:
    return status;
}

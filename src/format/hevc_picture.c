#include "format/hevc_picture.h"

#include "format/boxes.h"

/* Source: ITU-T H.265, 7.3.1.1, 7.3.2.2, 7.3.3 and 9.2; ISO/IEC 14496-15, 8.3.3.1. */

enum { FIRST_SLICE = 16, LAST_SLICE = 21 /* of pictures that need no other */, VPS = 32, SPS = 33, PPS = 34 };

#define LOOKED_AT   192 /* bytes of an SPS: its sides lie behind at most 8 levels of 12 */
#define SIDE_MAX    32768
#define PADDING_MAX 64 /* pixels of a block that are not shown */

typedef struct {
    uint8_t bytes[LOOKED_AT];
    size_t  bits, at;
    bool    ended;
} bit_reader;

/* Without the bytes that keep start codes out. */
static bit_reader reader_of(const uint8_t *unit, size_t len)
{
    bit_reader r     = { .at = 0 };
    size_t     zeros = 0;

    for (size_t i = 0; i < len && r.bits < 8 * (size_t)LOOKED_AT; i++) {
        bool extra = zeros >= 2 && unit[i] == 3;

        zeros = !extra && unit[i] == 0 ? zeros + 1 : 0;
        if (!extra) {
            r.bytes[r.bits / 8] = unit[i];
            r.bits += 8;
        }
    }
    return r;
}

static uint32_t bits(bit_reader *r, size_t n)
{
    uint32_t value = 0;

    for (; n > 0 && r->at < r->bits; n--, r->at++)
        value = value << 1 | ((uint32_t)r->bytes[r->at / 8] >> (7 - r->at % 8) & 1);
    r->ended = r->ended || n > 0;
    return value;
}

/* An Exp-Golomb code. */
static uint64_t code(bit_reader *r)
{
    size_t zeros = 0;

    while (!r->ended && zeros < 32 && bits(r, 1) == 0)
        zeros++;
    r->ended = r->ended || zeros > 31;
    return r->ended ? 0 : ((uint64_t)1 << zeros) - 1 + bits(r, zeros);
}

static void skip_levels(bit_reader *r)
{
    size_t more = bits(r, 4) >> 1, n = more > 0 ? 2 * (8 - more) : 0;

    r->ended = r->ended || more > 6;
    bits(r, 96);
    for (size_t i = 0; i < 2 * more; i++)
        n += bits(r, 1) == 0 ? 0 : i % 2 == 0 ? 88 : 8;
    bits(r, n);
}

/* A sequence parameter set: the picture's size, as all others say it. */
static rwda_status read_size(rw_hevc_picture *out, const uint8_t *unit, size_t len, rwda_error *err)
{
    bit_reader r = reader_of(unit, len);
    uint64_t   chroma, coded[2], shown[2];

    bits(&r, 16 + 4);
    skip_levels(&r);
    code(&r);
    chroma = code(&r);
    bits(&r, chroma == 3);
    for (size_t i = 0; i < 2; i++)
        shown[i] = coded[i] = code(&r);
    if (bits(&r, 1) != 0) /* less at the left, right, top, bottom */
        for (size_t i = 0; i < 4; i++)
            shown[i / 2] -= code(&r) << (chroma == 1 || (chroma == 2 && i < 2));
    if (r.ended || chroma > 3 || shown[0] - 1 >= SIDE_MAX || shown[1] - 1 >= SIDE_MAX)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: the parameters of a picture are damaged");
    if (coded[0] - shown[0] > PADDING_MAX || coded[1] - shown[1] > PADDING_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "HEIC: %llu x %llu pixels are coded for %llu x %llu",
                       (unsigned long long)coded[0], (unsigned long long)coded[1], (unsigned long long)shown[0],
                       (unsigned long long)shown[1]);
    if (out->width != 0 && (out->width != shown[0] || out->height != shown[1]))
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: a picture of %llu x %llu pixels, or of %llu x %llu",
                       (unsigned long long)out->width, (unsigned long long)out->height, (unsigned long long)shown[0],
                       (unsigned long long)shown[1]);
    out->width  = shown[0];
    out->height = shown[1];
    out->work   = coded[0] * coded[1];
    return RWDA_OK;
}

static rwda_status add_unit(rw_hevc_picture *out, size_t *capacity, const uint8_t *unit, size_t len, rwda_error *err)
{
    if (len > INT32_MAX - out->len || !rw_array_reserve((void **)&out->bytes, capacity, out->len, 4 + len, 1))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "HEIC: no memory for a picture of %zu bytes", out->len + len);
    for (size_t i = 0; i < 4; i++)
        out->bytes[out->len++] = (uint8_t)(len >> 8 * (3 - i));
    memcpy(out->bytes + out->len, unit, len);
    out->len += len;
    return RWDA_OK;
}

/* A unit behind its length of `width` bytes, and its type; false: it is cut. */
static bool next_unit(rw_cursor *c, size_t width, const uint8_t **unit, size_t *len, int *type)
{
    *len  = (size_t)rw_take(c, width);
    *unit = c->at;
    *type = *len >= 3 && *len <= (size_t)(c->end - c->at) ? c->at[0] >> 1 & 63 : -1;
    rw_take(c, *len);
    return !c->ended;
}

rwda_status rw_hevc_picture_read(rw_hevc_picture *out, const uint8_t *config, size_t config_len, const uint8_t *data,
                                 size_t len, rwda_error *err)
{
    const rw_box   picture  = { NULL, data, len };
    rw_cursor      c        = { config + RW_HEVC_CONFIG, config + config_len, false };
    size_t         capacity = 0, slices = 0, n;
    const uint8_t *unit;
    int            type;
    rwda_status    status = RWDA_OK;

    *out = (rw_hevc_picture){ .len = RW_HEVC_ROOM };
    for (size_t arrays = config[RW_HEVC_CONFIG - 1]; arrays > 0; arrays--) {
        rw_take(&c, 1);
        for (uint64_t left = rw_take(&c, 2); left > 0 && next_unit(&c, 2, &unit, &n, &type); left--) {
            if (type == SPS)
                RW_TRY(read_size(out, unit, n, err));
            if (type >= VPS && type <= PPS)
                RW_TRY(add_unit(out, &capacity, unit, n, err));
        }
    }
    if (c.ended || out->width == 0)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: the parameters of a picture are cut, or of no size");
    c = rw_cursor_of(&picture);
    while (c.at < c.end && next_unit(&c, (config[RW_HEVC_CONFIG - 2] & 3u) + 1, &unit, &n, &type)) {
        if (type < FIRST_SLICE || type > LAST_SLICE)
            continue;
        if ((unit[2] & 128) != 0 && slices > 0) /* another picture's first */
            break;
        RW_TRY(add_unit(out, &capacity, unit, n, err));
        slices++;
    }
    if (c.ended || slices == 0)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: a picture is cut, or not there");
    out->work *= slices;
done:
    return status;
}

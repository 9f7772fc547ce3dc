#include "format/jpeg2000_markers.h"

#include "format/boxes.h"

#include <stdbool.h>

/* Source: ISO/IEC 15444-1, annexes A, B.6 and B.7, I.5. */

enum { SOC = 0xff4f, SIZ = 0xff51, COD = 0xff52, COC = 0xff53, SOT = 0xff90, SOD = 0xff93, EOC = 0xffd9 };
enum { LEVELS_MAX = 32, COMPONENTS_MAX = 4 };

#define FREE_COUNT  4096      /* of each kind, however small the tile */
#define FREE_LAYERS (1 << 18) /* of precincts; 2 bytes each */

typedef struct {
    const uint8_t *bytes;
    size_t         len;
    uint64_t       tile_width, tile_height, layers;
} markers;

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static rwda_status too_many(const markers *m, const char *what, uint64_t n, uint64_t limit, rwda_error *err)
{
    return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "JPEG 2000: %llu %s in %llu x %llu pixels are over the limit of %llu",
                   (unsigned long long)n, what, (unsigned long long)m->tile_width, (unsigned long long)m->tile_height,
                   (unsigned long long)limit);
}

static rwda_status truncated(rwda_error *err)
{
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "JPEG 2000: a header is damaged or truncated");
}

/* SIZ: b [n] behind its length. */
static rwda_status check_size(markers *m, const uint8_t *b, size_t n, rwda_error *err)
{
    uint64_t v[8], components, width, height, tiles; /* ends, starts, tile, tile's start: x, y of each */

    if (n < 36)
        return truncated(err);
    for (size_t i = 0; i < 8; i++)
        v[i] = rw_big_endian(b + 2 + 4 * i, 4);
    components = rw_big_endian(b + 34, 2);
    if (components < 1 || components > COMPONENTS_MAX)
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "JPEG 2000: %u components; save it as RGB or grey",
                       (unsigned)components);
    if (v[0] <= v[2] || v[1] <= v[3] || v[4] == 0 || v[5] == 0 || v[6] > v[2] || v[7] > v[3])
        return truncated(err);
    width          = v[0] - v[2];
    height         = v[1] - v[3];
    m->tile_width  = width;
    m->tile_height = height;
    tiles          = ((v[0] - v[6] + v[4] - 1) / v[4]) * ((v[1] - v[7] + v[5] - 1) / v[5]);
    if (tiles > 1024 + width * height / 1024)
        return too_many(m, "tiles", tiles, 1024 + width * height / 1024, err);
    m->tile_width  = least(width, v[4]);
    m->tile_height = least(height, v[5]);
    return RWDA_OK;
}

/* What COD and COC have in common: levels, code blocks, style, filter, precincts. */
static rwda_status check_coding(const markers *m, const uint8_t *b, size_t n, bool precincts, rwda_error *err)
{
    uint64_t area = m->tile_width * m->tile_height, all = 0, most = 0, blocks = 0;
    unsigned levels;

    if (n < 5 || (levels = b[0]) > LEVELS_MAX || (precincts && n < 6 + levels) || b[1] > 8 || b[2] > 8)
        return truncated(err);
    for (unsigned r = 0; r <= levels; r++) {
        unsigned size = precincts ? b[5 + r] : 0xff, band = r > 0, x = size & 15, y = size >> 4, cx = b[1] + 2u,
                 cy    = b[2] + 2u;
        uint64_t width = (m->tile_width >> (levels - r)) + 1, height = (m->tile_height >> (levels - r)) + 1, here;

        if (band && (x == 0 || y == 0))
            return truncated(err);
        here = ((width >> x) + 2) * ((height >> y) + 2);
        most = here > most ? here : most;
        all += here * (band ? 3 : 1);
        cx = (unsigned)least(cx, x - band);
        cy = (unsigned)least(cy, y - band);
        blocks += (((width >> band) >> cx) + 2) * (((height >> band) >> cy) + 2) * (band ? 3 : 1);
    }
    if (all > FREE_COUNT + area / 64)
        return too_many(m, "precincts", all, FREE_COUNT + area / 64, err);
    if (blocks > FREE_COUNT + area / 32)
        return too_many(m, "code blocks", blocks, FREE_COUNT + area / 32, err);
    if (m->layers * most > FREE_LAYERS + area / 16)
        return too_many(m, "layers of precincts", m->layers * most, FREE_LAYERS + area / 16, err);
    return RWDA_OK;
}

/* Those that OpenJPEG steps over as their length says; of others it looks for the end itself. */
static bool is_known(unsigned marker)
{
    static const uint8_t known[] = {
        0x50, 0x51, 0x52, 0x53, 0x55, 0x57, 0x58, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x61, 0x63, 0x64
    };

    for (size_t i = 0; i < sizeof known; i++)
        if (marker == 0xff00u + known[i])
            return true;
    return false;
}

/* The markers from *at to `end`, which is behind *at afterwards. */
static rwda_status check_header(markers *m, size_t *at, unsigned end, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (;;) {
        unsigned       marker;
        size_t         size;
        const uint8_t *b;

        if (m->len - *at < 2)
            return truncated(err);
        marker = (unsigned)rw_big_endian(m->bytes + *at, 2);
        *at += 2;
        if (marker == end)
            return RWDA_OK;
        if (!is_known(marker))
            return rw_fail(err, RWDA_EUNSUPPORTED, (int64_t)*at - 2,
                           "JPEG 2000: a header with the marker %04X, which is not of part 1", marker);
        if (m->len - *at < 2 || (size = (size_t)rw_big_endian(m->bytes + *at, 2)) < 2 || size > m->len - *at)
            return truncated(err);
        b = m->bytes + *at + 2;
        *at += size;
        size -= 2;
        if (marker == SIZ) {
            RW_TRY(check_size(m, b, size, err));
        } else if (marker == COD && size >= 5) {
            uint64_t layers = rw_big_endian(b + 2, 2);

            m->layers = layers > m->layers ? layers : m->layers;
            RW_TRY(check_coding(m, b + 5, size - 5, (b[0] & 1) != 0, err));
        } else if (marker == COC && size >= 2) {
            RW_TRY(check_coding(m, b + 2, size - 2, (b[1] & 1) != 0, err));
        }
    }
done:
    return status;
}

rwda_status rw_jpeg2000_check(const uint8_t *bytes, size_t len, rwda_error *err)
{
    markers        m   = { .bytes = bytes, .len = len, .layers = 1 };
    const uint8_t *box = bytes;
    size_t         at  = 2, start;
    rw_box         b;
    rwda_status    status = RWDA_OK;

    if (bytes[0] != 0xff) {
        do
            if (!rw_next_box(&b, &box, bytes + len))
                return truncated(err);
        while (!rw_box_is(&b, "jp2c"));
        m.bytes = b.content;
        m.len   = (size_t)(bytes + len - b.content);
    }
    if (m.len < 4 || rw_big_endian(m.bytes, 2) != SOC || rw_big_endian(m.bytes + 2, 2) != SIZ)
        return truncated(err);
    RW_TRY(check_header(&m, &at, SOT, err));
    for (;;) {
        uint64_t part;

        start = at - 2;
        if (m.len - at < 10)
            break;
        part = rw_big_endian(m.bytes + at + 4, 4);
        at += 10;
        if (part != 12)
            RW_TRY(check_header(&m, &at, SOD, err));
        if (part == 0 || part > m.len - start || m.len - start - part < 2 || start + part < at)
            break;
        at = start + (size_t)part + 2;
        if (rw_big_endian(m.bytes + at - 2, 2) != SOT)
            break;
    }
done:
    return status;
}

#include "format/tiff_directory.h"

#include "base/memory.h"
#include "format/byte_order.h"

#include <string.h>

#define PAGES_MAX 65535

/* Source: TIFF 6.0, sections 2 and 8 to 23; BigTIFF, libtiff's specification. */
static const uint16_t wanted[] = {
    256,   257,   258, 259, 262, 266, /* width, height, bits a sample, compression, photometric interpretation, fill order */
    273,   274,   277, 278, 279, 284, /* strips, orientation, samples a pixel, rows a strip, bytes of strips, planes */
    292,   293,   317, 320,           /* options of facsimile, predictor, colour map */
    322,   323,   324, 325,           /* tiles */
    332,   338,   339, 347,           /* inks, further samples, sample format, JPEG tables */
    512,   513,   514, 515, 517, 518, 519, 520, 521, /* JPEG of TIFF 6.0 */
    529,   530,   531, 532,                          /* YCbCr: coefficients, subsampling, position, range */
    32995, 32996,                                    /* alpha and sample format of old files */
};

typedef struct {
    bool   big_endian;
    size_t offset, count,
        entry; /* bytes of an offset, of the count of entries, of an entry: 4, 2, 12, or of BigTIFF 8, 8, 20 */
} tiff_form;

static uint64_t number(const uint8_t *b, size_t size, const tiff_form *form)
{
    return rw_number(b, size, form->big_endian);
}

static void put_number(uint8_t *b, uint64_t value, size_t size, const tiff_form *form)
{
    for (size_t i = 0; i < size; i++)
        b[i] = (uint8_t)(value >> 8 * (form->big_endian ? size - 1 - i : i));
}

/* The entries of the directory at `at`: whole within the file? */
static bool entries_at(const uint8_t **first, uint64_t *n, const uint8_t *bytes, size_t len, uint64_t at,
                       const tiff_form *form)
{
    if (at < 8 || at > len || len - at < form->count)
        return false;
    *n     = number(bytes + at, form->count, form);
    *first = bytes + at + form->count;
    return *n <= (len - at - form->count) / form->entry;
}

/* Where the next directory is: 0 where the file says so or ends. */
static uint64_t next_of(const uint8_t *bytes, size_t len, uint64_t at, const tiff_form *form)
{
    const uint8_t *first;
    uint64_t       n;
    size_t         behind;

    if (!entries_at(&first, &n, bytes, len, at, form))
        return 0;
    behind = (size_t)(first - bytes) + (size_t)n * form->entry;
    return len - behind >= form->offset ? number(bytes + behind, form->offset, form) : 0;
}

/* A chain that comes back to itself is as long as it was before (Brent's algorithm). */
static int count_pages(const uint8_t *bytes, size_t len, uint64_t at, const tiff_form *form)
{
    uint64_t mark  = at, n;
    int      pages = 1, power = 2;

    for (;;) {
        const uint8_t *first;

        at = next_of(bytes, len, at, form);
        if (at == mark || pages == PAGES_MAX || !entries_at(&first, &n, bytes, len, at, form) || n == 0)
            return pages;
        pages++;
        if (pages == power) {
            mark = at;
            power *= 2;
        }
    }
}

rwda_status rw_tiff_first_page(rw_tiff_page *out, const uint8_t *bytes, size_t len, rwda_error *err)
{
    tiff_form      form                     = { .big_endian = bytes[0] == 'M', .offset = 4, .count = 2, .entry = 12 };
    bool           seen[RW_COUNTOF(wanted)] = { false };
    const uint8_t *entry;
    uint64_t       at, n, kept = 0;
    uint8_t       *to;

    _Static_assert(RW_COUNTOF(wanted) <= RW_TIFF_TAGS_MAX, "room for all");
    if (len >= 4 && (bytes[2] == 43 || bytes[3] == 43))
        form = (tiff_form){ .big_endian = form.big_endian, .offset = 8, .count = 8, .entry = 20 };
    *out = (rw_tiff_page){ .bytes = bytes, .len = len, .header_len = 2 * form.offset };
    if (len < out->header_len)
        return rw_fail(err, RWDA_EFORMAT, 0, "TIFF: %zu bytes are shorter than its header", len);
    at = number(bytes + form.offset, form.offset, &form);
    if (!entries_at(&entry, &n, bytes, len, at, &form))
        return rw_fail(err, RWDA_EFORMAT, 4, "TIFF: its directory should be at byte %llu; the file has %zu",
                       (unsigned long long)at, len);
    to = out->directory + form.count;
    for (; n > 0; n--, entry += form.entry)
        for (size_t i = 0; i < RW_COUNTOF(wanted); i++)
            if (!seen[i] && number(entry, 2, &form) == wanted[i]) {
                memcpy(to, entry, form.entry);
                to += form.entry;
                seen[i] = true;
                kept++;
            }
    put_number(out->directory, kept, form.count, &form);
    out->directory_at  = (len + 15) / 16 * 16;
    out->directory_len = (size_t)(to - out->directory) + form.offset;
    memcpy(out->header, bytes, out->header_len);
    put_number(out->header + form.offset, out->directory_at, form.offset, &form);
    out->pages = count_pages(bytes, len, at, &form);
    return RWDA_OK;
}

size_t rw_tiff_size(const rw_tiff_page *page)
{
    return page->directory_at + page->directory_len;
}

static void copy_part(uint8_t *to, size_t at, size_t n, const uint8_t *part, size_t part_at, size_t part_len)
{
    size_t from = at > part_at ? at : part_at, until = at + n < part_at + part_len ? at + n : part_at + part_len;

    if (until > from)
        memcpy(to + (from - at), part + (from - part_at), until - from);
}

size_t rw_tiff_read(const rw_tiff_page *page, uint8_t *to, size_t at, size_t n)
{
    size_t size = rw_tiff_size(page);

    if (at >= size)
        return 0;
    n = n < size - at ? n : size - at;
    if (at + n > page->len)
        memset(to, 0, n);
    copy_part(to, at, n, page->bytes, 0, page->len);
    copy_part(to, at, n, page->header, 0, page->header_len);
    copy_part(to, at, n, page->directory, page->directory_at, page->directory_len);
    return n;
}

#include "format/heic_items.h"

/* Source: ISO/IEC 14496-12, 8.11; 23008-12, 6.5 and 6.6. */

#define PROPERTIES ((size_t)32767) /* of a file: what ipma can name */

static rwda_status damaged(uint32_t id, const char *what, rwda_error *err)
{
    return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: item %lu: %s", (unsigned long)id, what);
}

static rw_cursor infos(const rw_heic_items *items)
{
    rw_cursor c = rw_cursor_of(&items->iinf);

    rw_take(&c, rw_take(&c, 4) >> 24 == 0 ? 2 : 4);
    return c;
}

/* Four letters of the next item that has a type; NULL: none. */
static const uint8_t *next_info(rw_cursor *c, uint32_t *id, bool *hidden)
{
    rw_box b;

    while (!c->ended && rw_next_box(&b, &c->at, c->end)) {
        rw_cursor in   = rw_cursor_of(&b);
        uint64_t  head = rw_take(&in, 4); /* version and flags */

        *id     = (uint32_t)rw_take(&in, head >> 24 == 3 ? 4 : 2);
        *hidden = (head & 1) != 0;
        rw_take(&in, 2);
        if (rw_box_is(&b, "infe") && (head >> 24 == 2 || head >> 24 == 3) && (size_t)(in.end - in.at) >= 4)
            return in.at;
    }
    return NULL;
}

/* The next reference; c: at first iref's own cursor. */
static bool next_reference(rw_cursor *c, const rw_box *iref, rw_box *b, rw_heic_parts *out)
{
    rw_cursor in;
    size_t    left;

    if (c->at == iref->content)
        rw_take(c, 4);
    if (c->ended || !rw_next_box(b, &c->at, c->end))
        return false;
    in         = rw_cursor_of(b);
    out->width = iref->content[0] != 0 ? 4 : 2;
    out->from  = (uint32_t)rw_take(&in, out->width);
    out->n     = (size_t)rw_take(&in, 2);
    out->ids   = in.at;
    left       = (size_t)(in.end - in.at) / out->width;
    if (out->n > left)
        out->n = left;
    return true;
}

uint32_t rw_heic_part(const rw_heic_parts *parts, size_t i)
{
    return (uint32_t)rw_big_endian(parts->ids + i * parts->width, parts->width);
}

static int count_pages(const rw_heic_items *items)
{
    static const char *const kinds[] = { "hvc1", "grid", "iden", "iovl", "av01" };
    rw_cursor                c       = infos(items);
    const uint8_t           *type;
    uint32_t                 id;
    bool                     hidden;
    int                      n = 0;

    while ((type = next_info(&c, &id, &hidden)) != NULL) {
        rw_cursor     refs  = rw_cursor_of(&items->iref);
        bool          shown = false;
        rw_heic_parts parts;
        rw_box        b;

        for (size_t i = 0; i < RW_COUNTOF(kinds); i++)
            shown = shown || (!hidden && memcmp(type, kinds[i], 4) == 0);
        while (shown && next_reference(&refs, &items->iref, &b, &parts))
            shown = parts.from != id || (!rw_box_is(&b, "thmb") && !rw_box_is(&b, "auxl"));
        n += shown;
    }
    return n > 0 ? n : 1;
}

rwda_status rw_heic_items_find(rw_heic_items *out, const uint8_t *bytes, size_t len, const rw_limits *limits,
                               rwda_error *err)
{
    rw_box meta = { NULL, NULL, 0 }, ipco = meta, pitm = meta, b;
    const struct {
        const char *name;
        rw_box     *to;
    } wanted[]         = { { "iinf", &out->iinf }, { "iloc", &out->iloc }, { "iref", &out->iref },
                           { "iprp", &out->iprp }, { "idat", &out->idat }, { "pitm", &pitm } };
    size_t    capacity = 0;
    rw_cursor file     = { bytes, bytes + len, false }, c;

    *out = (rw_heic_items){ .bytes = bytes, .len = len, .most = RW_WORK * (len + (uint64_t)limits->max_pixels) };
    while (meta.content == NULL && rw_next_box(&b, &file.at, file.end))
        meta = rw_box_is(&b, "meta") ? b : meta;
    c = rw_cursor_of(&meta);
    rw_take(&c, 4);
    while (!c.ended && rw_next_box(&b, &c.at, c.end))
        for (size_t i = 0; i < RW_COUNTOF(wanted); i++)
            if (rw_box_is(&b, wanted[i].name) && wanted[i].to->content == NULL)
                *wanted[i].to = b;
    c            = rw_cursor_of(&pitm);
    out->primary = (uint32_t)rw_take(&c, rw_take(&c, 4) >> 24 != 0 ? 4 : 2);
    if (c.ended || out->iinf.content == NULL || out->iloc.content == NULL || out->iprp.content == NULL)
        return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "HEIC: no primary image, or no lists of items");
    for (c = rw_cursor_of(&out->iprp); ipco.content == NULL && rw_next_box(&b, &c.at, c.end);)
        ipco = rw_box_is(&b, "ipco") ? b : ipco;
    for (c = rw_cursor_of(&ipco); !c.ended && out->n_properties < PROPERTIES && rw_next_box(&b, &c.at, c.end);) {
        if (!rw_array_reserve((void **)&out->properties, &capacity, out->n_properties, 1, sizeof b))
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "HEIC: no memory for properties");
        out->properties[out->n_properties++] = b;
    }
    out->pages = count_pages(out);
    return RWDA_OK;
}

static void find_properties(rw_heic_item *out, const rw_heic_items *items)
{
    rw_cursor boxes = rw_cursor_of(&items->iprp);
    rw_box    b;

    while (rw_next_box(&b, &boxes.at, boxes.end)) {
        rw_cursor c     = rw_cursor_of(&b);
        uint64_t  flags = rw_take(&c, 4), n = rw_box_is(&b, "ipma") ? rw_take(&c, 4) : 0;
        size_t    width = (flags & 1) != 0 ? 2 : 1;

        for (uint64_t i = 0; i < n && !c.ended; i++) {
            uint32_t id    = (uint32_t)rw_take(&c, flags >> 24 == 0 ? 2 : 4);
            size_t   links = (size_t)rw_take(&c, 1);

            for (size_t k = 0; k < links && !c.ended; k++) {
                size_t index = (size_t)rw_take(&c, width) & (width == 2 ? 0x7fff : 0x7f);

                if (id == out->id && !c.ended && index > 0 && index <= items->n_properties)
                    out->properties[out->n_properties++] = items->properties[index - 1];
            }
            if (id == out->id)
                return;
        }
    }
}

const rw_box *rw_heic_property(const rw_heic_item *item, const char *name, size_t least, const char *letters)
{
    for (size_t i = item->n_properties; i-- > 0;) {
        const rw_box *b = &item->properties[i];

        if (rw_box_is(b, name) && b->size >= least && memcmp(b->content, letters, strlen(letters)) == 0)
            return b;
    }
    return NULL;
}

/* One extent more. */
static rwda_status add_data(rw_heic_item *out, size_t *capacity, rw_heic_items *items, const rw_box *whole, uint64_t offset,
                            uint64_t length, rwda_error *err)
{
    if (offset > whole->size || length > whole->size - offset)
        return damaged(out->id, "its data are not in the file", err);
    items->taken += length;
    if (out->size + length > items->len || items->taken > items->most)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                       "HEIC: an item of more than the file's %zu bytes, or all of over %llu", items->len,
                       (unsigned long long)items->most);
    if (!rw_array_reserve((void **)&out->data, capacity, out->size, (size_t)length, 1))
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "HEIC: no memory for %zu bytes of data",
                       out->size + (size_t)length);
    if (length > 0)
        memcpy(out->data + out->size, whole->content + offset, (size_t)length);
    out->size += (size_t)length;
    return RWDA_OK;
}

static rwda_status read_data(rw_heic_item *out, rw_heic_items *items, rwda_error *err)
{
    const rw_box file    = { NULL, items->bytes, items->len };
    rw_cursor    c       = rw_cursor_of(&items->iloc);
    size_t       version = (size_t)rw_take(&c, 4) >> 24, widths = (size_t)rw_take(&c, 2), capacity = 0;
    size_t       offset_width = widths >> 12, length_width = widths >> 8 & 15, base_width = widths >> 4 & 15;
    size_t       index_width = version > 0 ? widths & 15 : 0;
    uint64_t     n           = rw_take(&c, version < 2 ? 2 : 4);
    rwda_status  status      = RWDA_OK;

    for (uint64_t i = 0; i < n && !c.ended; i++) {
        uint32_t id     = (uint32_t)rw_take(&c, version < 2 ? 2 : 4);
        size_t   method = version > 0 ? rw_take(&c, 2) & 15 : 0, elsewhere = (size_t)rw_take(&c, 2);
        uint64_t base = rw_take(&c, base_width), extents = rw_take(&c, 2);

        if (id != out->id) {
            rw_take(&c, (size_t)extents * (index_width + offset_width + length_width));
            continue;
        }
        if (method > 1 || elsewhere != 0)
            return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "HEIC: item %lu lies in another item or file",
                           (unsigned long)id);
        for (uint64_t k = 0; k < extents && status == RWDA_OK; k++) {
            uint64_t offset = (rw_take(&c, index_width), rw_take(&c, offset_width)), length = rw_take(&c, length_width);

            if (c.ended || offset + base < base)
                return damaged(id, "its data are not in the file", err);
            status = add_data(out, &capacity, items, method == 0 ? &file : &items->idat, base + offset, length, err);
        }
        return status;
    }
    return RWDA_OK;
}

rwda_status rw_heic_item_read(rw_heic_item *out, rw_heic_items *items, uint32_t id, rwda_error *err)
{
    rw_cursor     c = infos(items), refs = rw_cursor_of(&items->iref);
    rw_heic_parts parts;
    uint32_t      at = 0;
    bool          hidden;
    rw_box        b;

    *out = (rw_heic_item){ .id = id };
    do
        out->type = next_info(&c, &at, &hidden);
    while (out->type != NULL && at != id);
    if (out->type == NULL)
        return damaged(id, "it is not there", err);
    while (out->parts.n == 0 && next_reference(&refs, &items->iref, &b, &parts))
        if (rw_box_is(&b, "dimg") && parts.from == id)
            out->parts = parts;
    find_properties(out, items);
    return read_data(out, items, err);
}

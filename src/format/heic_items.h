/* heic_items.h - items of a HEIC file: their kinds, data, parts and properties                    rank 1: format
 *
 * Lists are walked anew for each item: rw_check_items() holds them to 64 KiB.  Of several lists of a kind, and of several entries of an item,
 * the first counts. */
#ifndef RW_HEIC_ITEMS_H
#define RW_HEIC_ITEMS_H

#include "format/boxes.h"
#include "format/codec.h"

typedef struct {
    const uint8_t *bytes;
    size_t         len;
    uint64_t       taken, most; /* bytes of items' data: asked for, and that may be */
    uint32_t       primary;
    int            pages; /* images, without hidden ones, thumbnails and what lies over others */
    rw_box         iinf, iloc, iref, iprp, idat;
    rw_box        *properties; /* [n_properties], malloc'd */
    size_t         n_properties;
} rw_heic_items;

/* Items that one refers to. */
typedef struct {
    uint32_t       from;
    const uint8_t *ids; /* [n] of `width` bytes, for rw_heic_part() */
    size_t         n, width;
} rw_heic_parts;

typedef struct {
    uint32_t       id;
    const uint8_t *type;            /* four letters */
    rw_box         properties[255]; /* [n_properties], in the order in which they apply */
    size_t         n_properties;
    rw_heic_parts  parts; /* what it is made of */
    uint8_t       *data;  /* [size], malloc'd */
    size_t         size;
} rw_heic_item;

/* bytes: what rw_check_items() lets through; they are kept.  RWDA_EFORMAT: a list is missing; RWDA_ENOMEM.  Free properties in any case. */
rwda_status rw_heic_items_find(rw_heic_items *out, const uint8_t *bytes, size_t len, const rw_limits *limits,
                               rwda_error *err);

/* RWDA_EFORMAT: it is not there, or its data are not; RWDA_EUNSUPPORTED: they lie elsewhere; RWDA_ELIMIT: items' data lie over one another;
 * RWDA_ENOMEM.  Free data in any case. */
rwda_status rw_heic_item_read(rw_heic_item *out, rw_heic_items *items, uint32_t id, rwda_error *err);
uint32_t    rw_heic_part(const rw_heic_parts *parts, size_t i);

/* The last property of this name that has `least` bytes, with these letters at its begin; NULL: none. */
const rw_box *rw_heic_property(const rw_heic_item *item, const char *name, size_t least, const char *letters);

#endif

#include "format/item_boxes.h"

#include "format/boxes.h"

/* Source: ISO/IEC 14496-12, 4.2, 8.11 and 8.44; ISO/IEC 23008-12, 6. */

#define LISTS_MAX ((size_t)1 << 16) /* bytes; a grid of a thousand tiles has 50,000 */
#define MOVIE_MAX ((size_t)1 << 20) /* bytes; of 100,000 frames half of it */

/* Boxes behind the version and flags of the one that holds them. */
static const uint8_t *inside(const rw_box *b, size_t skipped)
{
    return b->content + (b->size < skipped ? b->size : skipped);
}

static rwda_status check_meta(const rw_box *meta, size_t *lists, const char *format, rwda_error *err)
{
    const uint8_t *at = inside(meta, 4), *end = meta->content + meta->size;
    rw_box         b, inner;

    while (rw_next_box(&b, &at, end)) {
        if (rw_box_is(&b, "iinf") || rw_box_is(&b, "iloc") || rw_box_is(&b, "iref") || rw_box_is(&b, "grpl"))
            *lists += b.size;
        if (rw_box_is(&b, "iprp"))
            for (const uint8_t *in = b.content; rw_next_box(&inner, &in, b.content + b.size);)
                *lists += rw_box_is(&inner, "ipma") ? inner.size : 0;
    }
    if (*lists > LISTS_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%s: lists of items of %zu bytes are over the limit of %zu", format,
                       *lists, LISTS_MAX);
    return RWDA_OK;
}

rwda_status rw_check_items(const uint8_t *bytes, size_t len, const char *format, rwda_error *err)
{
    const uint8_t *at    = bytes;
    size_t         lists = 0, movie = 0;
    rw_box         b;

    while (rw_next_box(&b, &at, bytes + len)) {
        rwda_status status = rw_box_is(&b, "meta") ? check_meta(&b, &lists, format, err) : RWDA_OK;

        if (status != RWDA_OK)
            return status;
        movie += rw_box_is(&b, "moov") ? b.size : 0;
        if (movie > MOVIE_MAX)
            return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%s: tables of frames of %zu bytes are over the limit of %zu",
                           format, movie, MOVIE_MAX);
    }
    return RWDA_OK;
}

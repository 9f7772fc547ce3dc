/* image_source_filter.c - a source of images: those of another that somebody wants. */
#include "common/image_source.h"

#include <stdlib.h>

typedef struct {
    rw_image_source base;
    rw_image_wanted wanted;
    void           *user;
    uint64_t        order;
} filter_source;

static rwda_status filter_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    filter_source *s      = (filter_source *)source;
    rwda_status    status = RWDA_OK;

    for (;;) {
        RW_TRY(rw_image_source_next(s->base.inner, out, err));
        s->base.skipped = s->base.inner->skipped;
        if (out->name == NULL)
            break;
        out->order = s->order++;
        if (s->wanted(s->user, out))
            break;
        rw_image_entry_clear(out);
    }
done:
    return status;
}

static void filter_free(rw_image_source *source)
{
    rw_image_source_free(source->inner);
    free(source);
}

rw_image_source *rw_image_source_filter(rw_image_source *inner, rw_image_wanted wanted, void *user)
{
    filter_source *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->base.next  = filter_next;
    s->base.free  = filter_free;
    s->base.inner = inner;
    s->wanted     = wanted;
    s->user       = user;
    return &s->base;
}

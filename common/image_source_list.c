/* image_source_list.c - a source of images: a list in memory. */
#include "common/image_source.h"

#include <stdlib.h>

typedef struct {
    rw_image_source base;
    char *const    *paths;
    size_t          at;
} list_source;

static rwda_status list_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    list_source *list = (list_source *)source;

    return list->at < list->base.total ? rw_image_entry_name(out, list->paths[list->at++], err) : RWDA_OK;
}

static void list_free(rw_image_source *source)
{
    free(source);
}

rw_image_source *rw_image_source_list(char *const *paths, size_t n)
{
    list_source *list = calloc(1, sizeof *list);

    if (list == NULL)
        return NULL;
    list->base.next  = list_next;
    list->base.free  = list_free;
    list->base.total = n;
    list->paths      = paths;
    return &list->base;
}

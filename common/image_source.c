#include "common/image_source.h"

#include "base/memory.h"
#include "common/paths.h"

#include <stdlib.h>

rwda_status rw_image_source_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    *out = (rw_image_entry){ .name = NULL };
    if (source->stop)
        return rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "the list of inputs: stopped");
    return source->next(source, out, err);
}

void rw_image_source_stop(rw_image_source *source)
{
    for (; source != NULL; source = source->inner)
        source->stop = true;
}

void rw_image_source_on_wait(rw_image_source *source, void (*call)(void *user), void *user)
{
    for (; source != NULL; source = source->inner) {
        source->on_wait      = call;
        source->on_wait_user = user;
    }
}

void rw_image_source_waits(const rw_image_source *source)
{
    if (source->on_wait != NULL)
        source->on_wait(source->on_wait_user);
}

void rw_image_source_free(rw_image_source *source)
{
    if (source != NULL)
        source->free(source);
}

void rw_image_entry_clear(rw_image_entry *entry)
{
    free(entry->name);
    free(entry->bytes);
    json_decref(entry->given);
    *entry = (rw_image_entry){ .name = NULL };
}

rwda_status rw_image_entry_name(rw_image_entry *out, const char *name, rwda_error *err)
{
    out->name = rw_string_copy(name);
    return out->name != NULL ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for its name", name);
}

rwda_status rw_image_entry_path(rw_image_entry *out, const char *path, rwda_error *err)
{
    char found[RW_PATH_MAX];

    return rw_image_entry_name(out, rw_path_find(found, path) ? found : path, err);
}

/* ---- A first look ----------------------------------------------------------------------------------------------------------- */

typedef struct {
    rw_image_source base;
    rw_image_entry  first; /* name NULL: it was given */
} peeked_source;

static rwda_status peeked_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    peeked_source *p      = (peeked_source *)source;
    rwda_status    status = RWDA_OK;

    if (p->first.name != NULL) {
        *out     = p->first;
        p->first = (rw_image_entry){ .name = NULL };
        return RWDA_OK;
    }
    status          = rw_image_source_next(p->base.inner, out, err);
    p->base.skipped = p->base.inner->skipped;
    return status;
}

static void peeked_free(rw_image_source *source)
{
    peeked_source *p = (peeked_source *)source;

    rw_image_entry_clear(&p->first);
    rw_image_source_free(p->base.inner);
    free(p);
}

rwda_status rw_image_source_peek(rw_image_source **source, bool *empty, rwda_error *err)
{
    peeked_source *p = calloc(1, sizeof *p);
    rwda_status    status;

    if (p == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the list of inputs");
    status = rw_image_source_next(*source, &p->first, err);
    *empty = status == RWDA_OK && p->first.name == NULL;
    if (status != RWDA_OK) {
        free(p);
        return status;
    }
    p->base.next    = peeked_next;
    p->base.free    = peeked_free;
    p->base.total   = (*source)->total;
    p->base.skipped = (*source)->skipped;
    p->base.inner   = *source;
    *source         = &p->base;
    return RWDA_OK;
}

/* ---- All names at once ------------------------------------------------------------------------------------------------------ */

rwda_status rw_image_source_names(char ***paths, size_t *n, rw_image_source *source, rwda_error *err)
{
    rw_image_entry entry;
    size_t         room   = 0;
    rwda_status    status = RWDA_OK;

    *paths = NULL;
    *n     = 0;
    for (;;) {
        RW_TRY(rw_image_source_next(source, &entry, err));
        if (entry.name == NULL)
            break;
        if (!rw_array_reserve((void **)paths, &room, *n, 1, sizeof **paths)) {
            rw_image_entry_clear(&entry);
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the list of %zu inputs", *n);
            goto done;
        }
        (*paths)[(*n)++] = entry.name;
        entry.name       = NULL; /* it is what was asked for */
        rw_image_entry_clear(&entry);
    }
done:
    if (status != RWDA_OK) {
        rw_image_names_free(*paths, *n);
        *paths = NULL;
        *n     = 0;
    }
    return status;
}

void rw_image_names_free(char **paths, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    free(paths);
}

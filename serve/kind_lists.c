#include "serve/kind_lists.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    rwda_kinds *kinds; /* NULL: the place is free */
    char        list[KINDS_MAX + 1], object[OBJECT_MAX + 1];
    rwda_names  names;
    uint64_t    used; /* when last, by the cache's clock */
} cached_list;

struct kind_lists {
    cached_list entries[KIND_LISTS_MAX];
    uint64_t    clock;
};

kind_lists *kind_lists_new(void)
{
    return calloc(1, sizeof(kind_lists));
}

void kind_lists_free(kind_lists *cache)
{
    for (size_t i = 0; cache != NULL && i < KIND_LISTS_MAX; i++)
        rwda_kinds_free(cache->entries[i].kinds);
    free(cache);
}

static bool same(const cached_list *c, const settings *wanted)
{
    return c->kinds != NULL && c->names == wanted->options.names && strcmp(c->list, wanted->kinds) == 0 &&
           strcmp(c->object, wanted->object) == 0;
}

/* The list that is wanted, or the place of the one that was not used for longest. */
static cached_list *find(kind_lists *cache, const settings *wanted)
{
    cached_list *oldest = &cache->entries[0];

    for (size_t i = 0; i < KIND_LISTS_MAX; i++) {
        cached_list *c = &cache->entries[i];

        if (same(c, wanted))
            return c;
        if (c->used < oldest->used)
            oldest = c;
    }
    rwda_kinds_free(oldest->kinds);
    *oldest = (cached_list){ .kinds = NULL };
    return oldest;
}

rwda_status kind_lists_get(const rwda_kinds **out, kind_lists *cache, rwda_session *session, const settings *wanted,
                           rwda_error *err)
{
    cached_list       *c       = find(cache, wanted);
    rwda_kinds_options options = RWDA_KINDS_OPTIONS_INIT;
    kind_words         words   = { .text = NULL };
    rwda_status        status  = RWDA_OK;

    if (c->kinds == NULL) {
        options.object = wanted->options.object;
        options.names  = wanted->options.names;
        RW_TRY(kind_words_read(&words, wanted->kinds, &options, err));
        RW_TRY(rwda_kinds_new(&c->kinds, session, words.names, words.count, &options, err));
        strcpy(c->list, wanted->kinds);
        strcpy(c->object, wanted->object);
        c->names = options.names;
    }
    c->used = ++cache->clock;
    *out    = c->kinds;
done:
    kind_words_free(&words);
    return status;
}

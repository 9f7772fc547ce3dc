#include "serve/scorers.h"

#include "serve/member_decision.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    rwda_scorer        *scorer;  /* NULL: the place is free */
    rwda_scorer_options options; /* but its object, which is copied */
    char                object[OBJECT_MAX + 1];
    detector_entry     *detector; /* held; NULL: none */
    decision            decision; /* of its memory's images; threshold NaN: none */
    uint64_t            used;     /* when last, by the cache's clock */
} cached_scorer;

struct scorers {
    cached_scorer entries[SCORERS_MAX];
    uint64_t      clock;
    detectors    *registry;
};

scorers *scorers_new(detectors *registry)
{
    scorers *cache = calloc(1, sizeof *cache);

    if (cache != NULL)
        cache->registry = registry;
    return cache;
}

static void drop(scorers *cache, cached_scorer *c)
{
    rwda_scorer_free(c->scorer);
    decision_free(&c->decision);
    if (c->detector != NULL)
        detectors_release(cache->registry, c->detector);
    *c = (cached_scorer){ .scorer = NULL };
}

void scorers_free(scorers *cache)
{
    for (size_t i = 0; cache != NULL && i < SCORERS_MAX; i++)
        drop(cache, &cache->entries[i]);
    free(cache);
}

static bool same(const cached_scorer *c, const settings *wanted)
{
    const rwda_scorer_options *a = &c->options, *b = &wanted->options;

    return c->scorer != NULL && c->detector == wanted->detector && a->method == b->method && a->prompts == b->prompts &&
           !(a->temperature < b->temperature) && !(a->temperature > b->temperature) && a->resize == b->resize &&
           a->crops == b->crops && a->names == b->names && a->pool == b->pool && a->memory == b->memory &&
           !(a->fuse < b->fuse) && !(a->fuse > b->fuse) && strcmp(c->object, wanted->object) == 0;
}

/* The scorer that is wanted, or the place of the one that was not used for longest. */
static cached_scorer *find(scorers *cache, const settings *wanted)
{
    cached_scorer *oldest = &cache->entries[0];

    for (size_t i = 0; i < SCORERS_MAX; i++) {
        cached_scorer *c = &cache->entries[i];

        if (same(c, wanted))
            return c;
        if (c->used < oldest->used)
            oldest = c;
    }
    drop(cache, oldest);
    return oldest;
}

rwda_status scorers_get(const rwda_scorer **out, scorers *cache, rwda_session *session, const settings *wanted,
                        rwda_error *err)
{
    cached_scorer  *c      = find(cache, wanted);
    detector_entry *entry  = wanted->detector;
    rwda_status     status = RWDA_OK;

    if (c->scorer == NULL) {
        status = rwda_scorer_new(&c->scorer, session, entry != NULL ? entry->detector : NULL, &wanted->options, err);
        if (status != RWDA_OK)
            return status;
        c->decision.threshold = NAN;
        if (wanted->memory != NULL) {
            status = member_decision(&c->decision, session, c->scorer, wanted->memory->memory, err);
            if (status != RWDA_OK) {
                rwda_scorer_free(c->scorer);
                c->scorer = NULL;
                return status;
            }
        }
        c->options        = wanted->options;
        c->options.object = NULL;
        strcpy(c->object, wanted->object);
        c->detector = entry;
        if (entry != NULL) /* itself: by its id, a twin could be found that took its place meanwhile */
            detectors_hold_too(cache->registry, entry);
    }
    c->used = ++cache->clock;
    *out    = c->scorer;
    return RWDA_OK;
}

const decision *scorers_decision(const scorers *cache, const rwda_scorer *scorer)
{
    for (size_t i = 0; i < SCORERS_MAX; i++)
        if (cache->entries[i].scorer == scorer)
            return isnan(cache->entries[i].decision.threshold) ? NULL : &cache->entries[i].decision;
    return NULL;
}

/* kind_lists.h - cache of the lists of kinds last asked for: making one encodes a prompt for each word.   layer: serve
 *
 * One thread at a time. */
#ifndef SERVE_KIND_LISTS_H
#define SERVE_KIND_LISTS_H

#include "common/kind_words.h"
#include "serve/settings.h"

#define KIND_LISTS_MAX 8

typedef struct kind_lists kind_lists;

kind_lists *kind_lists_new(void); /* NULL: no memory */
void        kind_lists_free(kind_lists *cache);

/* *out belongs to the cache, until KIND_LISTS_MAX others were asked for.  What rwda_kinds_new() says. */
rwda_status kind_lists_get(const rwda_kinds **out, kind_lists *cache, rwda_session *session, const settings *wanted,
                           rwda_error *err);

#endif

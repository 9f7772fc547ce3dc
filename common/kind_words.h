/* kind_words.h - names of defects as options have them, and the text tower's opinion as records have it.  layer: common */
#ifndef RW_KIND_WORDS_H
#define RW_KIND_WORDS_H

#include "base/status.h"

#include <jansson.h>
#include <rwda_kinds.h>

/* "scratch, stain": the words between commas, without the spaces around them. */
typedef struct {
    char       *text;
    const char *names[RWDA_KINDS_MAX]; /* [count], in text */
    size_t      count;
} kind_words;

/* What rwda_kinds_check() says too.  Release with kind_words_free() in either case. */
rwda_status kind_words_read(kind_words *out, const char *list, const rwda_kinds_options *options, rwda_error *err);
void        kind_words_free(kind_words *words);

/* What the text tower thinks of one image; all 0: it was not asked.  Release with kind_opinion_free(). */
typedef struct {
    json_t     *ranked; /* [{"kind", "score"}], best first */
    json_t     *region; /* {"x", "y", "width", "height"}: what was looked at */
    const char *first;  /* the best word; belongs to the rwda_kinds */
} kind_opinion;

/* map [height, width] of the image; NULL: it is made as rwda_map_compute() does it by default.  Its errors and rwda_kinds_rank()'s. */
rwda_status kind_opinion_of(kind_opinion *out, rwda_session *session, const rwda_scorer *scorer, const rwda_kinds *kinds,
                            const rwda_image *image, const float *map, rwda_error *err);
void        kind_opinion_free(kind_opinion *opinion);

/* "scratch 0.42, stain 0.31, ...": the first `most` words of a record's `kinds`, for people; NULL: it is no such array, or no memory.
 * The caller's to free(). */
char *kind_opinion_text(const json_t *ranked, size_t most);

#endif

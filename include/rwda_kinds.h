/* rwda_kinds.h - which of these words fits the anomaly best?  The text tower's opinion.
 *
 *     map --rwda_kinds_region()--> a square around its largest region --rwda_kinds_rank()--> the words, by falling share
 *
 * An opinion among the words that are given, and nothing else: shares add up to 1 whatever the image shows, none of them may be
 * right, and an image without an anomaly gets a ranking too.  docs/kinds.md says how often the first word was right: with the shipped
 * model near chance on real images.
 *
 * The rules of rwda.h hold here too: errors, ownership, threads, numbers, options, and how the interface grows.  rwda_kinds is
 * immutable: share it freely.  Source of the comparison: CLIP's zero-shot classification, A. Radford et al., arXiv:2103.00020; of the
 * patch embeddings: Y. Li et al., arXiv:2304.05653.  The region, its square and the mean of both embeddings are ours. */
#ifndef RWDA_KINDS_H
#define RWDA_KINDS_H

#include "rwda.h"

/* clang-format off: it tears comments away from what they stand beside */

#ifdef __cplusplus
extern "C" {
#endif

#define RWDA_KINDS_MAX  256 /* words of one list */
#define RWDA_KIND_BYTES 64  /* of one of them, without the NUL */

typedef struct rwda_kinds rwda_kinds;

typedef struct {
    size_t      size;
    const char *object;    /* what the images show; NULL: the word "object" */
    const char *templates; /* '|'-separated, 1..16, each with {kind}, and {object} if it likes; NULL: "a photo of a {object} with a
                              {kind}".  "a" before either becomes "an" where a vowel follows; a word's prompts are averaged */
    rwda_names  names;     /* how object and words stand in prompts; SPACES */
} rwda_kinds_options;
#define RWDA_KINDS_OPTIONS_INIT { sizeof(rwda_kinds_options), NULL, NULL, RWDA_NAMES_SPACES }

RWDA_API void rwda_kinds_options_default(rwda_kinds_options *out, size_t size);

/* rwda_kinds_check() - may these words be ranked?  Needs no model.
 * names [n], 1..RWDA_KINDS_MAX, each UTF-8 without control characters, 1..RWDA_KIND_BYTES bytes, not blank, no two that read alike.
 * RWDA_EINVAL: names or options; the message says which. */
RWDA_API rwda_status rwda_kinds_check(const char *const *names, size_t n, const rwda_kinds_options *options, rwda_error *err);

/* rwda_kinds_new() - encodes the words' prompts once; names are copied.
 * Any session of the same model may rank with it afterwards; it does not refer to this one.
 * RWDA_EINVAL: as rwda_kinds_check(), or a model without its text tower; RWDA_ELIMIT: a prompt is longer than the model's context;
 * RWDA_ENOMEM. */
RWDA_API rwda_status rwda_kinds_new(rwda_kinds **out, rwda_session *session, const char *const *names, size_t n,
                                    const rwda_kinds_options *options, rwda_error *err);
RWDA_API void        rwda_kinds_free(rwda_kinds *kinds);
RWDA_API size_t      rwda_kinds_count(const rwda_kinds *kinds);
RWDA_API const char *rwda_kinds_name(const rwda_kinds *kinds, size_t i); /* as it was given; NULL: i is too large */

/* rwda_kinds_region() - which square of the image is looked at?
 * map [height, width] of the image (rwda_map_compute()).  The largest region (rwda_map_regions(), by area, then by peak) of values >=
 * threshold; NaN: half way between the map's smallest and largest value.  The square lies around the middle of its box, 1.5 times its
 * longer side and at least half of the model's input side, moved inside the image and no larger than its shorter side.
 *   out   x, y, width, height: the square, pixels; area, peak, peak_x, peak_y: the region's.  Where nothing reaches the threshold the
 *         whole image, with an area of 0.
 * Errors: rwda_map_regions()'s. */
RWDA_API rwda_status rwda_kinds_region_sized(rwda_region *out, size_t size, const rwda_kinds *kinds, const float *map,
                                             int width, int height, float threshold, rwda_error *err);
#define rwda_kinds_region(out, ...) rwda_kinds_region_sized(out, sizeof(rwda_region), __VA_ARGS__)

/* One word of a ranking. */
typedef struct {
    const char *name;  /* belongs to the rwda_kinds */
    size_t      index; /* of the list that was given */
    float       score; /* 0..1: its share of a softmax over all words at the model's logit scale */
} rwda_kind;

/* rwda_kinds_rank() - which words fit this part of the image, best first?
 * region: a box inside the image, of which x, y, width and height count; NULL: the whole image.  It is resized to the model's input
 * (both sides) and encoded.
 * map [height, width] of the image, and a threshold as rwda_kinds_region() takes it: the patch embeddings of the whole image (v-v
 * attention in half of the layers) are averaged, each by how many of its pixels reach the threshold inside the region, and the crop's
 * embedding is averaged with that.  NULL, or no pixel that does: the crop's alone.
 *   out   [rwda_kinds_count()] by falling score; equal ones in the order in which they were given.  The scores add up to 1.
 * Errors: RWDA_EINVAL (an image without pixels, a region that is not inside it, an embedding that gives no finite score),
 * RWDA_EMISMATCH (the session's model is another), RWDA_ENOMEM. */
RWDA_API rwda_status rwda_kinds_rank_sized(rwda_kind *out, size_t size, rwda_session *session, const rwda_kinds *kinds,
                                           const rwda_image *image, const rwda_region *region, const float *map,
                                           float threshold, rwda_error *err);
#define rwda_kinds_rank(out, ...) rwda_kinds_rank_sized(out, sizeof(rwda_kind), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif

/* kinds.h - which of some words fits a part of an image best?                                      rank 3: anomaly
 *
 *     p_k     = unit(mean over the templates of kind k's unit embeddings)
 *     x       = unit(unit embedding of the crop + unit(sum over patches of weight * unit embedding of the patch))
 *     share_k = softmax over k of (logit scale * x . p_k)
 *
 * A patch's weight is the number of its pixels that reach the map's threshold inside the region: patches around them would outvote them.
 * docs/kinds.md has what else was tried, and how often the first word is right. */
#ifndef RW_KINDS_H
#define RW_KINDS_H

#include "clip/encoder.h"
#include "image/resize.h"
#include "rwda_kinds.h"

struct rwda_kinds {
    size_t count, dim;
    int    side;       /* S, the model's input side */
    float  scale;      /* of logits */
    char   sha256[65]; /* of the model */
    char (*names)[RWDA_KIND_BYTES + 1];
    float *prototypes; /* [count, D] */
};

/* What rwda_kinds_check() says of names and of options that are whole. */
rwda_status rw_kinds_check(const char *const *names, size_t n, const rwda_kinds_options *options, rwda_error *err);

/* Fills kinds->prototypes from names that were checked.  RWDA_ELIMIT: a prompt is longer than the model's context. */
rwda_status rw_kinds_prototypes(rwda_kinds *kinds, const rw_encoder *encoder, const rwda_kinds_options *options,
                                rwda_error *err);

/* What rwda_kinds_region() says. */
rwda_status rw_kinds_region(rwda_region *out, int side, const float *map, int width, int height, float threshold,
                            rwda_error *err);

/* Part `box` of an image -> x [D], unit length; map and threshold as rwda_kinds_rank() takes them. */
rwda_status rw_kinds_embed(float *x, const rw_encoder *encoder, const rwda_image *image, rw_box box, const float *map,
                           float threshold, rwda_error *err);

/* x [D] -> out [count], by falling share; equal ones as they were given.  RWDA_EINVAL: a logit is not finite. */
rwda_status rw_kinds_shares(rwda_kind *out, const rwda_kinds *kinds, const float *x, const rw_kernels *kernels,
                            rwda_error *err);

#endif

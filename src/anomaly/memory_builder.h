/* memory_builder.h - images into a memory bank: adding, dropping, coreset, leave-one-out scores      rank 3: anomaly */
#ifndef RW_MEMORY_BUILDER_H
#define RW_MEMORY_BUILDER_H

#include "anomaly/memory_score.h"

/* An image that is to be remembered: its tokens in the form in which they are stored, its turns after it. */
typedef struct {
    char    *name;
    char     sha256[65];
    uint8_t *tokens[RWDA_MEMORY_LAYERS_MAX]; /* [counts, width] */
    float   *scales[RWDA_MEMORY_LAYERS_MAX]; /* [counts]; INT8 alone */
    size_t   counts[RWDA_MEMORY_LAYERS_MAX];
    uint32_t *kept[RWDA_MEMORY_LAYERS_MAX]; /* [n_kept] of the tokens that a coreset picked; NULL: all */
    size_t   n_kept[RWDA_MEMORY_LAYERS_MAX];
    float   *embeddings; /* [rows, D]; NULL: none are kept */
    float    score;      /* of the memory that it comes from; NaN: it is new, or had none */
    bool     chosen;     /* its tokens are what an earlier coreset left of them */
} rw_remembered;

struct rwda_memory_builder {
    rwda_session       *session; /* the api's; not used here */
    rwda_memory_options options; /* complete */
    rw_clip             view;
    float              *positions;
    rw_remembered      *images; /* [count] */
    size_t              count, capacity;
    bool                from_base, changed; /* it began as a memory; images were added or dropped since */
};

/* A memory's images into an empty builder.  RWDA_ENOMEM. */
rwda_status rw_memory_builder_load(rwda_memory_builder *builder, const rwda_memory *base, rwda_error *err);

/* Looks at image and its turns -> *out, whose embedding points into the encoder's arena where the pass gave it (NULL: it did not).  Released
 * by rw_remembered_free() unless it is added. */
rwda_status rw_memory_remember(rw_remembered *out, float **embedding, const rwda_memory_builder *builder,
                               const rw_encoder *encoder, const rwda_image *image, const char *name,
                               const char sha256[65], rwda_error *err);
void        rw_remembered_free(rw_remembered *image); /* what it holds */

bool rw_memory_builder_has(const rwda_memory_builder *builder, const char sha256[65]);

/* Everything so far -> *out; the builder's images are used up, whatever happens. */
rwda_status rw_memory_builder_finish(rwda_memory **out, rwda_memory_builder *builder, const rw_encoder *encoder,
                                     rwda_progress_fn progress, void *user, rwda_error *err);
void        rw_memory_builder_empty(rwda_memory_builder *builder);

#endif

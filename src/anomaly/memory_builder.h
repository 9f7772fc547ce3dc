/* memory_builder.h - images into a memory bank: adding, dropping, coreset, leave-one-out scores      rank 3: anomaly */
#ifndef RW_MEMORY_BUILDER_H
#define RW_MEMORY_BUILDER_H

#include "anomaly/memory_score.h"

/* An image that is to be remembered: a token is counted in its layer's row of the builder. */
typedef struct {
    char     *name;
    char      sha256[65];
    size_t    first[RWDA_MEMORY_LAYERS_MAX], counts[RWDA_MEMORY_LAYERS_MAX]; /* its tokens, its turns after it */
    uint32_t *kept[RWDA_MEMORY_LAYERS_MAX]; /* [n_kept] of the tokens that a coreset picked, from its first; NULL: all */
    size_t    n_kept[RWDA_MEMORY_LAYERS_MAX];
    float    *embeddings; /* [rows, D]; NULL: none are kept */
    float     score;      /* of the memory that it comes from; NaN: it is new, or had none */
    bool      chosen;     /* its tokens are what an earlier coreset left of them */
} rw_remembered;

/* One layer's tokens of all images, in the form in which they are stored: few large arrays, which go back to the system whole. */
typedef struct {
    uint8_t *tokens; /* [count, width] */
    float   *scales; /* [count]; INT8 alone */
    size_t   count, room, scale_room;
} rw_token_row;

struct rwda_memory_builder {
    rwda_session       *session; /* the api's; not used here */
    rwda_memory_options options; /* complete */
    rw_clip             view;
    float              *positions;
    rw_token_row        rows[RWDA_MEMORY_LAYERS_MAX];
    rw_remembered      *images; /* [count], in the order of their tokens until they are sorted to be finished */
    size_t              count, capacity;
    bool                from_base, changed; /* it began as a memory; images were added or dropped since */
    int                 preprocessing;      /* of its oldest images */
};

/* A memory's images into an empty builder.  RWDA_ENOMEM. */
rwda_status rw_memory_builder_load(rwda_memory_builder *builder, const rwda_memory *base, rwda_error *err);

/* Looks at image and its turns -> *out, whose embedding points into the encoder's arena where the pass gave it (NULL: it did not).  Its tokens
 * lie behind those of all images and are the builder's once it is pushed; else it is released by rw_remembered_free(). */
rwda_status rw_memory_remember(rw_remembered *out, float **embedding, rwda_memory_builder *builder,
                               const rw_encoder *encoder, const rwda_image *image, const char *name, const char sha256[65],
                               rwda_error *err);
void        rw_remembered_free(rw_remembered *image); /* what it holds */

/* An image that rw_memory_remember() made, at the end; false: no memory, and it is still the caller's.  And takes the last `n` away. */
bool rw_memory_builder_push(rwda_memory_builder *builder, const rw_remembered *image);
void rw_memory_builder_pop(rwda_memory_builder *builder, size_t n);

/* Takes those images away for which `chosen` says so; returns how many. */
size_t rw_memory_builder_remove(rwda_memory_builder *builder, bool (*chosen)(const rw_remembered *image, const char *text),
                                const char          *text);

bool rw_memory_builder_has(const rwda_memory_builder *builder, const char sha256[65]);

/* Everything so far -> *out; the builder's images are used up, whatever happens. */
rwda_status rw_memory_builder_finish(rwda_memory **out, rwda_memory_builder *builder, const rw_encoder *encoder,
                                     rwda_progress_fn progress, void *user, rwda_error *err);
void        rw_memory_builder_empty(rwda_memory_builder *builder);

#endif

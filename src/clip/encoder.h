/* encoder.h - batched text and image encoding in bounded memory                                   rank 2: clip
 *
 * An encoder owns nothing: it refers to the immutable model, and to one thread's scratch arena and pool. */
#ifndef RW_ENCODER_H
#define RW_ENCODER_H

#include "clip/clip.h"
#include "clip/prefix_tree.h"

typedef struct {
    const rw_clip  *clip;
    rw_arena       *arena;
    rw_thread_pool *pool;  /* NULL: one thread */
    int             batch; /* crops a vision pass */
} rw_encoder;

/* texts [n] -> out [n, D], unit length; cut at the context length.  lens [n]: their bytes; NULL: each ends with a NUL.  progress may be
 * NULL.  Errors: rw_clip_require_tokenizer()'s, rw_tokenizer_encode()'s. */
rwda_status rw_encode_texts(float *out, const rw_encoder *encoder, const char *const *texts, const size_t *lens, size_t n,
                            rwda_progress_fn progress, void *user, rwda_error *err);

/* The same for token ids: texts [n] of ids below the vocabulary, at most a context of each; where attention is not causal, whole contexts,
 * pads included.  RWDA_EINVAL: one that is not. */
rwda_status rw_encode_ids(float *out, const rw_encoder *encoder, const rw_text *texts, size_t n, rwda_error *err);

/* Crops a vision pass: at most the batch; more than the matrix product needs for its full rate would only take memory. */
size_t rw_encoder_crops(const rw_encoder *encoder);

/* crops [n, 3, S, S] -> out [n, D], unit length.  RWDA_EINVAL: the model has no image tower (texts: no text tower). */
rwda_status rw_encode_crops(float *out, const rw_encoder *encoder, const float *crops, size_t n, rwda_error *err);

#endif

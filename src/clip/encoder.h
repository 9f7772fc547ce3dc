/* encoder.h - how do many texts and crops become embeddings, within bounded memory?               rank 2: clip
 *
 * An encoder is a borrowed bundle: the immutable model and tokenizer, and one thread's scratch arena and pool. */
#ifndef RW_ENCODER_H
#define RW_ENCODER_H

#include "clip/bpe.h"
#include "clip/clip.h"

typedef struct {
    const rw_clip *clip;
    const rw_bpe  *bpe;
    rw_arena      *arena;
    rw_pool       *pool;  /* NULL: one thread */
    int            batch; /* crops a vision pass */
} rw_encoder;

/* texts [n] -> out [n, D], unit length; cut at the context length.  lens [n]: their bytes; NULL: each ends with a NUL.  progress may be
 * NULL. */
rwda_status rw_encode_texts(float *out, const rw_encoder *encoder, const char *const *texts, const size_t *lens, size_t n,
                            rwda_progress_fn progress, void *user, rwda_error *err);

/* How many crops go through the tower together: the batch, but no more than keep the products busy.  More would only take memory. */
size_t rw_encoder_crops(const rw_encoder *encoder);

/* crops [n, 3, S, S] -> out [n, D], unit length.  RWDA_EINVAL: the model has no image tower (texts: no text tower). */
rwda_status rw_encode_crops(float *out, const rw_encoder *encoder, const float *crops, size_t n, rwda_error *err);

#endif

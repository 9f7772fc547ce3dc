/* layer_tokens.h - patch tokens after chosen blocks of the vision tower, at any input side         rank 2: clip */
#ifndef RW_LAYER_TOKENS_H
#define RW_LAYER_TOKENS_H

#include "clip/clip.h"

/* The same model with another input side: *view is a copy of *clip that shares everything with it but positions, of which it has its own
 * where the side differs (*positions, to be freed by the caller after the view's last use; NULL: it shares them too).  A view has no
 * resources of its own and is never freed.  RWDA_EINVAL: not a multiple of the patch in patch..4096, or the model was opened with a
 * side of its own and positions would be interpolated twice; RWDA_ENOMEM. */
rwda_status rw_clip_at_side(rw_clip *view, float **positions, const rw_clip *clip, int side, rwda_error *err);

/* pixels [n, 3, S, S] normalised -> out[i] [n, grid*grid, d]: patch tokens after block layers[i] (1: the first; ascending, at most the
 * tower's), as they leave it.  class_token [n, D]: the crops' embeddings, the bytes of rw_vision_encode(); NULL: not wanted, and blocks
 * after the last layer are not run.  RWDA_ENOMEM. */
rwda_status rw_layer_tokens(float *const *out, float *class_token, const rw_clip *clip, const float *pixels, size_t n,
                            const int *layers, size_t n_layers, rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

/* x [grid*grid, d] -> each token the mean of those in the r x r square around it that lie in the grid (r odd; 1: itself), unit length.
 * False: one of them has no length, or is not finite.  `scratch` [grid*grid, d] is used where r > 1. */
bool rw_tokens_average_unit(float *x, float *scratch, size_t grid, size_t d, int r, const rw_kernels *kernels);

#endif

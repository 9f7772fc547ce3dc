/* window_pass.h - embeddings of windows of patches (WinCLIP)                                      rank 2: clip
 *
 * A window of side s is s x s neighbouring patches; windows of one side lie one patch apart, row by row, (grid - s + 1)^2 of them.
 * Its embedding is that of a pass over the class token (where the model has one) and the window's patches alone, each with the position it
 * has in the image.  Source: J. Jeong et al., "WinCLIP", CVPR 2023, arXiv:2303.14814. */
#ifndef RW_WINDOW_PASS_H
#define RW_WINDOW_PASS_H

#include "clip/clip.h"

#define RW_WINDOW_ROWS 1024 /* tokens a pass: the full rate of the matrix product, some ten MB a layer */

/* 0 where the window is larger than the grid. */
size_t rw_window_count(size_t grid, size_t side);

/* tokens [rw_vision_token_count(), d] by rw_vision_tokens() -> out [sum of rw_window_count(), D], unit length, side after side.  Windows run
 * together, at most `rows` tokens at a time (a window at least): that bounds memory and changes no bit.  RWDA_ENOMEM. */
rwda_status rw_windows_encode(float *out, const rw_clip *clip, const float *tokens, const size_t *sides, size_t n_sides,
                              size_t rows, rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

#endif

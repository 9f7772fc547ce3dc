/* winclip.h - how do window scores become a map?                                                  rank 3: anomaly
 *
 *     M_s(i, j) = n / sum of 1 / score(w) over the n windows w of side s that cover patch (i, j)
 *     M(i, j)   = S / (1 / M_2 + 1 / M_3 + 1 / score(whole image))            S: scales, here 3
 *
 * Harmonic means of anomaly scores: one window that looks normal calms all patches it covers.  A score of 0 gives 0.
 * Source: J. Jeong et al., "WinCLIP", CVPR 2023, arXiv:2303.14814; the whole image is the one window of side `grid`. */
#ifndef RW_WINCLIP_H
#define RW_WINCLIP_H

#include "anomaly/score.h"

/* scores [(grid - side + 1)^2], row by row -> map [grid, grid]; 1 <= side <= grid. */
void rw_winclip_aggregate(float *map, const float *scores, size_t grid, size_t side);

/* maps [n, cells] -> map [cells]: harmonic mean over the n scales; map may be maps. */
void rw_winclip_combine(float *map, const float *maps, size_t n, size_t cells);

/* Windows of side 2, those of side 3, then the whole image: their number, and tokens by rw_vision_tokens() -> x [windows, D], unit length.
 * Scales larger than the grid are left out. */
size_t      rw_winclip_windows(size_t grid);
rwda_status rw_winclip_encode(float *x, const rw_encoder *encoder, const float *tokens, rwda_error *err);
/* x -> map [grid, grid]. */
rwda_status rw_winclip_score(float *map, const rwda_scorer *scorer, const rw_encoder *encoder, const float *x,
                             rwda_error *err);

/* Both: tokens -> map [grid, grid]. */
rwda_status rw_winclip_map(float *map, const rwda_scorer *scorer, const rw_encoder *encoder, const float *tokens,
                           rwda_error *err);

#endif

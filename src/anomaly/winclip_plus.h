/* winclip_plus.h - association of windows and patches with those of normal images (WinCLIP+)       rank 3: anomaly
 *
 *     a(w)       = min over the normal images' windows m of w's side of  (1 - x(w) . x(m)) / 2       half the cosine distance, 0..1
 *     A_s(i, j)  = harmonic mean of a(w) over the windows of side s that cover patch (i, j)          s = 2, 3 (winclip.h)
 *     A_1(i, j)  = the same distance of patch tokens: the last block's output, neither normalised by ln_post nor projected
 *     A          = (A_1 + A_2 + A_3) / 3                                                             scales larger than the grid left out
 *
 * Source: J. Jeong et al., "WinCLIP", CVPR 2023, arXiv:2303.14814. */
#ifndef RW_WINCLIP_PLUS_H
#define RW_WINCLIP_PLUS_H

#include "clip/encoder.h"
#include "rwda_winclip_plus.h"

#define RW_WINCLIP_SCALES 3 /* windows of side 2, of side 3, patches */

struct rwda_windows {
    const rw_clip *clip;
    int            width, height;             /* of the image */
    float         *windows;                   /* [rw_winclip_windows(), D] */
    float         *patches;                   /* [grid*grid, d], unit length */
    rw_matrix      packed[RW_WINCLIP_SCALES]; /* the same as the right-hand side of a product; n 0: no such windows */
    void          *panels[RW_WINCLIP_SCALES];
};

/* Fills a zeroed struct; what it holds is released by rwda_windows_free(), also after a failure.  RWDA_EFORMAT: a token is not finite;
 * RWDA_ENOMEM. */
rwda_status rw_windows_look_at(rwda_windows *out, const rw_encoder *encoder, const rwda_image *image, rwda_error *err);

/* map [grid, grid] = A of image beside normal [n], n >= 1, all of one model.  RWDA_ENOMEM. */
rwda_status rw_windows_associate(float *map, const rwda_windows *image, const rwda_windows *const *normal, size_t n,
                                 rw_arena *arena, rw_thread_pool *pool, rwda_error *err);

#endif

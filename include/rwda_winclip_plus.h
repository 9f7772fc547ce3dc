/* rwda_winclip_plus.h - WinCLIP+: windows of an image beside those of a few normal images.
 *
 * A baseline to compare with, as its authors have it: J. Jeong et al., "WinCLIP", CVPR 2023, arXiv:2303.14814.  A memory
 * (rwda_memory.h) scores by a tenth of the work.  The rules of rwda.h hold here too.
 *
 *     A      few-shot map: for windows of 2 x 2 and 3 x 3 patches and for patches half the cosine distance to the nearest of the normal
 *            images', windows spread over their patches by harmonic means; mean of the three
 *     score  = (WinCLIP's score of the image + the highest A) / 2
 *     map    = (WinCLIP's map + A) / 2 */
#ifndef RWDA_WINCLIP_PLUS_H
#define RWDA_WINCLIP_PLUS_H

#include <rwda.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rwda_windows rwda_windows; /* of one image, squashed; immutable: share it; belongs to its model, which must outlive it */

/* Encodes every window: as much work as a map of RWDA_MAP_WINDOWS.  RWDA_EINVAL: an image without pixels, a model without image tower;
 * RWDA_ENOMEM. */
RWDA_API rwda_status rwda_windows_new(rwda_windows **out, rwda_session *session, const rwda_image *image, rwda_error *err);
RWDA_API void        rwda_windows_free(rwda_windows *windows);

/* scorer    by words, usually RWDA_METHOD_WINCLIP; crops and resize are one and squash whatever it says
 * normal    [n], n >= 1
 * out       score and its logit; score_clip (score_fnn) are WinCLIP's score, score_memory is the highest A
 * map       [height, width] of the image as rwda_map_compute() has it; NULL: not wanted
 * Errors: RWDA_EINVAL (no normal image, a scorer with a memory), RWDA_EMISMATCH (windows of another model), RWDA_ENOMEM. */
RWDA_API rwda_status rwda_windows_score_sized(rwda_score *out, size_t size, float *map, rwda_session *session,
                                              const rwda_scorer *scorer, const rwda_windows *image,
                                              const rwda_windows *const *normal, size_t n, rwda_error *err);
#define rwda_windows_score(out, ...) rwda_windows_score_sized(out, sizeof(rwda_score), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif

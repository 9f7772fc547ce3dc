/* score_image.h - images' scores beside a memory, and the grids that they come from                 rank 4: api */
#ifndef RW_SCORE_IMAGE_H
#define RW_SCORE_IMAGE_H

#include "anomaly/memory_look.h"
#include "anomaly/score.h"
#include "api/session.h"

/* What memories that see alike have in common of images [n]: filled by the first scorer that needs it, in the session's arena. */
typedef struct {
    const rwda_memory *of;    /* any of those memories */
    rw_memory_look    *looks; /* [n]; no cells: not seen yet */
    const float      **x;     /* [n], [rows, D] each; NULL: not embedded yet */
} rw_sight;

bool        rw_sees_alike(const rwda_memory *a, const rwda_memory *b);
rwda_status rw_sight_new(rw_sight *out, const rwda_memory *of, size_t n, rw_arena *arena, rwda_error *err);

/* Of a scorer with a memory, together: images [n] -> out [n] (NULL: not wanted), and grids [n, grid * grid] of distances (NULL: not wanted), from
 * one pass of the image tower over what the memory sees, and another where words or the class token need another input side.  shared: of a memory that sees
 * alike, which stays in the arena; NULL: nothing stays. */
rwda_status rw_score_images(rwda_score *out, float *grids, rwda_session *session, const rwda_scorer *scorer,
                            const rwda_image *const *images, size_t n, rw_sight *shared, rwda_error *err);

/* So many images at a time fill a pass: more would only take memory. */
size_t rw_score_images_together(rwda_session *session, const rwda_scorer *scorer);

#endif

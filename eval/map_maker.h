/* map_maker.h - what makes an evaluated map of a category's images: a scorer, beside normal images or a batch where it has them.  layer: eval */
#ifndef EVAL_MAP_MAKER_H
#define EVAL_MAP_MAKER_H

#include "eval/evidence.h"

typedef struct {
    rwda_scorer         *scorer; /* NULL: nothing was prepared yet */
    rwda_memory         *memory; /* behind it; NULL: none */
    rwda_windows       **pool;   /* of WinCLIP+, by number of the normal */
    const rwda_windows **drawn;  /* [n_drawn] of them */
    size_t               n_drawn;
    rw_normals           normals;
    bool                *left_out; /* [images of the category]: drawn ones; NULL: none */
    const char          *missing;  /* why there are no maps; NULL: there are */
} rw_map_maker;

/* For a category, in place of the one before; words alone without names in prompts are prepared once.  detector NULL: the map needs none.
 * Normal images are the first draw's. */
rwda_status rw_map_maker_prepare(rw_map_maker *m, rw_evidence *v, const rwda_eval_pixel_run *run,
                                 const rwda_detector *detector, rwda_error *err);

/* map [height, width] of image. */
rwda_status rw_map_maker_compute(float *map, const rw_map_maker *m, rwda_session *session, const rwda_eval_map *how,
                                 const rwda_image *image, rwda_error *err);
void        rw_map_maker_done(rw_map_maker *m); /* what it holds */

#endif

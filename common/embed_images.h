/* embed_images.h - embeddings of the images of a source.                                              layer: common */
#ifndef RW_EMBED_IMAGES_H
#define RW_EMBED_IMAGES_H

#include "common/embedding_rows.h"
#include "common/image_stream.h"

/* What becomes of each image, in order.  A failure ends the run. */
typedef struct {
    /* x [crops, D], its rows; crops 0: image->err says why it has none. */
    rwda_status (*embedded)(void *user, const rw_decoded *image, const float *x, size_t crops, rwda_error *err);
    rwda_status (*answered)(void *user, rwda_error *err); /* after each group, as scoring_sink has it; NULL: never */
    void *user;
} rw_embed_sink;

/* Embeds all images of a source in groups, which end where it waits for input.  What their files said is counted in *reading.  RWDA_ENOMEM;
 * what the sink and, after the images before it, the source says. */
rwda_status rw_embed_images(const rw_embed_sink *sink, size_t dim, rw_image_source *images, rwda_session *session,
                            rwda_resize resize, rwda_crops crops, rw_image_reading *reading, rwda_error *err);

#endif

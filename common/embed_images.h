/* embed_images.h - embeddings of the images of a source.                                              layer: common */
#ifndef RW_EMBED_IMAGES_H
#define RW_EMBED_IMAGES_H

#include "common/embedding_rows.h"
#include "common/image_stream.h"

/* Adds the rows of all images, in order; one that fails is a warning, and has none.  *done: images, those that failed among them.  What their
 * files said is counted in *reading.  RWDA_ENOMEM; what the source says. */
rwda_status rw_embed_images(rw_rows *rows, size_t *done, size_t *failed, rw_image_source *images, rwda_session *session,
                            rwda_resize resize, rwda_crops crops, rw_image_reading *reading, const rwda_events *events,
                            rwda_error *err);

#endif

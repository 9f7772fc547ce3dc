/* memory_images.h - images that become a memory.                                                       layer: common */
#ifndef RW_MEMORY_IMAGES_H
#define RW_MEMORY_IMAGES_H

#include "common/image_stream.h"

#include <rwda_memory.h>

/* Images of a source into a builder, decoded ahead in threads; one that cannot be decoded, or is there already, is a warning.  *added is how
 * many there are, *failed how many were not decoded.  RWDA_ENOMEM, what the source and rwda_memory_builder_add() say. */
rwda_status memory_add_images(rwda_memory_builder *builder, rw_image_source *images, rw_image_reading *reading, int threads,
                              size_t *added, size_t *failed, const rwda_events *events, rwda_error *err);

/* made->storage: the smallest loss of precision with which so many images stay within made->max_bytes. */
void memory_choose_storage(rwda_memory_options *made, const rwda_model *model, size_t images);

/* The images of a batch [n] that each is compared with, evenly spaced: `references` of them; 0: all up to 1,000, else 64.  Their paths
 * *chosen [*count] are the caller's to free(), after the source.  NULL: no memory. */
rw_image_source *memory_batch_source(char ***chosen, size_t *count, char *const *paths, size_t n, size_t references);

#endif

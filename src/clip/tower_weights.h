/* tower_weights.h - tensors of the two towers, by the names of a family                           rank 2: clip */
#ifndef RW_TOWER_WEIGHTS_H
#define RW_TOWER_WEIGHTS_H

#include "clip/weight_reader.h"

/* Into reader->clip->vision and ->text.  `prefix` stands before every name; image_size: the input side in use, to which positions are
 * interpolated. */
void rw_read_vision(rw_weight_reader *r, const char *prefix, int image_size);
void rw_read_text(rw_weight_reader *r, const char *prefix, int image_size);

/* Room that the reader's buffer needs for any tensor of a tower; the caps of clip_config.h keep the products small. */
size_t rw_tower_buffer_floats(const rw_clip_config *config);

#endif

/* positions.h - interpolation of position embeddings to another input size                        rank 2: clip */
#ifndef RW_POSITIONS_H
#define RW_POSITIONS_H

#include "base/memory.h"

/* table [first + from*from, d] -> out [first + to*to, d]: the first rows (the class token's, or none) are kept, the grid is resized by bicubic
 * interpolation with antialiasing, pixel centres aligned (OpenCLIP's resize_pos_embed; the kernel is Pillow's, a = -0.5).  RWDA_ENOMEM. */
rwda_status rw_positions_resize(float *out, size_t to, const float *table, size_t from, size_t d, size_t first,
                                rwda_error *err);

#endif

/* memory_look.h - an image as a memory bank sees it: unit tokens of its patches                    rank 3: anomaly */
#ifndef RW_MEMORY_LOOK_H
#define RW_MEMORY_LOOK_H

#include "anomaly/memory_recipe.h"
#include "clip/encoder.h"

/* In the arena of the encoder that made it. */
typedef struct {
    float *tokens[RWDA_MEMORY_LAYERS_MAX]; /* [grid*grid, width] of each layer, unit length; tile rows joined to one grid */
    size_t cells;                          /* grid * grid */
    float *embedding; /* [D] of the whole image, from the same pass; NULL: it does not give the one that words score */
} rw_memory_look;

/* How many images fill a pass of the vision tower: looking at more together only takes memory. */
size_t rw_memory_images_together(const rwda_memory_options *options, const rw_clip *view, const rw_encoder *encoder);

/* images [n] -> out [n].  `view` is the encoder's model at the memory's input side (rw_clip_at_side).  RWDA_EINVAL: an image without pixels;
 * RWDA_EFORMAT: a token that is not finite; RWDA_ENOMEM. */
rwda_status rw_memory_look_at(rw_memory_look *out, const rwda_memory_options *options, const rw_clip *view,
                              const rw_encoder *encoder, const rwda_image *const *images, size_t n, rwda_error *err);

/* The image turned by a quarter to the right: pixels [width, 3 * height] of the result. */
void rw_image_quarter_turn(uint8_t *pixels, const rwda_image *image);

#endif

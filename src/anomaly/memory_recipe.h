/* memory_recipe.h - settings of a memory bank: ranges, defaults, JSON, counts and bytes            rank 3: anomaly */
#ifndef RW_MEMORY_RECIPE_H
#define RW_MEMORY_RECIPE_H

#include "clip/clip.h"
#include "rwda_memory.h"

/* *out is the caller's options, whole, with every 0 that stands for something else filled in for this model: "complete".  RWDA_EINVAL names
 * option, value and range. */
rwda_status rw_memory_options_complete(rwda_memory_options *out, const rwda_memory_options *from, const rw_clip *clip,
                                       rwda_error *err);

/* Complete options as JSON, without max_bytes; the caller's to free; NULL: no memory. */
char *rw_memory_recipe_write(const rwda_memory_options *options);
/* The inverse, of a file with this version of the preprocessing; max_bytes is the default.  RWDA_EFORMAT: a key is missing, unknown or out
 * of its range. */
rwda_status rw_memory_recipe_read(rwda_memory_options *out, const char *text, int preprocessing, const rw_clip *clip,
                                  rwda_error *err);

/* Of complete options. */
size_t rw_memory_layers(const rwda_memory_options *options);
size_t rw_memory_grid(const rwda_memory_options *options, const rw_clip *clip);   /* patches along a side, all tiles */
size_t rw_memory_tokens(const rwda_memory_options *options, const rw_clip *clip); /* of an image and a layer, with turns */
size_t rw_memory_embeddings(const rwda_memory_options *options);                  /* rows of an image; 0: none are kept */

/* How many of n a share means: max(1, ceil(share * n)), forgiving what float makes of a decimal fraction. */
size_t rw_share_of(double share, size_t n);

/* rwda_memory_bytes(); RWDA_ELIMIT: more than an int64_t holds. */
rwda_status rw_memory_bytes(int64_t *out, const rwda_memory_options *options, const rw_clip *clip, size_t images,
                            rwda_error *err);
/* RWDA_ELIMIT with the numbers, and what to do: so many images are more than RWDA_MEMORY_IMAGES_MAX, or than fit max_bytes. */
rwda_status rw_memory_check_images(const rwda_memory_options *options, const rw_clip *clip, size_t images, rwda_error *err);

#endif

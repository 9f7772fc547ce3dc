/* embedding_cache.h - have these sentences been embedded before?                                  rank 3: anomaly */
#ifndef RW_EMBEDDING_CACHE_H
#define RW_EMBEDDING_CACHE_H

#include "anomaly/prompts.h"
#include "clip/clip.h"

/* Path of the cache file for these prompts under this model, kernel set and precision (the key covers them all). false: too long. */
bool rw_cache_path(char *out, size_t capacity, const char *dir, const rw_prompts *prompts, const rw_clip *clip);

/* Reads x [count, dim].  false: no file, or one that is damaged or of another shape: then it is made again. */
bool rw_cache_read(float *x, size_t count, size_t dim, const char *path);

/* Writes it, whole or not at all.  A cache that cannot be written does not fail the training. */
void rw_cache_write(const float *x, size_t count, size_t dim, const char *path);

#endif

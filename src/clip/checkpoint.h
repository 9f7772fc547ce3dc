/* checkpoint.h - files of a checkpoint directory                                                  rank 2: clip */
#ifndef RW_CHECKPOINT_H
#define RW_CHECKPOINT_H

#include "base/file.h"
#include "clip/clip.h"

/* Finds config and weights in directory `path` and reads the config.  weights_path: where the .safetensors lies.
 * RWDA_EUNSUPPORTED: bare weights, only pickle files, an unknown model type; the message says what to do instead. */
rwda_status rw_checkpoint_find(rw_clip_config *config, char weights_path[RW_PATH_MAX], const char *path, rwda_error *err);

/* The same for a config in memory, of either layout, and a path that is the .safetensors file's. */
rwda_status rw_checkpoint_take(rw_clip_config *config, char weights_path[RW_PATH_MAX], const char *path, const char *text,
                               size_t len, rwda_error *err);

/* A config, or another small file of a checkpoint's directory -> *text [*len], the caller's to free; NULL when there is none.  file: its
 * path. */
rwda_status rw_checkpoint_config(char **text, size_t *len, char file[RW_PATH_MAX], const char *dir, const char *name,
                                 rwda_error *err);

#endif

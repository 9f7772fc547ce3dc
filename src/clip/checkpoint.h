/* checkpoint.h - files of a checkpoint directory                                                  rank 2: clip */
#ifndef RW_CHECKPOINT_H
#define RW_CHECKPOINT_H

#include "base/file.h"
#include "clip/clip.h"

/* Finds config and weights in directory `path` and reads the config.  weights_path: where the .safetensors lies.
 * RWDA_EUNSUPPORTED: bare weights, only pickle files, an unknown model type; the message says what to do instead. */
rwda_status rw_checkpoint_find(rw_clip_config *config, char weights_path[RW_PATH_MAX], const char *path, rwda_error *err);

#endif

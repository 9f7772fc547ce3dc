/* look.h - a model's preprocessing                                                                  rank 3: anomaly */
#ifndef RW_LOOK_H
#define RW_LOOK_H

#include "clip/clip.h"
#include "image/preprocess.h"

/* As the checkpoint asks for, for an input side of `side` pixels; refers to the clip. */
rw_preprocess_config rw_look_of(const rw_clip *clip, int side);

#endif

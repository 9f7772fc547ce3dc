#include "anomaly/look.h"

rw_preprocess_config rw_look_of(const rw_clip *clip, int side)
{
    const rw_clip_config *c        = &clip->config;
    int                   own      = clip->own_size;
    int                   shortest = c->shortest == 0 || side == own ? c->shortest : (c->shortest * side + own / 2) / own;

    return (rw_preprocess_config){ side, c->mean, c->std, clip->kernels, shortest, c->crop_floor, c->scale, c->filter };
}

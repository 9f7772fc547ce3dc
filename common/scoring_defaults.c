#include "common/scoring_defaults.h"

bool scoring_needs_detector(rwda_method method)
{
    return method != RWDA_METHOD_CLIP && method != RWDA_METHOD_WINCLIP;
}

bool scoring_needs_prompts(rwda_method method)
{
    return method == RWDA_METHOD_CLIP || method == RWDA_METHOD_BOTH || method == RWDA_METHOD_WINCLIP;
}

rwda_resize scoring_resize(rwda_method method)
{
    return method == RWDA_METHOD_WINCLIP ? RWDA_RESIZE_SQUASH : RWDA_RESIZE_CONFIG;
}

#include "common/scoring_defaults.h"

rwda_resize scoring_resize(rwda_method method)
{
    return method == RWDA_METHOD_WINCLIP ? RWDA_RESIZE_SQUASH : RWDA_RESIZE_CONFIG;
}

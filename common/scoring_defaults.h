/* scoring_defaults.h - what a scoring method does unless told otherwise.                               layer: common */
#ifndef RW_SCORING_DEFAULTS_H
#define RW_SCORING_DEFAULTS_H

#include <rwda.h>

rwda_resize scoring_resize(rwda_method method); /* WinCLIP's maps and published metrics are of squashed images */

#endif

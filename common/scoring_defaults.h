/* scoring_defaults.h - what a scoring method needs, and what it does unless told otherwise.            layer: common */
#ifndef RW_SCORING_DEFAULTS_H
#define RW_SCORING_DEFAULTS_H

#include <rwda.h>

#include <stdbool.h>

bool        scoring_needs_detector(rwda_method method);
bool        scoring_needs_prompts(rwda_method method); /* so the model's text tower too */
rwda_resize scoring_resize(rwda_method method); /* where none is given: WinCLIP's maps and published figures are of squashed images */

#endif

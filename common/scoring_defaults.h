/* scoring_defaults.h - what a scoring method needs, and takes where nothing is said.                 layer: common */
#ifndef RW_SCORING_DEFAULTS_H
#define RW_SCORING_DEFAULTS_H

#include <rwda.h>

#include <stdbool.h>

bool scoring_needs_detector(rwda_method method);

/* How images are resized where no mode is given: WinCLIP's maps and published numbers are of squashed images, the other methods do as the
 * model's config says. */
rwda_resize scoring_resize(rwda_method method);

#endif

/* ready_detector.h - the detector that is there before anybody has trained one.                       layer: cli */
#ifndef READY_DETECTOR_H
#define READY_DETECTOR_H

#include "cli/cli.h"

/* The one that lies beside the model's weights (detector.safetensors), else the one that an earlier call kept, else one that is trained now by
 * the recipe of 'rwda train' without options, and kept.  0, or an exit code after a message. */
int ready_detector_open(rwda_detector **out, const rwda_model_info *model, const cli_engine *engine);

#endif

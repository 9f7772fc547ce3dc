/* ready_detector.h - the detector that is there before anybody has trained one.                        layer: common */
#ifndef RW_READY_DETECTOR_H
#define RW_READY_DETECTOR_H

#include "base/file.h"

#define RW_READY_PRESET "paper" /* of 'rwda train', whose defaults it is made by */

/* The one that lies beside the model's weights (detector.safetensors), else the one that an earlier call kept in the cache (NULL: there is no
 * cache); another model's, or a damaged one, is as good as none.  kept: where one that is made now would be kept; "": nowhere. */
bool rw_ready_detector_find(rwda_detector **out, char kept[RW_PATH_MAX], const rwda_model_info *model, const char *cache);

/* RWDA_EIO. */
rwda_status rw_ready_detector_keep(const rwda_detector *detector, char kept[RW_PATH_MAX], rwda_error *err);

#endif

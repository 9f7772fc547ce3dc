/* readable.h - can this version read a checkpoint, by its config alone?                               layer: hub */
#ifndef RW_HUB_READABLE_H
#define RW_HUB_READABLE_H

#include "base/file.h"

/* The config of either layout at `path`, whatever its name is; nothing is read beside it.  What the library says of one that it refuses
 * (RWDA_EUNSUPPORTED, RWDA_EFORMAT, RWDA_EMISMATCH, RWDA_ELIMIT); RWDA_EIO, RWDA_ENOTFOUND, RWDA_ENOMEM. */
rwda_status rw_hub_config_check(const char *path, rwda_error *err);

/* The same of a checkpoint's directory. */
rwda_status rw_hub_directory_check(const char *dir, rwda_error *err);

#endif

/* cache_folder.h - where packed weights and text embeddings are cached.                                layer: common */
#ifndef RW_CACHE_FOLDER_H
#define RW_CACHE_FOLDER_H

#include "base/file.h"

/* `given`, else $XDG_CACHE_HOME/rwda or ~/.cache/rwda; made, for the user alone, when it is not there.  false: there is no such folder. */
bool rw_cache_folder(char out[RW_PATH_MAX], const char *given);

#endif

/* model_names.h - models that are known by name, and the one that is meant.                            layer: common */
#ifndef RW_MODEL_NAMES_H
#define RW_MODEL_NAMES_H

#include "base/file.h"

/* Folder number i of those where models have names ("" where there is none); false after the last. */
bool model_names_folder(char out[RW_PATH_MAX], int i);
/* Whether `folder` holds a model of that name; its directory into path. */
bool model_names_has(char path[RW_PATH_MAX], const char *folder, const char *name);
/* The directory that `given` means: a path, or a name; NULL: $RWDA_MODEL, else the model that ships with rwda.  *origin says, for people,
 * where it is from.  false: no room for the path. */
bool model_names_path(char path[RW_PATH_MAX], const char *given, const char **origin);

#endif

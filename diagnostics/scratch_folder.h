/* scratch_folder.h - a folder of temporary files.                                                 layer: diagnostics */
#ifndef SCRATCH_FOLDER_H
#define SCRATCH_FOLDER_H

#include "base/file.h"

bool scratch_folder_make(char out[RW_PATH_MAX]); /* in $TMPDIR, else /tmp; false: out is "" */
void scratch_folder_remove(const char *path);    /* with the files in it; "" is fine */

#endif

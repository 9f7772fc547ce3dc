/* archive_outputs.h - an output for each archive, named after it.                                      layer: cli */
#ifndef ARCHIVE_OUTPUTS_H
#define ARCHIVE_OUTPUTS_H

#include "cli/image_input.h"

/* Does -o name a folder: one that is there, or a name with a slash at its end? */
bool archive_outputs_wanted(const char *out_path);

/* "FOLDER/shard-000007.jsonl" for .../shard-000007.tar.gz?query; false: too long. */
bool archive_output_path(char out[RW_PATH_MAX], const char *folder, const char *archive, const char *ending);

/* Makes the folder.  0; EXIT_USAGE after a message where two archives would have the same output, or standard input has no name; EXIT_OUTPUT. */
int archive_outputs_check(const image_input *input, const char *folder, const char *ending);

#endif

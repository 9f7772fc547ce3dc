/* output_name.h - temporary names of outputs, beside the file that they become                       rank 0: base */
#ifndef RW_OUTPUT_NAME_H
#define RW_OUTPUT_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define RW_OUTPUT_SUFFIX 7 /* ".XXXXXX" */

/* Bytes of the path's folder with its slash, and of the part of its name that a temporary name begins with. */
void rw_output_split(size_t *folder, size_t *stem, const char *path);
/* A name drawn anew, into out [strlen(path) + RW_OUTPUT_SUFFIX + 1]; false: there are no random numbers. */
bool rw_output_name(char *out, const char *path);

#endif

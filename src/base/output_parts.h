/* output_parts.h - what an output has on every system, and its temporary name beside the file that it becomes   rank 0: base */
#ifndef RW_OUTPUT_PARTS_H
#define RW_OUTPUT_PARTS_H

#include "base/file.h"

#define RW_OUTPUT_SUFFIX 7 /* ".XXXXXX" */

struct rw_output {
    int   fd;
    char *path, *temporary; /* temporary "": in place */
    bool  overwrite;
    bool  unnamed; /* the file has no name yet, not even the temporary one; never on Windows */
};

/* One whose file is not open yet; for rw_output_free(). */
rwda_status rw_output_blank(rw_output **out, const char *path, bool overwrite, rwda_error *err);
rwda_status rw_output_fail_exists(const rw_output *output, rwda_error *err); /* another file has appeared in its place */

/* Bytes of the path's folder with its slash, and of the part of its name that a temporary name begins with. */
void rw_output_split(size_t *folder, size_t *stem, const char *path);
/* A name drawn anew, into out [strlen(path) + RW_OUTPUT_SUFFIX + 1]; false: there are no random numbers. */
bool rw_output_name(char *out, const char *path);

#endif

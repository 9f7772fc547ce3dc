/* part_lines.h - the lines of a whole part and their places.                                            layer: common */
#ifndef RW_PART_LINES_H
#define RW_PART_LINES_H

#include "common/part_manifest.h"

#define RW_PART_LINE_MAX ((size_t)16 << 20) /* bytes of a line */

/* What becomes of a line, with its end, and its place in the whole list. */
typedef rwda_status (*rw_part_take)(void *user, const char *line, size_t len, uint64_t order, rwda_error *err);

/* Hands out all lines of a part; what was taken counts when both files turn out to be what the manifest says.  RWDA_EFORMAT: they are not;
 * RWDA_EIO, RWDA_ENOTFOUND; what take() says. */
rwda_status rw_part_lines(const rw_part_manifest *manifest, const char *part, rw_part_take take, void *user,
                          rwda_error *err);

/* A place, in digits; *end: behind it. */
bool rw_part_order(uint64_t *out, const char *text, char **end);

#endif

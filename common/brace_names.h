/* brace_names.h - the names that a pattern with braces stands for.                                     layer: common */
#ifndef RW_BRACE_NAMES_H
#define RW_BRACE_NAMES_H

#include "base/status.h"

#include <stdbool.h>

#define RW_BRACE_NAMES_MAX 1000000

/* Appends them to *names [*n], which has *room, the caller's to free() each and all, in order: {000..123} all numbers, with the zeros that either end has, {a,b} each
 * of these; what is neither stands as it is, and braces within braces are the inner ones'.  Without
 * `braces` the pattern is a name.  RWDA_ELIMIT: over RW_BRACE_NAMES_MAX; RWDA_ENOMEM. */
rwda_status rw_brace_names(char ***names, size_t *n, size_t *room, const char *pattern, bool braces, rwda_error *err);

#endif

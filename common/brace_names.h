/* brace_names.h - the names that a pattern with braces stands for.                                     layer: common */
#ifndef RW_BRACE_NAMES_H
#define RW_BRACE_NAMES_H

#include "base/status.h"

#include <stdbool.h>

#define RW_BRACE_NAMES_MAX 1000000

/* Appends them in order to *names [*n], which has *room; names and array are the caller's to free().  {000..123} stands for all numbers, with
 * the zeros that either end has, {a,b} for each of these; of braces within braces the inner ones do.  All others, and without `braces` all,
 * are part of a name.  RWDA_ELIMIT: over RW_BRACE_NAMES_MAX; RWDA_ENOMEM. */
rwda_status rw_brace_names(char ***names, size_t *n, size_t *room, const char *pattern, bool braces, rwda_error *err);

#endif

/* name_text.h - names of files, which are any bytes, as UTF-8 text, and back                      rank 0: base
 *
 * A byte that is not part of UTF-8 becomes \xHH; a backslash that would read as such an escape becomes \x5c.  Every other name is its own
 * text, and no two names have the same. */
#ifndef RW_NAME_TEXT_H
#define RW_NAME_TEXT_H

#include "base/status.h"

#include <stdbool.h>

/* A copy, the caller's to free(); NULL: no memory.  controls: characters below 32 and 127 are escaped too. */
char *rw_name_to_text(const char *name, bool controls);
/* The inverse, in place.  false: there was nothing to undo. */
bool rw_name_from_text(char *text);

#endif
